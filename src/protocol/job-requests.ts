/** Requests about long work: progress, results, external processes, history, and settings (limits, policies, hooks). */
import { z } from 'zod'
import { ATTEMPTS } from './attempts.ts'
import { Definition } from './definition.ts'
import type { HistoryPage, ResultPage, StatsView } from './history.ts'
import { limits } from './limits.ts'
import { GARBAGE, type GarbageKind, STATUSES } from './names.ts'
import { OwnerName, Target } from './request-parts.ts'
import { type GlobalHook, HookSpec, KeepMs, type QueueLimits, type Retention, TypePolicy } from './settings.ts'
import { ExternalOutcome, LeaseMs, Speaker, StepUpdate, TrackUpdate } from './tracking.ts'
import type { ProcessView } from './view.ts'

export interface TrackStarted {
  id: string
  runId: string
  /** False: what was to be resumed has ended, or is unknown, and this is a new run. */
  resumed: boolean
  view: ProcessView
}

export interface TypeView {
  type: string
  kinds: string[]
  live: number
  waiting: number
  ended: number
  policy: TypePolicy | null
  limit: number | null
}

export interface LimitsView extends QueueLimits {
  /** Jobs that hold a slot, and jobs that wait for one. */
  live: number
  queued: number
}

export interface GarbageItem {
  kind: GarbageKind
  /** Name of the deleted process; of results its id, where the history lacks it. */
  name: string
  /** Of results the id of their process; else null. */
  id: string | null
  files: number
  bytes: number
}

export interface GarbageReport {
  dryRun: boolean
  /** What was removed, or would be; the largest first, at most limits.garbageItems of them. */
  items: GarbageItem[]
  /** Of all of them. */
  count: number
  bytes: number
  /** What could not be removed, and why. */
  notices: string[]
}

export interface HookView extends GlobalHook {
  /** The last delivery; null before the first. */
  last: { at: string; ok: boolean; detail: string } | null
}

export const jobRequests = {
  progress: z.strictObject({ who: Speaker, update: TrackUpdate.omit({ step: true, result: true }) }),
  step: z.strictObject({ who: Speaker, step: StepUpdate }),
  /** Idempotent with a `key`: a repeated row gets its first index. limits.resultKeys are remembered per run. */
  result: z.strictObject({ who: Speaker, row: z.unknown(), key: z.string().min(1).max(64).optional() }),
  /** Answered when the work may continue: at once, or after the resume; with `cancel` when it should end. */
  checkpoint: z.strictObject({ who: Speaker, waitMs: z.number().int().min(0).max(limits.longPollMs).default(0) }),
  results: z.strictObject({
    /** Name or id; also of a process that left the list or was deleted, for as long as the history has it. */
    target: Target,
    /** Only of a process of this owner, if it is gone. */
    owner: z.string().max(64).optional(),
    run: z.number().int().min(1).optional(),
    /** `last`: of each retried job only the last attempt with rows. */
    attempts: z.enum(ATTEMPTS).default('all'),
    from: z.number().int().min(1).default(1),
    max: z.number().int().min(1).max(limits.resultPageRows).default(limits.resultPageRows),
    /** Without rows yet, the answer may wait this long for one. */
    waitMs: z.number().int().min(0).max(limits.longPollMs).default(0),
  }),
  'track.start': z.strictObject({
    definition: Definition.omit({ command: true, cwd: true }).partial().required({ name: true }),
    owner: OwnerName.optional(),
    leaseMs: LeaseMs,
    /** Of the external program, for people; it is never signalled. */
    pid: z.number().int().min(1).optional(),
    /** A reconnecting client continues the same id and run, unless it has ended. */
    resume: z.strictObject({ id: z.string().max(64), runId: z.string().max(64) }).optional(),
    /** Keep the lease for as long as this connection is open. */
    hold: z.boolean().default(false),
  }),
  /** An empty update only renews the lease. */
  'track.update': z.strictObject({ who: Speaker, update: TrackUpdate.default({}) }),
  'track.end': z.strictObject({ who: Speaker, outcome: ExternalOutcome, error: z.string().max(2000).optional() }),
  history: z.strictObject({
    targets: z.array(Target).max(1000).optional(),
    type: z.string().max(64).optional(),
    owner: z.string().max(64).optional(),
    outcome: z.array(z.enum(STATUSES)).optional(),
    sinceMs: z.number().optional(),
    max: z.number().int().min(1).max(limits.historyPageRows).default(100),
    cursor: z.string().max(1000).optional(),
  }),
  stats: z.strictObject({
    type: z.string().max(64).optional(),
    name: z.string().max(256).optional(),
    owner: z.string().max(64).optional(),
    sinceMs: z.number().optional(),
  }),
  types: z.strictObject({ owner: z.string().max(64).optional() }),
  'limits.get': z.strictObject({}),
  /** Changes only what is named; null removes a limit. */
  'limits.set': z.strictObject({
    global: z.number().int().min(1).max(100_000).nullable().optional(),
    owners: z.record(z.string().min(1).max(64), z.number().int().min(1).max(100_000).nullable()).optional(),
    types: z.record(z.string().min(1).max(64), z.number().int().min(1).max(100_000).nullable()).optional(),
  }),
  'policy.get': z.strictObject({ type: z.string().min(1).max(64).optional() }),
  'policy.set': z.strictObject({ type: z.string().min(1).max(64), policy: TypePolicy }),
  'policy.delete': z.strictObject({ type: z.string().min(1).max(64) }),
  'retention.get': z.strictObject({}),
  /** Changes only what is named; null keeps it for ever. */
  'retention.set': z.strictObject({
    endedMs: KeepMs.optional(),
    failedMs: KeepMs.optional(),
    historyMs: KeepMs.optional(),
    logsMs: KeepMs.optional(),
  }),
  /** Removes what no process owns: logs, environments, results. The history stays. */
  gc: z.strictObject({
    dryRun: z.boolean().default(false),
    /** Default: everything. */
    only: z.array(z.enum(GARBAGE)).min(1).max(GARBAGE.length).optional(),
  }),
  'hooks.list': z.strictObject({}),
  'hooks.add': HookSpec,
  'hooks.delete': z.strictObject({ id: z.string().min(1).max(64) }),
  /** Runs a hook's action once with a made-up event, and reports the outcome. */
  'hooks.test': z.strictObject({ id: z.string().min(1).max(64).optional(), run: z.string().min(1).max(4096).optional() }),
} as const

export interface JobReplies {
  progress: ProcessView
  step: ProcessView
  result: { index: number }
  checkpoint: { action: 'go' | 'wait' | 'cancel' }
  results: ResultPage
  'track.start': TrackStarted
  'track.update': { wanted: 'go' | 'pause' | 'cancel' }
  'track.end': ProcessView
  history: HistoryPage
  stats: StatsView
  types: TypeView[]
  'limits.get': LimitsView
  'limits.set': LimitsView
  'policy.get': { type: string; policy: TypePolicy }[]
  'policy.set': { type: string; policy: TypePolicy }
  'policy.delete': { ok: boolean }
  'retention.get': Retention
  'retention.set': Retention
  gc: GarbageReport
  'hooks.list': HookView[]
  'hooks.add': HookView
  'hooks.delete': { ok: boolean }
  'hooks.test': { ok: boolean; detail: string; tookMs: number }
}
