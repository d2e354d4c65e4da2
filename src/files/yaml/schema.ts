/** The schema of ptrack.yaml: the one source of the reader, of schema/ptrack.schema.json and of docs/ptrack-yaml.md. */
import { z } from 'zod'
import { Definition, type DefinitionInput, ProcessName, ProjectName } from '../../protocol/definition.ts'
import { fields, keyOf } from '../../protocol/fields.ts'
import { CONDITIONS } from '../../protocol/names.ts'
import { SocketSpec } from '../../protocol/sockets.ts'
import { socketName, socket as socketValue } from '../../protocol/values.ts'
import { oneOrMore, reading, schemaOf, textual, whole } from './values.ts'

const port = whole(1, 65_535)
const env = z.record(z.string(), z.union([textual, z.null()])).describe('variables; null takes one away that `extends` brought')
const envFile = oneOrMore(z.string()).describe('files of KEY=VALUE lines, relative to this file; a later one wins')
const after = z
  .union([oneOrMore(z.string()), z.record(z.string(), z.enum(CONDITIONS))])
  .describe(
    'what has to be so before it starts: NAME, NAME:started, NAME:healthy, NAME:done, NAME:ended (however it ended), or a map of names to conditions',
  )

/** Of the file only: what is more than a definition. */
const own = {
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
  port: z
    .union([port, z.literal('auto')])
    .optional()
    .describe('a TCP port it must hold; it is in PORT'),
}

const { name, port: socketPort, host, path, owner, backlog } = SocketSpec.shape
const socket = z.union([
  port.transform((given) => ({ name: String(given), port: given })),
  z.string().transform(reading(socketValue, 'sockets')),
  z
    .strictObject({
      name: name.optional(),
      port: socketPort.unwrap().optional(),
      host: host.unwrap().optional(),
      path: path.unwrap().optional(),
      mode: z.union([z.null(), textual]).optional(),
      owner: owner.unwrap().optional(),
      backlog: backlog.unwrap().optional(),
    })
    .transform((given) => ({ ...given, name: given.name ?? socketName(given) })),
])

const { shape } = Definition
/** Fields written differently than in an option. */
const otherwise: Partial<Record<keyof Definition, z.ZodType>> = {
  title: shape.title.unwrap(),
  description: shape.description.unwrap(),
  type: shape.type.unwrap(),
  metadata: z.record(z.string(), z.unknown()),
  ports: z.array(z.union([port, z.literal('auto')])),
  sockets: oneOrMore(socket),
  hooks: z.array(z.strictObject({ on: oneOrMore(z.string()), run: z.string() })),
  user: z.union([z.null(), textual]),
  group: z.union([z.null(), textual]),
  umask: z.union([z.literal('none').transform(() => null), z.null(), textual]),
  ulimits: z.record(z.string(), textual),
}
/** Where the option's help describes the option's syntax. */
const words: Partial<Record<keyof Definition, string>> = {
  tags: 'named sets it belongs to',
  metadata: 'anything',
  ports: 'TCP ports it must hold; the first is in PORT',
  sockets:
    'listening sockets that all instances share: 3000, "admin=127.0.0.1:auto", "unix:/run/app.sock,mode=660", or {name: admin, port: auto}',
  okExit: 'exit codes that mean success (default: 0)',
  restartWindowMs: 'window of maxRestarts (default: 10m)',
  retryOn: 'retry after failure, timeout or both (default: failure)',
  watchFiles: "globs, relative to cwd; restart when a matching file changes; '!GLOB' leaves files out",
  hooks: 'what is done on triggers: {on: [failed, done], run: "exec:CMD"}; webhook:URL and mail:ADDRESS too',
  ulimits: 'resource limits, such as nofile: 4096',
}

type Unitless<K> = K extends `${infer Name}Ms` | `${infer Name}Bytes` ? Name : K
type OfTable = Exclude<keyof Definition, 'name' | 'instance' | keyof typeof own>
const ofTable = Object.fromEntries(
  Object.entries(fields())
    .filter(([field]) => !['name', 'instance'].includes(field) && !(field in own))
    .map(([field, row]) => {
      const schema = otherwise[field as OfTable] ?? schemaOf(field, row)
      return [keyOf(field), schema.optional().describe(words[field as OfTable] ?? row.about!)]
    }),
) as { [K in OfTable as Unitless<K>]: z.ZodOptional<z.ZodType<Exclude<DefinitionInput[K], undefined>>> }

/** Every field of a process but its name, named like the command line's flag. */
export const ProcessEntry = z.strictObject({ ...own, ...ofTable })
export type ProcessEntry = z.output<typeof ProcessEntry>

export const PtrackFile = z.strictObject({
  version: z.literal(1).optional().describe('of this format'),
  extends: oneOrMore(z.string()).optional().describe('other files, relative to this one, whose processes and env it takes over'),
  project: z
    .union([z.literal('none'), ProjectName])
    .optional()
    .describe('the name of this directory as a project (default: its base name); none = no project'),
  env: env.optional(),
  envFile: envFile.optional(),
  processes: z.record(ProcessName, ProcessEntry).optional().describe('names and what runs under them'),
})
export type PtrackFile = z.output<typeof PtrackFile>

export const SCHEMA_URL = 'https://unpkg.com/ptrack/schema/ptrack.schema.json'

/** For editors: what may be written, before anything is parsed. */
export function jsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(PtrackFile, { io: 'input', target: 'draft-7' }) as Record<string, unknown>
  // Keys that begin with `x-` hold anchors.
  return { $id: SCHEMA_URL, title: 'ptrack.yaml', ...schema, patternProperties: { '^x-': {} } }
}
