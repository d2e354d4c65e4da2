/** What may stand in ptrack.yaml. The one source of the reader, of schema/ptrack.schema.json and of docs/ptrack-yaml.md. */
import { z } from 'zod'
import { Definition, ProcessName } from '../../protocol/definition.ts'
import { duration, oneOrMore, orNone, probe, signal, size, textual } from './values.ts'

const { shape } = Definition
/**
 * A number whose bounds are in the schema for editors; the reader leaves them to the definition, which says what is wrong in its own words.
 * A test compares the two.
 */
const whole = (minimum: number, maximum?: number) =>
  z.number().meta({ type: 'integer', minimum, ...(maximum === undefined ? {} : { maximum }) })
const port = whole(1, 65_535)
const exitCode = whole(0, 255)
const env = z.record(z.string(), z.union([textual, z.null()])).describe('variables; null takes one away that `extends` brought')
const envFile = oneOrMore(z.string()).describe('files of KEY=VALUE lines, relative to this file; a later one wins')
const condition = z.enum(['started', 'healthy', 'done'])
const after = z
  .union([oneOrMore(z.string()), z.record(z.string(), condition)])
  .describe('what has to be so before it starts: NAME, NAME:started, NAME:healthy, NAME:done, or a map of names to conditions')
const hooks = z
  .array(z.strictObject({ on: oneOrMore(z.string()), run: z.string() }))
  .describe('what is done on triggers: {on: [failed, done], run: "exec:CMD"}; webhook:URL and mail:ADDRESS too')

/** Every field of a process but its name, under the name of the command line's flag. */
export const ProcessEntry = z.strictObject({
  extends: z.string().optional().describe('another process of this file (or of one it extends) whose fields it takes over'),
  command: z
    .union([z.string().min(1), z.array(textual).min(1)])
    .optional()
    .describe('words; or one text, which is split into words, and given to /bin/sh -c when it has shell syntax'),
  shell: z.boolean().optional().describe('true: the text goes to /bin/sh -c in any case; false: never'),
  cwd: z.string().optional().describe('directory it runs in, relative to this file (the directory of the file)'),
  kind: z.enum(['service', 'job']).optional().describe('a service is kept running, a job runs to its end (service)'),
  instances: z
    .number()
    .int()
    .min(1)
    .max(10_000)
    .optional()
    .describe('number of instances: NAME:0, NAME:1, ...; a port counts up, 3100 and 3101 for two'),
  autostart: z.boolean().optional().describe('false: defined and stopped, started by --only or `ptrack start` (default: true)'),
  profiles: oneOrMore(z.string()).optional().describe('it belongs to these profiles only; see `up --profile`'),
  env: env.optional(),
  envFile: envFile.optional(),
  cleanEnv: z.boolean().optional().describe("nothing of the caller's environment but PATH, HOME, USER and the like (false)"),
  instanceEnv: z
    .array(z.record(z.string(), textual))
    .optional()
    .describe('variables of each instance, in their order; one that `scale` adds continues their counting'),
  after: after.optional(),
  title: shape.title.unwrap().optional(),
  description: shape.description.unwrap().optional(),
  type: shape.type.describe('free text that groups processes for filters, limits and policies (the kind)'),
  tags: oneOrMore(z.string()).optional().describe('named sets it belongs to'),
  metadata: z.record(z.string(), z.unknown()).optional().describe('anything'),
  port: z
    .union([port, z.literal('auto')])
    .optional()
    .describe('a TCP port it must hold; it is in PORT'),
  ports: z
    .array(z.union([port, z.literal('auto')]))
    .optional()
    .describe('TCP ports it must hold; the first is in PORT'),
  health: z.union([z.null(), probe]).optional(),
  healthPeriod: duration.optional(),
  healthTimeout: duration.optional(),
  healthFailures: whole(1, 1000).optional().describe('failed checks in a row that mean unhealthy (3)'),
  readyTimeout: duration.optional(),
  restartUnhealthy: z.boolean().optional().describe('restart it when it is unhealthy (false)'),
  restart: shape.restart.describe('service: always, job: never'),
  maxRestarts: orNone(whole(0, 1_000_000))
    .optional()
    .describe('failures in the window after which it stays failed; none = go on'),
  restartWindow: duration.optional(),
  restartDelay: orNone(duration)
    .optional()
    .describe('a fixed pause before each restart, such as 5s, instead of growing ones; none = growing ones'),
  okExit: oneOrMore(exitCode).optional().describe('exit codes that mean success (0)'),
  noRestartExit: oneOrMore(exitCode).optional().describe('exit codes after which it is not restarted'),
  leftovers: shape.leftovers.describe('what happens to what outlives it (service: kill, job: keep)'),
  stopSignal: signal.optional(),
  stopTimeout: duration.optional(),
  timeout: orNone(duration).optional().describe('a run that lasts longer is ended (jobs 2h); none = no limit'),
  retries: whole(0, 1_000_000).optional().describe('further runs of a job that failed (0)'),
  retryInitial: duration.optional(),
  retryMax: duration.optional(),
  retryFactor: z.number().meta({ minimum: 1, maximum: 100 }).optional().describe('each pause is so many times the last (2)'),
  retryJitter: z.boolean().optional().describe('vary the pauses by chance (true)'),
  retryOn: oneOrMore(z.enum(['failure', 'timeout'])).optional(),
  retryInterrupted: z.boolean().optional().describe('run a job again whose outcome was lost (false)'),
  priority: whole(-1000, 1000).optional().describe('higher goes first in the queue (0)'),
  cron: orNone(z.string()).optional().describe('run it by the clock: five or six fields, or @daily and the like'),
  cronOverlap: z.enum(['skip', 'queue']).optional().describe('its time has come while it runs (skip)'),
  watchFiles: oneOrMore(z.string())
    .optional()
    .describe('globs, relative to cwd; a change restarts it; !GLOB leaves out what it matches'),
  hooks: hooks.optional(),
  recordExit: z.boolean().optional().describe('a service too has its exit code written down'),
  logMax: size.optional(),
  logKeep: whole(0, 1000).optional().describe('rotated logs kept per stream (5)'),
  maxMemory: orNone(size).optional(),
  nice: orNone(whole(-20, 19)).optional().describe('scheduling priority, 19 = lowest'),
  user: z.union([z.null(), textual]).optional().describe('user it runs as (root only)'),
  group: z.union([z.null(), textual]).optional().describe('group it runs as (root only)'),
  umask: orNone(textual).optional().describe('umask of its files, such as 022'),
  ulimits: z.record(z.string(), textual).optional().describe('resource limits, such as nofile: 4096'),
  cgroup: z.boolean().optional().describe('a cgroup of its own for each run (false)'),
})
export type ProcessEntry = z.output<typeof ProcessEntry>

export const PtrackFile = z.strictObject({
  version: z.literal(1).optional().describe('of this format'),
  extends: oneOrMore(z.string()).optional().describe('other files, relative to this one, whose processes and env it takes over'),
  env: env.optional(),
  envFile: envFile.optional(),
  processes: z.record(ProcessName, ProcessEntry).optional().describe('names and what runs under them'),
})
export type PtrackFile = z.output<typeof PtrackFile>

export const SCHEMA_URL = 'https://unpkg.com/ptrack/schema/ptrack.schema.json'

/** For editors: what may be written, before anything is read out of it. */
export function jsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(PtrackFile, { io: 'input', target: 'draft-7' }) as Record<string, unknown>
  // Keys that begin with `x-` hold what anchors stand for.
  return { $id: SCHEMA_URL, title: 'ptrack.yaml', ...schema, patternProperties: { '^x-': {} } }
}
