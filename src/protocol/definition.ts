/** The definition of a process, checked and completed; fields.ts has its syntax. Durations are ms, sizes bytes. */
import { z } from 'zod'
import {
  CONDITIONS,
  CRON_OVERLAPS,
  KINDS,
  LEFTOVERS,
  RELOADS,
  RESTART_POLICIES,
  RETRY_CAUSES,
  SIGNALS,
  STOP_SCOPES,
  ULIMITS,
} from './names.ts'
import { isLabel } from './patterns.ts'
import { badProjectName, FULL_NAME, NAME_PATTERN, PROJECT_PATTERN, projectOf, shortName } from './project.ts'
import { HookSpec } from './settings.ts'
import { type DeclaredSocket, SOCKETS_MAX, SocketSpec } from './sockets.ts'

/** Never all digits, which would look like a number or a pid; `:` numbers instances. */
export const ProcessName = z
  .string()
  .regex(NAME_PATTERN, 'a name starts with a letter, digit or _ and holds letters, digits and . _ @ : + - (at most 120)')
  .refine((name) => !/^\d+$/.test(name), 'a name of digits only would be taken for a number or a pid')
  .refine((name) => name !== 'all' && !isLabel(name), '`all`, `tag:` and `session:` mean something else')

const namesAProject = (name: string): boolean => badProjectName(name) === null
const A_PROJECT =
  'a project has letters, digits and . _ - (at most 64), is not `none` or `all`, and does not end in .json, .log or .meta'
export const ProjectName = z.string().regex(PROJECT_PATTERN, A_PROJECT).refine(namesAProject, A_PROJECT)

const A_NAME = 'a name starts with a letter, digit or _ and holds letters, digits and . _ @ : + - (at most 120)'
export const FullName = z
  .string()
  .regex(FULL_NAME, A_NAME)
  .refine(
    (name) => ProcessName.safeParse(shortName(name)).success,
    'a name is not of digits only, not `all`, not `tag:..` and not `session:..`',
  )
  .refine((name) => namesAProject(projectOf(name) ?? 'any'), A_PROJECT)

const exitCodes = z.array(z.number().int().min(0).max(255)).max(256)
const milliseconds = z
  .number()
  .int()
  .min(0)
  .max(366 * 86_400_000)
const text = (max: number) =>
  z
    .string()
    .max(max)
    .refine((s) => !s.includes('\0'), 'no NUL bytes')

const commandLine = text(4096).min(1).nullable().default(null)
const logFile = text(4096).startsWith('/', 'a log file must be an absolute path')

export const SignalName = z.enum(SIGNALS)
export type SignalName = z.infer<typeof SignalName>

export const Probe = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('http'), url: z.url({ protocol: /^https?$/ }) }),
  z.strictObject({ kind: z.literal('exec'), command: text(4096).min(1) }),
  z.strictObject({ kind: z.literal('log'), pattern: text(1024).min(1) }),
  z.strictObject({ kind: z.literal('tcp'), host: text(255).min(1), port: z.number().int().min(1).max(65_535) }),
  z.strictObject({ kind: z.literal('notify') }),
  z.strictObject({ kind: z.literal('none') }),
])
export type Probe = z.infer<typeof Probe>

export const Definition = z.strictObject({
  name: FullName,
  kind: z.enum(KINDS).default('service'),
  title: text(200).nullable().default(null),
  description: text(2000).nullable().default(null),
  /** Free text that groups processes for policies and filters; default: the name of the kind. */
  type: text(64).min(1).optional(),
  tags: z.array(text(64).min(1)).max(64).default([]),
  metadata: z.record(text(128), z.unknown()).default({}),
  command: z.array(text(131_072)).min(1).max(10_000),
  cwd: text(4096).startsWith('/', 'cwd must be an absolute path'),
  /** TCP ports it must hold. `auto` is replaced by a free one when the process is defined. */
  ports: z
    .array(z.union([z.number().int().min(1).max(65_535), z.literal('auto')]))
    .max(64)
    .default([]),
  /** Listening sockets that the daemon opens and all instances accept from. */
  sockets: z.array(SocketSpec).max(SOCKETS_MAX).default([]),
  /** Node programs take them by themselves; false = they read LISTEN_FDS, as under systemd. */
  preload: z.boolean().default(true),
  /** How `reload` replaces an instance; null = overlap with shared sockets, else serial. */
  reload: z.enum(RELOADS).nullable().default(null),
  /** How long an instance that was replaced may finish what it has begun. */
  drainTimeoutMs: milliseconds.default(30_000),
  /** Beside the ports; null = the ports alone decide (or nothing, without ports). */
  health: Probe.nullable().default(null),
  healthPeriodMs: milliseconds.min(100).default(3000),
  healthTimeoutMs: milliseconds.min(10).default(2000),
  /** Failed checks in a row that make it `unhealthy`. */
  healthFailures: z.number().int().min(1).max(1000).default(3),
  readyTimeoutMs: milliseconds.min(1).default(30_000),
  restartUnhealthy: z.boolean().default(false),
  /** Default: always for services, never for jobs. */
  restart: z.enum(RESTART_POLICIES).optional(),
  /** Ends as failed after this many failures inside the window; null = continue at the longest backoff. */
  maxRestarts: z.number().int().min(0).max(1_000_000).nullable().default(null),
  restartWindowMs: milliseconds.min(1).default(600_000),
  /** Fixed delay before each restart of a service; null = growing ones. Below 100 ms it would only spin. */
  restartDelayMs: milliseconds.min(100).nullable().default(null),
  okExit: exitCodes.default([0]),
  noRestartExit: exitCodes.default([]),
  /** Descendants that outlive their leader; default: those of a service whose end was seen are ended, others kept. */
  leftovers: z.enum(LEFTOVERS).optional(),
  /** `ptrack runtime` ends when it has ended and is not restarted, or crashes in a loop. */
  critical: z.boolean().default(false),
  stopSignal: SignalName.default('SIGTERM'),
  stopTimeoutMs: milliseconds.default(10_000),
  /** `main`: the program alone has the signal first, and what it started after its end; for servers that end their own workers. */
  stopScope: z.enum(STOP_SCOPES).default('tree'),
  /** Typed, with Enter, at its terminal (`tty`) instead of the signal; what the program has started gets that after its end. */
  stopSend: text(1000).min(1).nullable().default(null),
  /** Executed by /bin/sh around each run, in its environment: before the program, once it is ready, before the stop signal, after the end. */
  preStart: commandLine,
  postStart: commandLine,
  preStop: commandLine,
  postStop: commandLine,
  /** Each of these has failed after this time. */
  lifecycleTimeoutMs: milliseconds.min(1).default(30_000),
  /** A longer run ends as `timeout`; null = no limit. Default: the policy of its type, else jobs 2 h, services none. */
  timeoutMs: milliseconds.min(1).nullable().optional(),
  /** Further runs of a failed job; default for this and the four below: the policy of its type. */
  retries: z.number().int().min(0).max(1_000_000).optional(),
  /** Delay before the first retry; each further one is `retryFactor` times longer, up to `retryMaxMs`. */
  retryInitialMs: milliseconds.min(1).optional(),
  retryMaxMs: milliseconds.min(1).optional(),
  retryFactor: z.number().min(1).max(100).optional(),
  /** +-20 % at random, so that simultaneous failures are not retried simultaneously. */
  retryJitter: z.boolean().optional(),
  retryOn: z.array(z.enum(RETRY_CAUSES)).default(['failure']),
  retryInterrupted: z.boolean().default(false),
  priority: z.number().int().min(-1000).max(1000).default(0),
  /** Conditions for its start. A service waits again at each requested start, but not at a restart by policy. */
  after: z
    .array(z.strictObject({ name: FullName, condition: z.enum(CONDITIONS) }))
    .max(64)
    .default([]),
  /** Five or six fields, or @daily and the like, local time; null = by hand only. Missed times are skipped; services restart. */
  cron: text(256).min(1).nullable().default(null),
  /** When the time comes while it still runs: skip it, or run once more right after. */
  cronOverlap: z.enum(CRON_OVERLAPS).default('skip'),
  /** Globs, relative to cwd; a change restarts it, and `!GLOB` excludes. Its own logs are never watched. */
  watchFiles: z.array(text(4096).min(1)).max(64).default([]),
  hooks: z.array(HookSpec).max(64).default([]),
  /** A job always has a recorder, so that its exit outlives the daemon; a service only on request. */
  recordExit: z.boolean().default(false),
  /** A terminal of its own in place of stdin and log files; what it shows is the log of stdout. Implies `recordExit`. */
  tty: z.boolean().default(false),
  logMaxBytes: z
    .number()
    .int()
    .min(65_536)
    .default(10 * 1024 * 1024),
  logKeep: z.number().int().min(0).max(1000).default(5),
  /** A regular file that it reads as stdin, from its beginning in each run; null = /dev/null. */
  stdin: text(4096).startsWith('/', 'stdin must be an absolute path').nullable().default(null),
  /** Instead of logs in the home, opened with O_APPEND and rotated there; `{instance}` = its index. The same for both is allowed. */
  outFile: logFile.nullable().default(null),
  errFile: logFile.nullable().default(null),
  /** Memory of the whole tree; two samples above it end the run as a failure. */
  maxMemoryBytes: z.number().int().min(1024).nullable().default(null),
  nice: z.number().int().min(-20).max(19).nullable().default(null),
  user: text(64).min(1).nullable().default(null),
  group: text(64).min(1).nullable().default(null),
  umask: z
    .string()
    .regex(/^[0-7]{1,4}$/, 'umask is octal, such as 022')
    .nullable()
    .default(null),
  ulimits: z
    .partialRecord(
      z.enum(ULIMITS),
      z.string().regex(/^(\d+|unlimited)(:(\d+|unlimited))?$/, 'a limit is a number, unlimited, or SOFT:HARD'),
    )
    .default({} as never),
  /** Below the daemon's; `maxMemoryBytes` is a hard limit too where its controller is there. */
  cgroup: z.boolean().default(false),
  /** Processors that its tree may use, such as 1.5; needs cgroup v2, and so does `pids`. Either gives it a cgroup. */
  cpus: z.number().min(0.01).max(4096).nullable().default(null),
  /** How many processes and threads its tree may have. */
  pids: z.number().int().min(1).max(4_194_304).nullable().default(null),
  /** No setuid program and none with capabilities gives it more rights. */
  noNewPrivileges: z.boolean().default(false),
  /** What it cannot write to, whatever its user may: mounts of its own, as for `privateTmp`. */
  readOnly: z.array(text(4096).startsWith('/', 'a read-only path must be absolute')).max(64).default([]),
  /** Its own empty /tmp and /var/tmp, in memory, gone with its last process. */
  privateTmp: z.boolean().default(false),
  /** Set on each of N instances: the definition they share and the index (0..N-1). */
  instance: z
    .strictObject({ of: FullName, index: z.number().int().min(0) })
    .nullable()
    .default(null),
})
/** Changes to a definition: named fields only; defaults must not be applied to the others. */
const changeable = Object.entries(Definition.shape)
  .filter(([field]) => !['name', 'kind', 'instance'].includes(field))
  .map(([field, schema]) => [field, (schema instanceof z.ZodDefault ? schema.unwrap() : schema) as z.ZodType] as const)
export const DefinitionChanges = z.strictObject(
  Object.fromEntries(changeable.map(([field, schema]) => [field, schema.optional()])),
) as unknown as z.ZodType<
  Partial<Omit<z.output<typeof Definition>, 'name' | 'kind' | 'instance'>>,
  Partial<Omit<z.input<typeof Definition>, 'name' | 'kind' | 'instance'>>
>
/** What such fields had when somebody decided to change them; null = nothing. */
export const ExpectedFields = z.partialRecord(
  z.enum(changeable.map(([field]) => field) as [string, ...string[]]),
  z.unknown(),
) as unknown as z.ZodType<Readonly<Record<string, unknown>>>
/** As a client sends it: only what differs from the defaults. */
export type DefinitionInput = z.input<typeof Definition>
/** As the daemon keeps it: defaults filled in, `auto` ports and kind-dependent defaults resolved; `leftovers` only if set. */
export type Definition = Omit<Required<DefinitionInput>, 'ports' | 'sockets' | 'ulimits' | 'leftovers'> & {
  leftovers?: 'kill' | 'keep'
  ports: number[]
  sockets: DeclaredSocket[]
  ulimits: Record<string, string>
}
