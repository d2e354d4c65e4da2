/** What `find` offers for a text: pages, processes, and what can be done to them (`>` for these alone). */
import type { ProcessView } from '../protocol/view.ts'
import { worstFirst } from '../words/groups.ts'
import type { Action } from '../words/takes.ts'
import { ACTION_WORDS, actionsFor, type Session } from './rights.ts'
import { linkTo, linkToPage, PAGES } from './route.ts'
import { PAGE_TITLES } from './titles.ts'

export type Found =
  | { kind: 'page'; key: string; text: string; link: string }
  | { kind: 'process'; key: string; text: string; link: string; view: ProcessView }
  | { kind: 'action'; key: string; text: string; action: Action; view: ProcessView }

const MOST = 12

export function find(text: string, views: Iterable<ProcessView>, session: Session): Found[] {
  const onlyActions = text.startsWith('>')
  const words = text.replace(/^>/, '').toLowerCase().split(/\s+/).filter(Boolean)
  const holds = (...parts: string[]): boolean => {
    const all = parts.join(' ').toLowerCase()
    return words.every((word) => all.includes(word))
  }
  const begins = ({ name }: ProcessView): number => (words.length > 0 && name.toLowerCase().startsWith(words[0]!) ? 0 : 1)
  const ordered = [...views].sort((a, b) => begins(a) - begins(b) || worstFirst(a, b))
  const pages = PAGES.filter((page) => (page !== 'admin' || session.role === 'admin') && holds(PAGE_TITLES[page])).map(
    (page): Found => ({ kind: 'page', key: page, text: PAGE_TITLES[page], link: linkToPage(page) }),
  )
  const processes = ordered
    .filter(({ name, title, type, owner, tags }) => holds(name, title ?? '', type, owner, ...tags))
    .map((view): Found => ({ kind: 'process', key: view.id, text: view.name, link: linkTo(view.name), view }))
  const actions = ordered.flatMap((view) =>
    actionsFor(session, view)
      .filter((action) => holds(ACTION_WORDS[action], view.name))
      .map(
        (action): Found => ({
          kind: 'action',
          key: `${action} ${view.id}`,
          text: `${ACTION_WORDS[action]} ${view.name}…`,
          action,
          view,
        }),
      ),
  )
  if (onlyActions) return actions.slice(0, MOST)
  // Without a text nothing is meant to be acted on yet.
  return [...processes.slice(0, MOST - 4), ...pages, ...(words.length === 0 ? [] : actions)].slice(0, MOST)
}
