/** What of the logs is shown: which processes, time, levels and words. All of it is in the address. */
import { LOG_LEVELS } from '../../protocol/log-level.ts'
import { matchesGlob } from '../../protocol/name-globs.ts'
import { isGlob } from '../../protocol/patterns.ts'
import type { ProcessView } from '../../protocol/view.ts'
import { worstFirst } from '../../words/groups.ts'
import type { Level } from '../log-lines.ts'
import type { Query } from '../route.ts'

export const LEVELS: readonly Level[] = [...LOG_LEVELS, 'other']
export const LEVEL_WORDS: Readonly<Record<Level, string>> = {
  error: 'Error',
  warn: 'Warning',
  info: 'Info',
  debug: 'Debug',
  other: 'Other',
}

export const STREAMS = ['both', 'out', 'err'] as const
export type Stream = (typeof STREAMS)[number]

const MINUTE_MS = 60_000
export const SPANS = [
  { key: '15m', name: '15 min', ms: 15 * MINUTE_MS },
  { key: '1h', name: '1 h', ms: 60 * MINUTE_MS },
  { key: '24h', name: '24 h', ms: 1440 * MINUTE_MS },
  { key: '7d', name: '7 d', ms: 10_080 * MINUTE_MS },
] as const
export type SpanKey = (typeof SPANS)[number]['key']

export interface Choices {
  text: string
  regex: boolean
  matchCase: boolean
  /** Of hits: these alone. */
  only: boolean
  /** Null = all. */
  levels: ReadonlySet<Level> | null
  stream: Stream
  span: SpanKey
  /** A part of the time, of which all lines are read; null = the newest, and what comes. */
  time: { fromMs: number; toMs: number } | null
}

export function choicesOf({ q = '', re, case: matchCase, only, level = '', stream, range, from, to }: Query): Choices {
  const levels = level.split(',').filter((each): each is Level => (LEVELS as readonly string[]).includes(each))
  const [fromMs, toMs] = [Date.parse(from ?? ''), Date.parse(to ?? '')]
  return {
    text: q,
    regex: re === '1',
    matchCase: matchCase === '1',
    only: only === '1',
    levels: levels.length === 0 ? null : new Set(levels),
    stream: stream === 'out' || stream === 'err' ? stream : 'both',
    span: SPANS.find(({ key }) => key === range)?.key ?? '1h',
    time: fromMs < toMs ? { fromMs, toMs } : null,
  }
}

const iso = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`

/** What is as usual is left out. */
export const queryOfChoices = ({
  text,
  regex,
  matchCase,
  only,
  levels,
  stream,
  span,
  time,
}: Choices): Record<string, string | undefined> => ({
  q: text || undefined,
  re: regex ? '1' : undefined,
  case: matchCase ? '1' : undefined,
  only: only ? '1' : undefined,
  level: levels === null ? undefined : LEVELS.filter((each) => levels.has(each)).join(','),
  stream: stream === 'both' ? undefined : stream,
  range: span === '1h' ? undefined : span,
  from: time === null ? undefined : iso(time.fromMs),
  to: time === null ? undefined : iso(time.toMs),
})

/** One more or one less; all of them is no choice, nor is none. */
export function toggledLevel(levels: ReadonlySet<Level> | null, level: Level): ReadonlySet<Level> | null {
  const next = new Set(levels)
  if (!next.delete(level)) next.add(level)
  return next.size === 0 || next.size === LEVELS.length ? null : next
}

/** As many logs are merged at once; and of more processes as many are shown until somebody chooses. */
export const MOST_SOURCES = 200
const MOST_UNASKED = 40

/** A name, a glob, `tag:T`, or `all`. */
function isMeant(view: ProcessView, token: string): boolean {
  if (token === 'all') return true
  if (token.startsWith('tag:')) return view.tags.includes(token.slice('tag:'.length))
  if (isGlob(token)) return matchesGlob(token, view.name)
  return view.name === token || view.id === token || view.instance?.of === token
}

export const tokensOf = (of: string | undefined): string[] => (of ?? '').split(',').filter((token) => token !== '')

/** In the order of their names, as they are read. `of`: as in the address; without it the worst ones, as many as are read at ease. */
export function chosenViews(views: readonly ProcessView[], of: string | undefined): ProcessView[] {
  const tokens = tokensOf(of)
  const chosen =
    of === undefined
      ? [...views].sort(worstFirst).slice(0, MOST_UNASKED)
      : views.filter((view) => tokens.some((token) => isMeant(view, token)))
  return chosen.slice(0, MOST_SOURCES).sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** The shortest words for a choice: all of a project is its pattern, which means those that come too. */
export function writtenChoice(views: readonly ProcessView[], chosen: ReadonlySet<string>): string {
  if (chosen.size === views.length) return 'all'
  const projects = new Map<string, ProcessView[]>()
  for (const view of views) if (view.project !== null) projects.set(view.project, [...(projects.get(view.project) ?? []), view])
  const whole = new Set([...projects].filter(([, members]) => members.every(({ id }) => chosen.has(id))).map(([name]) => name))
  const names = views
    .filter(({ id, project }) => chosen.has(id) && !(project !== null && whole.has(project)))
    .map(({ name }) => name)
  return [...[...whole].map((name) => `${name}/*`), ...names].join(',')
}

/** In the list of sources: part of the name, or one of the words above. */
export function found(views: readonly ProcessView[], text: string): ProcessView[] {
  const wanted = text.trim()
  if (wanted === '') return [...views]
  return views.filter((view) => view.name.toLowerCase().includes(wanted.toLowerCase()) || isMeant(view, wanted))
}

const COLOURS = 6

/** Of each name, an aid beside it: by the order in which they were made, so that one that comes changes no other. Instances share theirs. */
export function coloursOf(views: Iterable<ProcessView>): ReadonlyMap<string, string> {
  const sets = new Map<string, string>()
  const colours = new Map<string, string>()
  for (const { name, instance } of [...views].sort((a, b) => a.number - b.number)) {
    const set = instance?.of ?? name
    if (!sets.has(set)) sets.set(set, `p${(sets.size % COLOURS) + 1}`)
    colours.set(name, sets.get(set)!)
  }
  return colours
}
