/** Every request: parameters (schemas) and reply (types). One verb, one name for CLI command, method, handler and test. */
import { z } from 'zod'
import { Definition, DefinitionChanges, ExpectedFields, SignalName } from './definition.ts'
import type { ErrorBody } from './errors.ts'
import type { PtrackEvent } from './events.ts'
import { Filter } from './filter.ts'
import { type FleetReplies, fleetRequests } from './fleet-requests.ts'
import { type JobReplies, jobRequests } from './job-requests.ts'
import { limits } from './limits.ts'
import { type LogReplies, logRequests } from './log-requests.ts'
import { EVENT_TYPES, RELOADS } from './names.ts'
import { type OverviewReplies, overviewRequests } from './overview-requests.ts'
import type { Named } from './project.ts'
import { noWait, OwnerName, Target, Targets, WaitMs } from './request-parts.ts'
import { SessionOwner } from './session.ts'
import type { Notice } from './settings.ts'
import { type TerminalReplies, TerminalSize, terminalRequests } from './terminal-requests.ts'
import { type TokenReplies, tokenRequests } from './token-requests.ts'
import type {
  DaemonStatus,
  DescendantView,
  EnvView,
  KillResult,
  LogLine,
  OrphanView,
  PortHolderView,
  ProcessDetail,
  ProcessView,
  ProjectView,
  ReloadFacts,
  WhyView,
} from './view.ts'
import { type WebReplies, webRequests } from './web-requests.ts'

export { Filter } from './filter.ts'

const Env = z
  .record(
    z
      .string()
      .min(1)
      .max(1024)
      .regex(/^[^=\0]+$/),
    z.string().max(131_072),
  )
  .refine((env) => JSON.stringify(env).length <= limits.envBytes, 'the environment is too large')

const { command, cwd, description, health } = Definition.shape
/** Fields in which instances of one definition may differ. */
const InstanceOwn = z.strictObject({ command, cwd, description: description.unwrap(), health: health.unwrap() }).partial()

export const EnvCapture = z.strictObject({
  /** The caller's environment, PTRACK_* already removed. */
  caller: Env.default({}),
  /** `--env` and `--env-file`, which override it. */
  set: Env.default({}),
  /** Variables of each instance, by its index, overriding `set`. Further instances continue the series. */
  each: z.array(Env).max(limits.instances).optional(),
})
export type EnvCapture = z.infer<typeof EnvCapture>

export type { LogBytes, LogPage } from './log-requests.ts'
export { LogQuery } from './log-requests.ts'

export const EventFilter = z.strictObject({
  types: z.array(z.enum(EVENT_TYPES)).optional(),
  targets: z.array(Target).max(1000).optional(),
})

export interface ActionResult extends Named {
  ok: boolean
  /** One sentence for a person: what happened, such as `already running`. */
  note: string | null
  /** Why it was skipped (such as `ended job`): only a pattern matched it, and the verb does not apply. Nothing was done. */
  leftAlone?: string
  view: ProcessView | null
  error: ErrorBody | null
  tail: string[]
  /** Of a reload. */
  reload?: ReloadFacts
}

export interface Hello {
  version: string
  protocol: number
  capabilities: string[]
  pid: number
  home: string
  startedAt: string
  user: string
  /** Of the caller's directory; null = none, or no directory was given. Absent from daemons without projects. */
  project?: string | null
  /** Number of unseen notices; omitted when there are none for this peer. */
  notices?: number
}

export interface SubscribeReply {
  subscription: string
  /** Changes with each daemon; a `since` from another epoch gets a fresh snapshot. */
  epoch: string
  seq: number
  /** Present unless every missed event is replayed. */
  snapshot: ProcessView[] | null
  /** True when events between `since` and now could not be replayed. */
  gap: boolean
  replayed: number
}

export const requests = {
  ...fleetRequests,
  ...jobRequests,
  ...tokenRequests,
  ...terminalRequests,
  ...webRequests,
  ...overviewRequests,
  ...logRequests,
  hello: z.strictObject({
    version: z.string(),
    protocol: z.number().int(),
    client: z.string().max(100).optional(),
    /** Of the caller: a name means that of the project of this directory first. */
    cwd: z.string().startsWith('/').max(4096).optional(),
    /** Of a command: its words after `ptrack`. What it defines and does is known by them; values of variables are masked. */
    command: z.array(z.string().max(4096)).max(100).optional(),
    /** From then on the rights of this token apply to this connection; a bad one is answered DENIED a second later. */
    token: z.string().max(256).optional(),
  }),
  list: Filter,
  projects: z.strictObject({ owner: z.string().max(64).optional() }),
  show: z.strictObject({ targets: Targets }),
  start: z.strictObject({
    /** Names to start again; or a definition for a new process. */
    targets: z.array(Target).max(10_000).optional(),
    definition: Definition.optional(),
    env: EnvCapture.optional(),
    instances: z.number().int().min(1).max(limits.instances).optional(),
    /** What each of `instances` has of its own, in order. */
    own: z.array(InstanceOwn).max(limits.instances).optional(),
    /** The directory of the project in its name, which so becomes that project's. */
    projectDirectory: z.string().startsWith('/').max(4096).optional(),
    /** What is there under the name, defined in the same way, is the answer, and started unless it runs; DUPLICATE_NAME if it differs. */
    ifMissing: z.boolean().default(false),
    /** Defined, but not started. */
    stopped: z.boolean().default(false),
    /** Owner of the new process, for limits and filters; default: the caller. */
    owner: OwnerName.optional(),
    updateEnv: z.boolean().default(false),
    /** Variables set by hand become exactly `env.set`: keys that are not in it disappear. */
    replaceSet: z.boolean().default(false),
    /** Pid of the `ptrack run` that passes its stdin to the job, on the same machine (input-files.ts); without it /dev/null. */
    inputFrom: z.number().int().min(1).optional(),
    /** Pid of the `ptrack run` that passes on what is typed, to the first run: its death is no more than the end of that. */
    terminalInputFrom: z.number().int().min(1).optional(),
    /** Of its first run, where it has a terminal (`tty`); default: 24 rows, 80 columns. */
    terminal: TerminalSize.optional(),
    /** What this starts belongs to it, and ends with it. */
    session: SessionOwner.optional(),
    /** A job that is deleted, with its logs and results, once it has ended and its caller has gone. */
    autoRemove: z.boolean().default(false),
    /** Of `autoRemove`: pid of the caller, where it is on the same machine; without it the connection counts. */
    caller: z.number().int().min(1).optional(),
    noWait,
  }),
  stop: z.strictObject({ targets: Targets, timeoutMs: WaitMs.optional(), noWait }),
  restart: z.strictObject({
    targets: Targets,
    env: EnvCapture.optional(),
    updateEnv: z.boolean().default(false),
    /** Variables set by hand become exactly `env.set`: keys that are not in it disappear. */
    replaceSet: z.boolean().default(false),
    /** Services that depend on them (`after`) are stopped before and started after them. */
    dependents: z.boolean().default(false),
    noWait,
  }),
  reload: z.strictObject({
    targets: Targets,
    env: EnvCapture.optional(),
    updateEnv: z.boolean().default(false),
    replaceSet: z.boolean().default(false),
    /** Instead of what the definition says. */
    mode: z.enum(RELOADS).optional(),
  }),
  delete: z.strictObject({ targets: Targets, purge: z.boolean().default(false) }),
  /** `signal` replaces the first stop signal, as Ctrl-C does; what is left gets the usual end. */
  cancel: z.strictObject({ targets: Targets, signal: SignalName.optional(), noWait }),
  /** Graceful where the program calls checkpoint(); `now` stops the tree at once. */
  pause: z.strictObject({ targets: Targets, now: z.boolean().default(false), noWait }),
  resume: z.strictObject({ targets: Targets }),
  reset: z.strictObject({ targets: Targets }),
  keep: z.strictObject({ targets: Targets }),
  signal: z.strictObject({ targets: Targets, signal: SignalName }),
  scale: z.strictObject({ target: Target, instances: z.number().int().min(0).max(limits.instances), noWait }),
  set: z.strictObject({
    targets: Targets,
    changes: DefinitionChanges,
    /** What fields had when this was decided: CONFLICT if one of them has changed since, and nothing is done. */
    expected: ExpectedFields.optional(),
  }),
  env: z.strictObject({ targets: Targets, reveal: z.boolean().default(false), caller: Env.optional() }),
  why: z.strictObject({ targets: Targets }),
  tree: z.strictObject({ targets: Targets }),
  port: z.strictObject({ port: z.number().int().min(1).max(65_535) }),
  wait: z.strictObject({ targets: Targets, for: z.enum(['healthy', 'ended']).default('ended'), timeoutMs: WaitMs.optional() }),
  notify: z.strictObject({ id: z.string().max(64), runId: z.string().max(64), ready: z.boolean() }),
  flush: z.strictObject({ targets: Targets }),
  subscribe: z.strictObject({
    since: z.number().int().min(0).optional(),
    epoch: z.string().max(64).optional(),
    filter: EventFilter.optional(),
    views: z.boolean().default(false),
  }),
  unsubscribe: z.strictObject({ subscription: z.string().max(64) }),
  orphans: z.strictObject({}),
  'kill-orphan': z.strictObject({
    /** Identities from `orphans`; or pids or names to look up; or all that may be ended unasked. */
    identities: z.array(z.string().max(256)).max(10_000).optional(),
    targets: z.array(Target).max(10_000).optional(),
    all: z.boolean().default(false),
    graceMs: WaitMs.default(1000),
    dryRun: z.boolean().default(false),
    /** The caller and its ancestors are never ended. */
    callerPid: z.number().int().optional(),
  }),
  'notices.list': z.strictObject({}),
  /** Those shown to a person; unknown ids are ignored. */
  'notices.seen': z.strictObject({ ids: z.array(z.string().max(64)).max(limits.notices) }),
  /** What is wrong with them is known: until it is over, or something else goes wrong. */
  'attention.seen': z.strictObject({ targets: Targets, seen: z.boolean().default(true) }),
  'daemon.status': z.strictObject({}),
  /** Starts again what was stopped with the daemon (`killChildren`). */
  'daemon.start': z.strictObject({}),
  'daemon.stop': z.strictObject({
    killChildren: z.boolean().default(false),
    /** With `killChildren`: the total into which all stop timeouts are cut; 0 kills at once. */
    graceMs: WaitMs.optional(),
    /** Only what it runs ends: the last output is still to be read. */
    stays: z.boolean().default(false),
  }),
} as const

export type Method = keyof typeof requests
/** As a handler gets them: checked, defaults filled in. */
export type Params<M extends Method> = z.output<(typeof requests)[M]>
/** As a client may write them. */
export type Input<M extends Method> = z.input<(typeof requests)[M]>

export interface Replies
  extends FleetReplies,
    JobReplies,
    LogReplies,
    OverviewReplies,
    TerminalReplies,
    TokenReplies,
    WebReplies {
  hello: Hello
  list: ProcessView[]
  projects: ProjectView[]
  show: ProcessDetail[]
  start: ActionResult[]
  stop: ActionResult[]
  restart: ActionResult[]
  reload: ActionResult[]
  delete: ActionResult[]
  cancel: ActionResult[]
  pause: ActionResult[]
  resume: ActionResult[]
  reset: ActionResult[]
  keep: ActionResult[]
  signal: ActionResult[]
  scale: ActionResult[]
  set: ActionResult[]
  env: EnvView[]
  why: WhyView[]
  tree: (Named & { processes: DescendantView[] })[]
  port: PortHolderView[]
  wait: ActionResult[]
  notify: { accepted: boolean }
  flush: ActionResult[]
  subscribe: SubscribeReply
  unsubscribe: { ok: boolean }
  orphans: OrphanView[]
  'kill-orphan': KillResult[]
  'notices.list': Notice[]
  'notices.seen': { left: number }
  'attention.seen': ActionResult[]
  'daemon.status': DaemonStatus
  'daemon.start': { started: string[] }
  /** `killed`: names of those that did not end when they were asked to. */
  'daemon.stop': { stopping: boolean; left: number; killed: string[] }
}
export type Reply<M extends Method> = Replies[M]

/** What the daemon sends unasked, as JSON-RPC notifications. */
export interface Notifications {
  event: { subscription: string; event: PtrackEvent }
  views: { subscription: string; changed: ProcessView[]; removed: string[] }
  /** Events were dropped for this slow client; a fresh snapshot follows the given seq. */
  lagged: { subscription: string; seq: number; snapshot: ProcessView[] }
  logs: { follow: string; lines: LogLine[]; cursor: string; notices: string[] }
  heartbeat: { at: string; seq: number }
  stopping: { reason: string }
}
