/** The state of the view, and its messages. Plain values: `update` makes the next one, `draw` a picture of it. */
import type { FeedItem } from '../client/reconnecting.ts'
import type { RunBar, TimelineView } from '../protocol/overview.ts'
import type { Filter, Input as Request } from '../protocol/requests.ts'
import type { DaemonStatus, LogLine, OrphanView, ProcessDetail, ProcessView, WhyView } from '../protocol/view.ts'
import type { Grouping } from '../words/groups.ts'
import type { SortKey } from '../words/sort.ts'
import type { ActionVerb, Place } from './binding.ts'
import { emptyFleet, type FleetModel } from './fleet-model.ts'
import type { TerminalInput } from './keys.ts'
import type { Theme } from './theme.ts'

/** Samples of a process, oldest first; null where unknown. */
export interface Samples {
  cpu: readonly (number | null)[]
  memory: readonly (number | null)[]
}

export interface LogEntry {
  stream: 'out' | 'err'
  /** Of the process that wrote it. */
  process: string
  /** `14:27:31`; null when unknown. */
  at: string | null
  /** Displayable as it is: at most colours. */
  text: string
}

export interface LogModel {
  /** Of the process, or of several, with a blank between each two; null = of none. */
  id: string | null
  entries: readonly LogEntry[]
  /** Entries dropped at the beginning, so that an entry's number stays. */
  dropped: number
  /** Number of the first entry shown; null: follow the newest. */
  top: number | null
  wrap: boolean
  /** When each line was written. */
  times: boolean
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

/** What is known of the last hour. */
export interface Load extends Samples {
  /** Of the process; null = of the machine alone. */
  id: string | null
  machine: Samples
}

/** Hours that the timeline shows. */
export const SPANS = [1, 24, 168] as const

export interface Timeline {
  hours: (typeof SPANS)[number]
  /** Of other hours until the answer comes. */
  view: TimelineView | null
  error: string | null
}

/** A question that is answered by `y`, or, of many processes, by their number. */
export interface Question {
  title: string
  yes: string
  no: string
  /** What it would do, a line each. */
  lines: readonly string[]
  /** The process whose particulars are still to come. */
  about: string | null
  /** To be typed; null = `y` is enough. */
  number: string | null
  typed: string
  effects: readonly Effect[]
}

export interface Model {
  theme: Theme
  columns: number
  rows: number
  nowMs: number
  /** Name of the context of a remote daemon. */
  remote: string | null
  /** The node of the fleet whose daemon this is; null = the one that the view was opened at. */
  node: string | null
  views: ReadonlyMap<string, ProcessView>
  samples: ReadonlyMap<string, Samples>
  sampledMs: number
  loaded: boolean
  /** Since when the daemon is away; null while it is there. */
  awaySinceMs: number | null
  filter: Filter
  sort: SortKey
  /** The other way round. */
  reversed: boolean
  /** null: by the width of the terminal. */
  grouping: Grouping | null
  /** Keys of groups that are folded, and of sets that are not. */
  closed: ReadonlySet<string>
  opened: ReadonlySet<string>
  words: string
  /** Key of a row: the id of a process, or of what stands for several. */
  selected: string | null
  /** Ids of processes. */
  marked: ReadonlySet<string>
  /** Position of the selection, in case its process is deleted. */
  selectedIndex: number
  top: number
  place: Place
  /** The place that the keys are shown for, and returned to. */
  helpOf: Place
  focus: 'list' | 'log'
  logMode: 'shared' | 'alone' | 'off'
  log: LogModel
  details: Details | null
  /** Of the log that has the screen for itself. */
  logsOf: readonly string[]
  timeline: Timeline
  /** The last runs of what is in sight. */
  strips: ReadonlyMap<string, readonly RunBar[]>
  daemon: DaemonStatus | null
  load: Load | null
  orphans: readonly OrphanView[] | null
  orphansAtMs: number
  orphanSelected: number
  orphanTop: number
  fleet: FleetModel
  helpTop: number
  prompt: { kind: 'words' | 'search'; text: string } | null
  confirm: Question | null
  notice: { text: string; bad: boolean; untilMs: number } | null
  click: { key: string; atMs: number } | null
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
  | { kind: 'strips'; strips: readonly { id: string; runs: readonly RunBar[] }[] }
  | { kind: 'daemon'; status: DaemonStatus }
  | { kind: 'load'; load: Load }
  | { kind: 'timeline'; hours: Timeline['hours']; view: TimelineView | null; error: string | null }
  | { kind: 'orphans'; orphans: readonly OrphanView[] }
  | ({ kind: 'fleet' } & Pick<FleetModel, 'nodes' | 'rows' | 'silent' | 'error'>)
  /** This node cannot be shown, for this reason. */
  | { kind: 'not-visited'; node: string; why: string }
  | { kind: 'said'; text: string; bad: boolean }

export type Effect =
  | { do: 'action'; verb: ActionVerb; ids: readonly string[]; name: string }
  | { do: 'seen'; ids: readonly string[] }
  | { do: 'load-details'; id: string }
  | { do: 'load-strips'; ids: readonly string[] }
  | { do: 'load-daemon' }
  | { do: 'load-history'; id: string | null; any: string }
  | { do: 'load-timeline'; hours: Timeline['hours']; sinceMs: number }
  | { do: 'load-orphans' }
  | { do: 'load-fleet' }
  /** From now on the daemon of this node answers; null: the one that the view was opened at. */
  | { do: 'visit'; node: string | null }
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
  place: 'list' | 'fleet'
}

export const emptyLog: LogModel = {
  id: null,
  entries: [],
  dropped: 0,
  top: null,
  wrap: true,
  times: true,
  search: '',
  found: null,
  notice: null,
  ready: false,
}

/** Of `top`: where what is selected has others above and below it. */
export const ANYWHERE = -1

export const initialModel = (start: Start): Model => ({
  ...start,
  node: null,
  views: new Map(),
  samples: new Map(),
  sampledMs: 0,
  loaded: false,
  awaySinceMs: null,
  reversed: false,
  grouping: null,
  closed: new Set(),
  opened: new Set(),
  words: '',
  selected: null,
  marked: new Set(),
  selectedIndex: 0,
  top: ANYWHERE,
  helpOf: 'list',
  focus: 'list',
  logMode: 'shared',
  log: emptyLog,
  details: null,
  logsOf: [],
  timeline: { hours: 1, view: null, error: null },
  strips: new Map(),
  daemon: null,
  load: null,
  orphans: null,
  orphansAtMs: 0,
  orphanSelected: 0,
  orphanTop: 0,
  fleet: emptyFleet,
  helpTop: 0,
  prompt: null,
  confirm: null,
  notice: null,
  click: null,
})
