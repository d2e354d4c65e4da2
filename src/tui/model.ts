/** The state of the view, and its messages. Plain values: `update` makes the next one, `draw` a picture of it. */
import type { FeedItem } from '../client/reconnecting.ts'
import type { Filter, Input as Request } from '../protocol/requests.ts'
import type { LogLine, OrphanView, ProcessDetail, ProcessView, WhyView } from '../protocol/view.ts'
import type { SortKey } from '../words/sort.ts'
import type { ActionVerb } from './bindings.ts'
import type { TerminalInput } from './keys.ts'
import type { Theme } from './theme.ts'

/** Samples of a process, oldest first; null where unknown. */
export interface Samples {
  cpu: readonly (number | null)[]
  memory: readonly (number | null)[]
}

export interface LogEntry {
  stream: 'out' | 'err'
  /** Displayable as it is: at most colours. */
  text: string
}

export interface LogModel {
  id: string | null
  entries: readonly LogEntry[]
  /** Entries dropped at the beginning, so that an entry's number stays. */
  dropped: number
  /** Number of the first entry shown; null: follow the newest. */
  top: number | null
  wrap: boolean
  search: string
  /** Number of the entry from which `n` continues. */
  found: number | null
  /** The daemon's remarks beside the lines, or why there are none. */
  notice: string | null
  ready: boolean
}

export interface Details {
  id: string
  detail: ProcessDetail | null
  why: WhyView | null
  error: string | null
  top: number
}

export interface Model {
  theme: Theme
  columns: number
  rows: number
  nowMs: number
  /** Name of the context of a remote daemon. */
  remote: string | null
  views: ReadonlyMap<string, ProcessView>
  samples: ReadonlyMap<string, Samples>
  sampledMs: number
  loaded: boolean
  /** Since when the daemon is away; null while it is there. */
  awaySinceMs: number | null
  filter: Filter
  sort: SortKey
  words: string
  selected: string | null
  /** Position of the selection, in case its process is deleted. */
  selectedIndex: number
  top: number
  place: 'list' | 'details' | 'orphans' | 'help'
  focus: 'list' | 'log'
  logMode: 'shared' | 'alone' | 'off'
  log: LogModel
  details: Details | null
  orphans: readonly OrphanView[] | null
  orphanSelected: number
  orphanTop: number
  helpTop: number
  prompt: { kind: 'words' | 'search'; text: string } | null
  confirm: { question: string; effect: Effect } | null
  notice: { text: string; bad: boolean; untilMs: number } | null
  click: { row: number; atMs: number } | null
}

export type Input =
  | TerminalInput
  | { kind: 'tick'; nowMs: number }
  | { kind: 'resize'; columns: number; rows: number }
  | { kind: 'feed'; item: Exclude<FeedItem, { kind: 'event' }> }
  | { kind: 'log-begins'; id: string | null }
  | { kind: 'log'; id: string; lines: readonly LogLine[] }
  | { kind: 'log-notice'; id: string; text: string | null }
  | { kind: 'details'; id: string; detail: ProcessDetail | null; why: WhyView | null; error: string | null }
  | { kind: 'orphans'; orphans: readonly OrphanView[] }
  | { kind: 'said'; text: string; bad: boolean }

export type Effect =
  | { do: 'action'; verb: ActionVerb; id: string; name: string }
  | { do: 'load-details'; id: string }
  | { do: 'load-orphans' }
  | { do: 'kill'; params: Request<'kill-orphan'> }
  | { do: 'redraw' }
  | { do: 'suspend' }
  | { do: 'quit' }

export type Step = readonly [Model, readonly Effect[]]

export interface Start {
  theme: Theme
  columns: number
  rows: number
  nowMs: number
  remote: string | null
  filter: Filter
  sort: SortKey
}

export const emptyLog: LogModel = {
  id: null,
  entries: [],
  dropped: 0,
  top: null,
  wrap: true,
  search: '',
  found: null,
  notice: null,
  ready: false,
}

export const initialModel = (start: Start): Model => ({
  ...start,
  views: new Map(),
  samples: new Map(),
  sampledMs: 0,
  loaded: false,
  awaySinceMs: null,
  words: '',
  selected: null,
  selectedIndex: 0,
  top: 0,
  place: 'list',
  focus: 'list',
  logMode: 'shared',
  log: emptyLog,
  details: null,
  orphans: null,
  orphanSelected: 0,
  orphanTop: 0,
  helpTop: 0,
  prompt: null,
  confirm: null,
  notice: null,
  click: null,
})
