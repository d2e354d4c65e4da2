/** fleet create|invite|kick|doctor: a fleet that a node has made, and the state of a bus. */
import { formatDuration } from '../../../protocol/duration.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import {
  BUS_PORT,
  BUS_SERVICE,
  type FleetCheck,
  INVITATION_MS,
  NODE_NAME,
  NODE_NAME_RULE,
  NODE_TAG,
} from '../../../protocol/fleet.ts'
import type { Role } from '../../../protocol/names.ts'
import { clean } from '../../../words/text.ts'
import type { Context } from '../../context.ts'
import { findCommand } from '../../input/interpreter.ts'
import { table } from '../../output/table.ts'

interface CreateOptions {
  name?: string
  listen?: string
  serverBinary?: string
  servers?: string
  tag?: string[]
}

export async function createFleet(context: Context, options: CreateOptions): Promise<number> {
  const { name, servers } = options
  if (servers !== undefined && servers !== '1')
    throw new PtrackError('USAGE', `cannot create a fleet with ${servers} servers: only one is possible so far`, {
      hint: 'leave --servers out',
    })
  refuseNodeName(name)
  const serverBinary = serverFile(context, options.serverBinary)
  const created = await context.request('fleet.create', {
    ...(name === undefined ? {} : { name }),
    ...listenOf(options.listen),
    serverBinary,
    ...(options.tag === undefined ? {} : { tags: tagsOf(options.tag) }),
  })
  if (context.json) context.printJson(created)
  else {
    context.print(`created the fleet, with ${created.node} as its first node`)
    context.print(`${BUS_SERVICE} started${created.pid === null ? '' : ` (pid ${created.pid})`}`)
  }
  context.note('`ptrack fleet invite` prints a token, by which another machine joins')
  return 0
}

export function refuseNodeName(name: string | undefined): void {
  if (name === undefined || NODE_NAME.test(name)) return
  throw new PtrackError('USAGE', `cannot name the node ${JSON.stringify(name)}`, { hint: `a node's name has ${NODE_NAME_RULE}` })
}

export function tagsOf(tags: readonly string[]): string[] {
  for (const tag of tags)
    if (!NODE_TAG.test(tag))
      throw new PtrackError('USAGE', `cannot give the node the tag ${JSON.stringify(tag)}`, {
        hint: `a tag has ${NODE_NAME_RULE}`,
      })
  return [...tags]
}

function listenOf(text: string | undefined): { host: string; port: number } {
  if (text === undefined) return { host: '0.0.0.0', port: BUS_PORT }
  const found = /^(?:(\[[0-9a-fA-F:.]+\]|[^:[\]/\s]+):|:?)(\d{1,5})$/.exec(text)
  const port = Number(found?.[2])
  if (found === null || port < 1 || port > 65_535)
    throw new PtrackError('USAGE', `cannot listen on ${JSON.stringify(text)}: it is no HOST:PORT`, {
      hint: 'such as --listen 10.0.0.5:4222, or 127.0.0.1:4222 for this machine alone',
    })
  return { host: found[1]?.replace(/[[\]]/g, '') ?? '0.0.0.0', port }
}

/** Nothing is downloaded. */
function serverFile({ io }: Context, named: string | undefined): string {
  const found = findCommand(named === undefined || named.includes('/') ? (named ?? 'nats-server') : `./${named}`, io.env, io.cwd)
  if (found !== null) return found
  if (named !== undefined) throw new PtrackError('USAGE', `cannot create a fleet: ${named} is no program`)
  throw new PtrackError('USAGE', 'cannot create a fleet: there is no nats-server in PATH, and ptrack downloads none', {
    hint: 'install it (Debian 13 and Ubuntu: apt install nats-server; macOS: brew install nats-server; all: nats.io/download), or name it with --server-binary FILE',
  })
}

export async function invite(context: Context, { role, ttl }: { role?: Role; ttl?: number }): Promise<number> {
  const given = await context.request('fleet.invite', {
    ...(role === undefined ? {} : { role }),
    ...(ttl === undefined ? {} : { ttlMs: ttl }),
  })
  if (context.json) context.printJson(given)
  else context.print(given.token)
  context.note(`for one machine, within ${formatDuration(ttl ?? INVITATION_MS)}: \`ptrack fleet join TOKEN\` there`)
  context.note(`its people are ${WHAT[given.role]} elsewhere (--role); it reaches the bus at ${given.servers.join(', ')}`)
  return 0
}

const WHAT: Readonly<Record<Role, string>> = {
  viewer: 'viewers',
  operator: 'at most operators',
  admin: 'at most admins',
}

export async function kick(context: Context, node: string): Promise<number> {
  const kicked = await context.request('fleet.kick', { node })
  if (context.json) context.printJson(kicked)
  else context.print(`${node} is out of the fleet${kicked.wasHere ? '' : '; it was away, and is not let in again'}`)
  return 0
}

export async function examineFleet(context: Context): Promise<number> {
  const checks = await context.request('fleet.doctor', {})
  const bad = checks.filter(({ state }) => state === 'bad').length
  if (context.json) context.printJson({ ok: bad === 0, checks })
  else {
    const { style } = context
    const paint = { ok: style.green, unknown: style.yellow, bad: style.red }
    const found = ({ why, todo }: FleetCheck): string => clean(todo === null ? why : `${why}; ${todo}`)
    const lines = table(context, checks, [
      { title: '', of: ({ state }) => state, paint: ({ state }) => paint[state] },
      { title: 'check', of: ({ check }) => check },
      { title: 'found', of: found, wrap: true },
    ])
    context.print(lines.join('\n'))
  }
  return bad > 0 ? 1 : 0
}
