/**
 * What routes answer where that is not a reply of the protocol as it is. `scripts/build-schemas.mjs` makes reply-schemas.json
 * of the types named in `Replies`; types only, so that they cost nothing.
 */
import type { ErrorCode } from '../../protocol/errors.ts'
import type { PtrackEvent } from '../../protocol/events.ts'
import type { HistoryPage, ResultPage, StatsView } from '../../protocol/history.ts'
import type { GarbageReport, LimitsView, TrackStarted, TypeView } from '../../protocol/job-requests.ts'
import type { Kind, Role, Status } from '../../protocol/names.ts'
import type { ActionResult, LogPage } from '../../protocol/requests.ts'
import type { Retention } from '../../protocol/settings.ts'
import type { KillResult, OrphanView, ProcessDetail, ProcessView, RunView } from '../../protocol/view.ts'

export interface ProcessPage {
  /** In the order of their creation. */
  processes: ProcessView[]
  /** Of the next page; null at the end. */
  cursor: string | null
  /** How many pass the filters, on all pages. */
  total: number
}

/** One result for each process that the name means; instances of one definition are several. */
export interface Outcomes {
  results: ActionResult[]
}

/** `results` of what ptrack started; the rest for what reports itself. */
export type Created = Outcomes | TrackStarted

/** What a change of a process answers: of its definition, of its progress, or of its end. */
export type Changed = Outcomes | { wanted: 'go' | 'pause' | 'cancel' } | { process: ProcessView }

export interface LogsReply extends LogPage {
  links: {
    /** These lines and all before them, from the first one that is kept, page by page. */
    whole: string
    /** What comes after these lines. */
    next: string
  }
}

export interface RunsReply {
  /** The present run last. */
  runs: RunView[]
}

export interface StatusCount {
  status: Status
  kinds: Kind[]
  count: number
}

export interface HealthReply {
  /** `degraded`: it works, but the state cannot be written. */
  status: 'ok' | 'degraded'
  version: string
  uptimeMs: number
  processes: number
  live: number
  error: string | null
}

export interface ReadyReply {
  ready: true
  version: string
}

/** Whose rights the cookie or token carries. */
export interface SessionReply {
  user: string
  role: Role
  version: string
}

/** RFC 9457; `code` is of ptrack's own catalogue. */
export interface Problem {
  type: 'about:blank'
  title: string
  status: number
  detail: string
  code: ErrorCode
  /** What to try. */
  hint?: string
  details?: Record<string, unknown>
}

/** One message of /ws/processes. */
export interface ProcessUpdate {
  type: 'process_update'
  process_id: string
  process_type: string
  status: 'pending' | 'running' | 'completed' | 'failed' | 'cancelled' | 'timeout'
  name: string
  /** Percent; null while it is not known. */
  progress: number | null
  message: string | null
  /** Epoch, in seconds. */
  timestamp: number
  metadata: Record<string, unknown>
}

/** Every reply with its name in the OpenAPI document. */
export interface Replies {
  ProcessPage: ProcessPage
  ProcessDetail: ProcessDetail
  Outcomes: Outcomes
  Created: Created
  Changed: Changed
  LogsReply: LogsReply
  ResultPage: ResultPage
  RunsReply: RunsReply
  TypeViews: TypeView[]
  StatusCounts: StatusCount[]
  OrphanViews: OrphanView[]
  KillResults: KillResult[]
  HealthReply: HealthReply
  ReadyReply: ReadyReply
  SessionReply: SessionReply
  StatsView: StatsView
  HistoryPage: HistoryPage
  LimitsView: LimitsView
  Retention: Retention
  GarbageReport: GarbageReport
  Problem: Problem
  ProcessUpdate: ProcessUpdate
  PtrackEvent: PtrackEvent
}
