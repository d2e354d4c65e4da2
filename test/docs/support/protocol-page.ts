/** The text of docs/protocol.md, made of the schemas that check requests, the types of replies, and the table of rights. */
import { z } from 'zod'
import { Definition, DefinitionChanges } from '../../../src/protocol/definition.ts'
import { ERROR_CODES } from '../../../src/protocol/errors.ts'
import { limits } from '../../../src/protocol/limits.ts'
import { EVENT_TYPES, HEALTHS, KINDS, ORPHAN_KINDS, ROLES, SIGNALS, STATUSES } from '../../../src/protocol/names.ts'
import { EnvCapture, EventFilter, Filter, type Method, requests } from '../../../src/protocol/requests.ts'
import { GlobalHook, HookSpec, QueueLimits, TypePolicy } from '../../../src/protocol/settings.ts'
import { Speaker, STEP_STATUSES, StepUpdate, TrackUpdate } from '../../../src/protocol/tracking.ts'
import { VERBS } from '../../../src/protocol/verbs.ts'
import { PROTOCOL_VERSION } from '../../../src/protocol/version.ts'
import { docOf, fieldsOf, interfacesBehind, type Member, membersOfInterface, requestTable } from './protocol-sources.ts'

/** Objects that several requests take; each has a section of its own. */
const OBJECTS: Record<string, z.ZodType> = {
  Definition,
  DefinitionChanges,
  EnvCapture,
  EventFilter,
  Filter,
  GlobalHook,
  HookSpec,
  QueueLimits,
  Speaker,
  StepUpdate,
  TrackUpdate,
  TypePolicy,
}

const GROUPS: Record<string, readonly Method[]> = {
  'Connections and the daemon': [
    'hello',
    'subscribe',
    'unsubscribe',
    'notices.list',
    'notices.seen',
    'news.list',
    'news.seen',
    'attention.seen',
    'daemon.status',
    'daemon.start',
    'daemon.stop',
  ],
  Processes: [
    ...(['start', 'stop', 'restart', 'reload', 'delete', 'pause', 'resume', 'cancel'] as const),
    ...(['reset', 'keep', 'signal', 'scale', 'set', 'wait', 'notify'] as const),
  ],
  Looking: ['list', 'projects', 'show', 'why', 'tree', 'env', 'port', 'orphans', 'kill-orphan'],
  Logs: ['logs.read', 'logs.bytes', 'logs.counts', 'logs.follow', 'logs.unfollow', 'flush'],
  Terminals: ['attach', 'send', 'resize', 'exec'],
  'Long work': ['progress', 'step', 'result', 'checkpoint', 'results', 'track.start', 'track.update', 'track.end'],
  'History and rules': [
    ...(['history', 'stats', 'types', 'limits.get', 'limits.set', 'policy.get', 'policy.set', 'policy.delete'] as const),
    ...(['retention.get', 'retention.set', 'gc'] as const),
    ...(['hooks.list', 'hooks.add', 'hooks.delete', 'hooks.test'] as const),
  ],
  'Overviews of many': ['runs', 'counts', 'timeline', 'metrics.history', 'audit', 'results.groups'],
  'Other machines': [
    ...(['fleet.create', 'fleet.invite', 'fleet.kick', 'fleet.doctor'] as const),
    ...(['fleet.join', 'fleet.leave', 'fleet.status', 'fleet.ls', 'fleet.list', 'fleet.events', 'fleet.resolve'] as const),
    ...(['fleet.run', 'fleet.jobs', 'fleet.cancel', 'fleet.limits.get', 'fleet.limits.set'] as const),
    ...(['fleet.open', 'fleet.carry', 'admit'] as const),
  ],
  'Tokens and the page': ['token.create', 'token.ls', 'token.revoke', 'web.login'],
}

interface Schema {
  type?: string | string[]
  enum?: unknown[]
  const?: unknown
  anyOf?: Schema[]
  oneOf?: Schema[]
  items?: Schema
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: Schema | boolean
  default?: unknown
  description?: string
  minimum?: number
  maximum?: number
}

/** Long lists of names stand once in the page. */
const NAMES = new Map([
  [STATUSES.join(), 'status'],
  [EVENT_TYPES.join(), 'type of event'],
  [SIGNALS.join(), 'signal, such as "SIGTERM"'],
])

function typeOf(schema: Schema): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum) return NAMES.get(schema.enum.join()) ?? schema.enum.map((one) => JSON.stringify(one)).join(' or ')
  const several = schema.anyOf ?? schema.oneOf
  if (several) return [...new Set(several.map(typeOf))].join(' or ')
  if (schema.type === 'array') return `list of ${typeOf(schema.items ?? {})}`
  if (schema.properties)
    return `{ ${Object.entries(schema.properties)
      .map(([key, of]) => `${key}${schema.required?.includes(key) ? '' : '?'}: ${typeOf(of)}`)
      .join(', ')} }`
  if (schema.type === 'object')
    return typeof schema.additionalProperties === 'object' ? `map to ${typeOf(schema.additionalProperties)}` : 'map'
  return typeof schema.type === 'string' ? schema.type : 'any JSON'
}

/** A field whose schema has a name of its own is told by that name. */
function typeOfField(schema: Schema, source: Member | undefined): string {
  const name = /^[A-Z]\w+/.exec(source?.value ?? '')?.[0]
  if (name === 'Targets') return 'list of NAME'
  if (name === 'Target') return 'NAME'
  if (name === undefined || !(name in OBJECTS)) return typeOf(schema)
  const left = /\.omit\(\{([^}]*)\}\)/.exec(source!.value)?.[1]
  const needed = /\.partial\(\)\.required\(\{([^}]*)\}\)/.exec(source!.value)?.[1]
  const keys = (list: string): string => [...list.matchAll(/(\w+): true/g)].map((match) => `\`${match[1]}\``).join(', ')
  return [
    `[${name}](#${name.toLowerCase()})`,
    left === undefined ? '' : ` without ${keys(left)}`,
    needed === undefined ? '' : `, all of it optional but ${keys(needed)}`,
  ].join('')
}

const cell = (text: string): string => text.replaceAll('|', '\\|')
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows.map((row) => row.map(cell))].map((row) => `| ${row.join(' | ')} |`).join('\n')

function fieldTable(schema: z.ZodType, source: readonly Member[]): string {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Schema
  const byName = new Map(source.map((member) => [member.name, member]))
  const rows = Object.entries(properties).map(([name, of]) => {
    const range = of.maximum !== undefined && of.maximum < Number.MAX_SAFE_INTEGER ? ` ${of.minimum ?? 0} to ${of.maximum}` : ''
    const standard = of.default === undefined ? (required.includes(name) ? 'required' : '') : `\`${JSON.stringify(of.default)}\``
    const text = byName.get(name)?.doc || of.description || ''
    return [`\`${name}\``, `${typeOfField(of, byName.get(name))}${range}`, standard, text]
  })
  return rows.length === 0 ? 'No parameters.' : table(['parameter', 'what', 'default', ''], rows)
}

const sources = new Map(
  [
    'requests',
    'fleetRequests',
    'jobRequests',
    'logRequests',
    'overviewRequests',
    'terminalRequests',
    'tokenRequests',
    'webRequests',
  ]
    .flatMap(requestTable)
    .map((member) => [member.name, member]),
)
const replies = new Map(
  ['Replies', 'FleetReplies', 'JobReplies', 'LogReplies', 'OverviewReplies', 'TerminalReplies', 'TokenReplies', 'WebReplies']
    .flatMap(membersOfInterface)
    .map((member) => [member.name, member]),
)
const notifications = membersOfInterface('Notifications')
const events = membersOfInterface('EventPayloads')

const REACH = { any: 'all', own: 'its own', self: 'itself', none: 'no' } as const

function requestSection(method: Method): string {
  const source = sources.get(method)!
  const { operator, viewer, child } = VERBS[method]
  const reply = replies.get(method)!
  const schema = requests[method] as z.ZodType
  const named = /^[A-Z]\w+$/.exec(source.value)?.[0]
  const doc = [source.doc, named === undefined ? '' : docOf(named)].filter((text) => text !== '').join(' ')
  const who =
    operator === 'none' && viewer === 'none' && child === 'none'
      ? 'For admins.'
      : `Operator: ${REACH[operator]}; viewer: ${REACH[viewer]}; a run's token: ${REACH[child]}.`
  return `### ${method}

${doc === '' ? '' : `${doc}\n\n`}Answer: \`${reply.value}\`. ${reply.doc === '' ? '' : `${reply.doc} `}${who}

${fieldTable(schema, fieldsOf(source.value))}`
}

function objectSection(name: string): string {
  const doc = docOf(name)
  const body =
    name === 'DefinitionChanges'
      ? 'Every field of [Definition](#definition) but `name`, `kind` and `instance`; only those that are named change.'
      : name === 'Speaker'
        ? `\`${typeOf(z.toJSONSchema(Speaker, { io: 'input' }) as Schema)}\``
        : fieldTable(OBJECTS[name]!, fieldsOf(name))
  return `### ${name}\n\n${doc === '' || name === 'DefinitionChanges' ? '' : `${doc}\n\n`}${body}`
}

const words = (list: readonly string[]): string => list.map((word) => `\`${word}\``).join(' ')

export function protocolPage(): string {
  const grouped = Object.values(GROUPS).flat()
  const forgotten = (Object.keys(requests) as Method[]).filter((method) => !grouped.includes(method))
  if (forgotten.length > 0) throw new Error(`these requests have no place in docs/protocol.md: ${forgotten.join(', ')}`)
  const types = [...replies.values(), ...notifications, ...events].map(({ value }) => value)
  return `# The protocol

What the CLI, the terminal view and the page speak with the daemon: JSON-RPC 2.0, version ${PROTOCOL_VERSION}. Programs are served better by REST
([api.md](api.md)) or the library ([library.md](library.md)); this is what both stand on. Printed from \`src/protocol\`.

## Frames

- On \`PTRACK_HOME/daemon.sock\`: one frame a line. A connection that begins with \`{\` speaks lines, any other HTTP. By WebSocket (\`GET /ws\`, on the
  socket or by TCP with a token): one frame a message.
- A frame is at most ${limits.frameBytes} bytes. The first request is \`hello\`, within ${limits.helloMs / 1000} s; with another protocol it is answered
  \`VERSION_SKEW\`. Every parameter is checked, unknown ones are refused, and a request that is refused changes nothing.
- Requests of a connection may be answered in another order than they came; \`id\` tells which is which.
- Times are ISO-8601 in UTC, durations milliseconds, sizes bytes. NAME is a name (of instances: all of
  them), id, number, pid, glob, \`tag:T\` or \`all\`; docs/commands.md says which wins.
- What the daemon sends unasked is a notification. Who reads more slowly than it is told things gets \`lagged\` with the present views, never a growing
  buffer (${limits.clientBufferBytes / 1024 / 1024} MiB).

\`\`\`sh
ptrack start --name web -- sleep 1000
cat > ask.py <<'EOF'
import json, os, socket
connection = socket.socket(socket.AF_UNIX)
connection.connect(os.environ["PTRACK_SOCKET"])
lines = connection.makefile("rw")
def ask(id, method, params):
    lines.write(json.dumps({"jsonrpc": "2.0", "id": id, "method": method, "params": params}) + "\\n")
    lines.flush()
    return json.loads(lines.readline())
print(ask(1, "hello", {"version": "1", "protocol": ${PROTOCOL_VERSION}})["result"]["protocol"])
print([(view["name"], view["status"]) for view in ask(2, "list", {})["result"]])
print(ask(3, "show", {"targets": ["nosuch"]})["error"])
EOF
PTRACK_SOCKET="\${PTRACK_HOME:-$HOME/.local/state/ptrack}/daemon.sock" python3 ask.py
\`\`\`

\`\`\`text
web started (pid 1234)
${PROTOCOL_VERSION}
[('web', 'running')]
{'code': -32000, 'message': "cannot find 'nosuch': no process has this name, id, number or pid", 'data': {'code': 'NOT_FOUND', ...}}
\`\`\`

## Requests

${Object.entries(GROUPS)
  .map(([title, methods]) => `**${title}**: ${methods.map((method) => `[${method}](#${method.replaceAll('.', '')})`).join(', ')}`)
  .join('\n\n')}

An admin may all of it. *All* means everybody's processes, *its own* those of the same owner.

${Object.values(GROUPS).flat().map(requestSection).join('\n\n')}

## Objects

${Object.keys(OBJECTS).map(objectSection).join('\n\n')}

## Notifications

${table(
  ['method', 'params', ''],
  notifications.map(({ name, value, doc }) => [`\`${name}\``, `\`${value}\``, doc]),
)}

## Events

An event is flat: \`{seq, at, type, process, id, ...}\`; \`process\` and \`id\` are null for events of the daemon itself. \`seq\` rises by one. A client that comes
back names its last \`seq\` and the \`epoch\` of its subscription: it gets all it missed (the last ${limits.eventRing} events are kept, or ${limits.eventRingChars / 1024 / 1024} MiB of them), or a snapshot with \`gap\`.

${table(
  ['type', 'payload', ''],
  EVENT_TYPES.map((type) => events.find(({ name }) => name === type)!).map(({ name, value, doc }) => [
    `\`${name}\``,
    `\`${value}\``,
    doc,
  ]),
)}

## Errors

\`error.data\` is an ErrorBody. \`error.code\` is -32601 for \`UNKNOWN_METHOD\`, -32602 for \`BAD_REQUEST\`, -32603 for \`INTERNAL\`, else -32000. The codes, with what
they mean: ${words(Object.keys(ERROR_CODES))} ([troubleshooting.md](troubleshooting.md)).

## Words

- Status: ${words(STATUSES)} ([states.md](states.md)). Health: ${words(HEALTHS)}. Wanted: ${words(['up', 'down'])}.
- Kind: ${words(KINDS)}. StepStatus: ${words(STEP_STATUSES)}. OrphanKind: ${words(ORPHAN_KINDS)}. Role: ${words(ROLES)}.

## Types of answers

\`\`\`ts
${interfacesBehind(types).join('\n\n')}
\`\`\`
`
}
