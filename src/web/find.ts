/** What `find` offers for a text: processes, pages, and what can be done to them. `>` actions alone, `#` tags, `@` nodes. Pure. */
import type { FleetNode } from '../protocol/fleet.ts'
import type { LogLine, ProcessView } from '../protocol/view.ts'
import { worstFirst } from '../words/groups.ts'
import { counted } from '../words/short.ts'
import type { Action } from '../words/takes.ts'
import type { IconName } from './icons.ts'
import { ACTION_WORDS, actionsFor, asksTwice, mayStart, type Session } from './rights.ts'
import { linkTo, linkToPage, PAGES } from './route.ts'
import { PAGE_TITLES } from './titles.ts'

export type Found =
  /** `note`: what it is, beside its text. */
  | { kind: 'link'; icon: IconName; key: string; text: string; note: string; link: string }
  | { kind: 'process'; key: string; text: string; link: string; view: ProcessView }
  /** A new process. */
  | { kind: 'start'; key: string; text: string }
  | { kind: 'action'; key: string; text: string; action: Action; view: ProcessView }

const START = 'Start a process…'
const MOST = 12
/** As many of one kind, where there are others. */
const MOST_OF_KIND = 6

/** What has to be asked for first, and is not there yet = empty. */
export interface Beyond {
  nodes: readonly Pick<FleetNode, 'name' | 'state'>[]
  lines: readonly LogLine[]
}

/** A text of this length is looked for in logs. */
export const SEARCHED_CHARS = 3

export const isForLogs = (text: string): boolean => !/^[>#@]/.test(text) && text.trim().length >= SEARCHED_CHARS

export function find(
  text: string,
  views: Iterable<ProcessView>,
  session: Session,
  { nodes, lines }: Beyond = { nodes: [], lines: [] },
): Found[] {
  const kind = /^[>#@]/.exec(text)?.[0]
  const words = text
    .replace(/^[>#@]/, '')
    .toLowerCase()
    .split(/\s+/)
    .filter(Boolean)
  const holds = (...parts: string[]): boolean => {
    const all = parts.join(' ').toLowerCase()
    return words.every((word) => all.includes(word))
  }
  const all = [...views]
  if (kind === '#') return tagsOf(all, holds).slice(0, MOST)
  if (kind === '@')
    return nodes
      .filter(({ name }) => holds(name))
      .map(
        ({ name, state }): Found => ({
          kind: 'link',
          icon: 'node',
          key: `node ${name}`,
          text: name,
          note: `node, ${state}`,
          link: linkToPage('fleet'),
        }),
      )
      .slice(0, MOST)
  const begins = ({ name }: ProcessView): number => (words.length > 0 && name.toLowerCase().startsWith(words[0]!) ? 0 : 1)
  const ordered = all.sort((a, b) => begins(a) - begins(b) || worstFirst(a, b))
  const start: Found[] = mayStart(session) && holds(START) ? [{ kind: 'start', key: 'start', text: START }] : []
  const actions = ordered.flatMap((view) =>
    actionsFor(session, view)
      .filter((action) => holds(ACTION_WORDS[action], view.name))
      .map((action): Found => ({ kind: 'action', key: `${action} ${view.id}`, text: actionText(action, view), action, view })),
  )
  if (kind === '>') return [...start, ...actions].slice(0, MOST)
  const pages = PAGES.filter((page) => holds(PAGE_TITLES[page])).map(
    (page): Found => ({ kind: 'link', icon: 'right', key: page, text: PAGE_TITLES[page], note: 'page', link: linkToPage(page) }),
  )
  const processes = ordered
    .filter(({ name, title, type, owner, tags }) => holds(name, title ?? '', type, owner, ...tags))
    .map((view): Found => ({ kind: 'process', key: view.id, text: view.name, link: linkTo(view.name), view }))
  // Without a text nothing is meant to be acted on yet.
  if (words.length === 0) return [...processes.slice(0, MOST - 4), ...pages].slice(0, MOST)
  const inLogs = isForLogs(text) ? linesFor(text.trim(), lines) : []
  const before = [...processes.slice(0, MOST_OF_KIND), ...pages, ...start]
  return [...before, ...actions.slice(0, Math.max(2, MOST - before.length - inLogs.length)), ...inLogs]
}

/** What asks first ends in `…`. */
const actionText = (action: Action, view: ProcessView): string =>
  `${ACTION_WORDS[action]} ${view.name}${action === 'delete' || asksTwice(action, view) ? '…' : ''}`

function tagsOf(views: readonly ProcessView[], holds: (...parts: string[]) => boolean): Found[] {
  const tags = new Map<string, number>()
  for (const view of views) for (const tag of view.tags) if (holds(tag)) tags.set(tag, (tags.get(tag) ?? 0) + 1)
  return [...tags]
    .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
    .map(([tag, count]) => ({
      kind: 'link',
      icon: 'filter',
      key: `tag ${tag}`,
      text: `#${tag}`,
      note: counted(count, 'process', 'processes'),
      link: linkToPage('processes', { q: tag }),
    }))
}

/** All of them in the logs, and the last ones themselves. */
function linesFor(text: string, lines: readonly LogLine[]): Found[] {
  const to = (of: string): string => linkToPage('logs', { of, q: text })
  const last = lines.toReversed().map(
    ({ process, text: line }, index): Found => ({
      kind: 'link',
      icon: 'logs',
      key: `line ${index}`,
      text: line,
      note: process,
      link: to(process),
    }),
  )
  return [{ kind: 'link', icon: 'logs', key: 'lines', text: `Lines with “${text}”`, note: 'logs', link: to('all') }, ...last]
}
