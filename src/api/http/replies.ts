/** Replies of routes that differ from the protocol's; scripts/build-schemas.mjs makes reply-schemas.json from the types. */
import type { ErrorCode } from '../../protocol/errors.ts'
import type { PtrackEvent } from '../../protocol/events.ts'
import type { HistoryPage, ResultPage, StatsView } from '../../protocol/history.ts'
import type { GarbageReport, LimitsView, TrackStarted, TypeView } from '../../protocol/job-requests.ts'
import type { Kind, Role, Status } from '../../protocol/names.ts'
import type { ActionResult, LogPage } from '../../protocol/requests.ts'
import type { Retention } from '../../protocol/settings.ts'
import type { Resized, Sent } from '../../protocol/terminal-requests.ts'
import type { KillResult, OrphanView, ProcessDetail, ProcessView, ProjectView, RunView } from '../../protocol/view.ts'

export interface ProcessPage {
  /** In order of creation. */
  processes: ProcessView[]
  /** Of the next page; null at the end. */
  cursor: string | null
  /** Number that pass the filters, on all pages. */
  total: number
}

/** One result for each process that the name means; instances of one definition are several. */
export interface Outcomes {
  results: ActionResult[]
}

/** `results` for what ptrack started; the rest for external processes. */
export type Created = Outcomes | TrackStarted

/** The answer to a change of a process: of its definition, its progress, or its end. */
export type Changed = Outcomes | { wanted: 'go' | 'pause' | 'cancel' } | { process: ProcessView }

export interface LogsReply extends LogPage {
  links: {
    /** These lines and all before them, from the first one kept, page by page. */
    whole: string
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
  hint?: string
  details?: Record<string, unknown>
}

export interface ProcessUpdate {
  type: 'process_update'
  process_id: string
  process_type: string
  status: 'pending' | 'running' | 'completed' | 'failed' | 'cancelled' | 'timeout'
  name: string
  /** Percent; null while unknown. */
  progress: number | null
  message: string | null
  /** Epoch, in seconds. */
  timestamp: number
  metadata: Record<string, unknown>
}

export interface Replies {
  ProcessPage: ProcessPage
  ProcessDetail: ProcessDetail
  Outcomes: Outcomes
  Created: Created
  Changed: Changed
  LogsReply: LogsReply
  ResultPage: ResultPage
  RunsReply: RunsReply
  Sent: Sent
  Resized: Resized
  TypeViews: TypeView[]
  StatusCounts: StatusCount[]
  OrphanViews: OrphanView[]
  ProjectViews: ProjectView[]
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
