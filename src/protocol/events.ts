/** Typed payloads of the closed event list. On the wire an event is flat: `{seq, at, type, process, id, ...payload}`. */
import type { Health, LifecycleCommand, OrphanKind, Status } from './names.ts'
import type { ProcessView, ProgressView, StepView } from './view.ts'

export interface ExitPayload {
  run: number
  exitCode: number | null
  signal: string | null
  reason: string | null
}

export interface EventPayloads {
  initialized: { adopted: number; lost: number; processes: number; restarted: boolean }
  processStarted: { run: number; pid: number; adopted: boolean }
  processExit: ExitPayload
  processError: { run: number; code: string; message: string }
  /** The monitor found a dead run without a reported exit. */
  processDied: { run: number; pid: number }
  statusChange: { from: Status; to: Status; reason: string | null; health: Health; run: number }
  healthCheck: { checked: number; healthy: number; unhealthy: number; tookMs: number }
  serverStarted: { run: number; pid: number }
  serverStopped: { run: number }
  orphanFound: { pid: number; kind: OrphanKind; command: string; evidence: string }
  orphanKilled: { pid: number; result: string; signal: string | null }
  progress: { run: number; progress: ProgressView }
  step: { run: number; step: Omit<StepView, 'steps'> & { parent: string | null } }
  /** `row` is null and `large` true beyond limits.resultEventBytes: ask `results` for it. */
  result: { run: number; attempt: number | null; index: number; row: unknown; large: boolean }
  log: { stream: 'out' | 'err'; notice: string }
  paused: { run: number }
  resumed: { run: number }
  cancelled: { run: number }
  completed: { run: number; status: Status }
  crashLoop: { failures: number; windowMs: number; on: boolean }
  /** `sinceMs`: how long nothing was reported. `on` false: reports resumed. */
  stalled: { run: number; sinceMs: number; on: boolean }
  limitReached: { limit: string; value: number }
  /** Who did what, or tried to: `by` is a user, `token` the name of the token used, if any. */
  audit: { method: string; targets: string[]; by: string; token: string | null; denied?: true }
  stateWriteFailed: { message: string; recovered: boolean }
  /** The first results of this home expire in 24 h: those of `processes` processes, kept for `keptMs` (`retention.history`). */
  resultsExpire: { processes: number; keptMs: number }
  /** Of all instances together; `set` is their name. */
  socketOpened: { set: string; addresses: string[] }
  socketClosed: { set: string; addresses: string[] }
  holderReplaced: { set: string; pid: number }
  /** No process holds them for the instances that come: what serves continues, and stop and start opens them anew. */
  socketsLost: { set: string; addresses: string[] }
  /** During a reload: this run serves from now on; the one before accepts no more connections, and has answered the last. */
  instanceOpened: { run: number; pid: number }
  instanceDraining: { run: number }
  instanceDrained: { run: number }
  /** The new version did not become healthy; `set` is the name of all instances. */
  reloadRolledBack: { set: string; why: string }
  /** A command such as `preStart` did not succeed; `reason` is `exit code 3` or the like. */
  lifecycleFailed: { run: number; command: LifecycleCommand; reason: string }
}

export type PtrackEvent = {
  [T in keyof EventPayloads]: {
    seq: number
    at: string
    type: T
    /** The process's name and id; null for events of the daemon itself. */
    process: string | null
    id: string | null
  } & EventPayloads[T]
}[keyof EventPayloads]

/** Present views of what changed, without a sequence number, latest wins; what `ptrack watch` draws. */
export interface ViewsPush {
  changed: ProcessView[]
  removed: string[]
}
