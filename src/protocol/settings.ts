/** Settings for many processes: queue limits, policies per type, hooks, notices, retention. Saved with the state. */
import { z } from 'zod'
import { KEPT_MS } from './kept.ts'
import { limits } from './limits.ts'
import { RELOADS } from './names.ts'
import { OpenSockets } from './sockets.ts'

const milliseconds = z
  .number()
  .int()
  .min(0)
  .max(366 * 86_400_000)
/** How many jobs may be live at once; null = no limit. */
const Limit = z.number().int().min(1).max(100_000).nullable()
const word = z.string().min(1).max(64)

export const QueueLimits = z.strictObject({
  global: Limit.default(null),
  owners: z.record(word, z.number().int().min(1).max(100_000)).default({}),
  types: z.record(word, z.number().int().min(1).max(100_000)).default({}),
})
export type QueueLimits = z.infer<typeof QueueLimits>

/** Defaults for jobs of one type; a definition overrides them. */
export const TypePolicy = z.strictObject({
  retries: z.number().int().min(0).max(1_000_000).optional(),
  retryInitialMs: milliseconds.min(1).optional(),
  retryMaxMs: milliseconds.min(1).optional(),
  retryFactor: z.number().min(1).max(100).optional(),
  retryJitter: z.boolean().optional(),
  /** null = no limit. */
  timeoutMs: milliseconds.min(1).nullable().optional(),
})
export type TypePolicy = z.infer<typeof TypePolicy>

/**
 * `TRIGGER[,TRIGGER..]`: failed done cancelled timeout interrupted crash-loop unhealthy orphan stalled overrun retrying,
 * `cpu>90%` (percent of one core, whole tree), `memory>1G`. `overrun` = a run lasts longer than p95 of the earlier ones.
 */
export const HookSpec = z.strictObject({
  on: z.array(z.string().min(1).max(64)).min(1).max(32),
  /** `exec:COMMAND` (in /bin/sh), `webhook:URL` (POST of JSON), `mail:ADDRESS` (sendmail). */
  run: z.string().min(1).max(4096),
})
export type HookSpec = z.infer<typeof HookSpec>

export const GlobalHook = HookSpec.extend({ id: z.string().min(1).max(64) })
export type GlobalHook = z.infer<typeof GlobalHook>

/** For administrators, kept until `ptrack ls` has shown it. */
export const Notice = z.strictObject({
  id: z.string().min(1).max(64),
  /** ISO-8601, UTC. */
  at: z.string().min(1).max(64),
  text: z.string().min(1).max(limits.noticeChars),
})
export type Notice = z.infer<typeof Notice>
const DAY_MS = 86_400_000
/** A minute to a thousand years; null = for ever. */
export const KeepMs = z
  .number()
  .int()
  .min(60_000)
  .max(365_000 * DAY_MS)
  .nullable()

/** How long things are kept, in observed time (core/observed.ts). */
export const Retention = z.strictObject({
  /** Jobs that ended done, cancelled or stopped, in the live list. */
  endedMs: KeepMs.default(KEPT_MS.endedMs),
  /** Jobs that ended failed, timeout or interrupted, in the live list. */
  failedMs: KeepMs.default(KEPT_MS.failedMs),
  /** Rows of history, and the results that go with them. */
  historyMs: KeepMs.default(KEPT_MS.historyMs),
  /** Logs of deleted processes, from their last line on. */
  logsMs: KeepMs.default(KEPT_MS.logsMs),
})
export type Retention = z.infer<typeof Retention>

/** The wall clock went from `wallMs` on for `ms` while a daemon watched. */
const ObservedSpan = z.strictObject({ wallMs: z.number(), ms: z.number().min(0) })
export type ObservedSpan = z.infer<typeof ObservedSpan>

export const Observed = z.strictObject({
  /** Oldest first. */
  spans: z.array(ObservedSpan).max(1000).default([]),
  /** Observed ms at which the first removal of results on this home was announced; null before. */
  announcedMs: z.number().nullable().default(null),
})
export type Observed = z.infer<typeof Observed>

/** A reload that is under way, as the next daemon finishes or undoes it. Run ids by process id: another run means replaced. */
export const Roll = z.strictObject({
  mode: z.enum(RELOADS),
  runs: z.record(z.string(), z.string().nullable()),
  /** The definition with which those run whose definition has changed. */
  before: z.record(z.string(), z.record(z.string(), z.unknown())),
  /** The environment has changed too; the one before is kept under `beforeReload`. */
  env: z.boolean(),
  /** It is being undone, and why; `runs` are then those of the refused version. */
  why: z.string().nullable(),
})
export type Roll = z.infer<typeof Roll>

/** The name under which a reload keeps an environment that it may have to give back; no process can have it. */
export const beforeReload = (name: string): string => `${name}${BEFORE_RELOAD}`
export const BEFORE_RELOAD = '~before'

/** PROJECT/NAME. */
const FullNameText = z.string().max(200)

export const Settings = z.strictObject({
  limits: QueueLimits.default({ global: null, owners: {}, types: {} }),
  policies: z.record(word, TypePolicy).default({}),
  hooks: z.array(GlobalHook).max(1000).default([]),
  notices: z.array(Notice).max(limits.notices).default([]),
  retention: Retention.default(Retention.parse({})),
  observed: Observed.default(Observed.parse({})),
  /** Everything was stopped with the daemon, until somebody starts it or the machine boots. */
  halted: z.boolean().optional(),
  /** Reloads that are under way, by the name of the process or set. */
  reloads: z.record(FullNameText, Roll).optional(),
  /** Open shared sockets, by the name of the process or set. */
  sockets: z.record(FullNameText, OpenSockets).optional(),
  /** Until when what went wrong was looked at, by role and user: epoch ms. */
  newsSeen: z.record(z.string().max(100), z.number().min(0)).optional(),
  /** Directories of projects, by name. */
  projects: z.record(z.string().max(64), z.string().max(4096)).optional(),
})
export type Settings = z.infer<typeof Settings>

export const noSettings = (): Settings => ({
  limits: { global: null, owners: {}, types: {} },
  policies: {},
  hooks: [],
  notices: [],
  retention: Retention.parse({}),
  observed: { spans: [], announcedMs: null },
})
