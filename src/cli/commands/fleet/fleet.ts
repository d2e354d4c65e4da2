/** fleet join|ls|status|leave, as they are printed. */
import { resolve } from 'node:path'
import { PtrackError } from '../../../protocol/errors.ts'
import { type FleetNode, type FleetStatus, NODE_NAME, NODE_NAME_RULE, wrongBusAddress } from '../../../protocol/fleet.ts'
import { durationWords } from '../../../words/status.ts'
import { clean } from '../../../words/text.ts'
import { timeWords } from '../../../words/time.ts'
import type { Context } from '../../context.ts'
import { tableText } from '../../output/table.ts'

interface JoinOptions {
  name?: string
  creds?: string
  trustBus?: boolean
}

export async function joinFleet(context: Context, servers: string[], raw: Record<string, unknown>): Promise<number> {
  const options = raw as JoinOptions
  for (const server of servers) {
    const wrong = wrongBusAddress(server)
    if (wrong !== null)
      throw new PtrackError('USAGE', `cannot join the fleet on ${JSON.stringify(server)}: ${wrong}`, {
        hint: 'such as nats://10.0.0.5:4222',
      })
  }
  if (options.name !== undefined && !NODE_NAME.test(options.name))
    throw new PtrackError('USAGE', `cannot name the node ${JSON.stringify(options.name)}`, {
      hint: `a node's name has ${NODE_NAME_RULE}`,
    })
  const joined = await context.request('fleet.join', {
    servers,
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.creds === undefined ? {} : { credentials: resolve(context.io.cwd, options.creds) }),
    trustBus: options.trustBus === true,
  })
  if (context.json) context.printJson(joined)
  else {
    const others = joined.nodes.here - 1
    context.print(
      `joined as ${joined.node}, with ${others === 0 ? 'no other node' : others === 1 ? 'one other node' : `${others} other nodes`} here`,
    )
  }
  if (joined.trustBus) context.note('whoever can use the bus can act here with any role; `ptrack fleet leave` ends that')
  else context.note('whoever can use the bus can look at what runs here, and change nothing')
  if (joined.shadowed.length > 0)
    context.note(`these names keep meaning the processes here: ${joined.shadowed.map(clean).join(', ')}`)
  return 0
}

export async function listNodes(context: Context): Promise<number> {
  const nodes = await context.request('fleet.ls', {})
  if (context.json) {
    context.printJson(nodes)
    return 0
  }
  const nowMs = Date.now()
  const { style, width } = context
  const since = ({ since }: FleetNode): string => durationWords(Math.max(0, nowMs - Date.parse(since)))
  context.io.out(
    tableText({ style, width }, nodes, [
      { title: 'node', of: ({ name, self }) => (self ? `${name} (this one)` : name), paint: () => style.bold },
      {
        title: 'state',
        of: (node) => `${node.state} for ${since(node)}`,
        paint: ({ state }) => (state === 'here' ? style.green : style.yellow),
      },
      { title: 'load', of: ({ load, state }) => (load === null || state === 'away' ? '-' : load.toFixed(2)), align: 'right' },
      { title: 'version', of: ({ version }) => version },
      { title: 'user', of: ({ user }) => user },
      { title: 'host', of: ({ host }) => host },
    ]),
  )
  await noteBus(context)
  return 0
}

/** A list that may be old says why. */
async function noteBus(context: Context): Promise<void> {
  const status = await context.request('fleet.status', {})
  if (status.state !== 'up') context.note(stateWords(status))
}

const TITLES: Readonly<Record<FleetStatus['state'], string>> = {
  up: 'on the bus',
  connecting: 'not on the bus',
  refused: 'refused by the fleet',
  stuck: 'not on the bus',
}

const stateWords = ({ node, state, reason }: FleetStatus): string =>
  `${node} is ${TITLES[state]}${reason === null ? '' : `: ${clean(reason)}`}`

export async function showStatus(context: Context): Promise<number> {
  const status = await context.request('fleet.status', {})
  const code = status.state === 'up' ? 0 : 5
  if (context.json) {
    context.printJson(status)
    return code
  }
  const { style } = context
  const facts: [string, string][] = [
    ['node', `${status.node} (id ${status.id})`],
    ['state', (code === 0 ? style.green : style.red)(`${TITLES[status.state]} since ${timeWords(status.since, Date.now())}`)],
    ...(status.reason === null ? [] : ([['reason', clean(status.reason)]] as [string, string][])),
    ['bus', `${status.servers.join(', ')}${status.server === null ? '' : ` (connected to ${status.server})`}`],
    ['credentials', status.credentials ?? 'none'],
    ['others may', status.trustBus ? 'do what their node says they may (--trust-bus)' : 'look'],
    ['nodes', `${status.nodes.here} here, ${status.nodes.away} away`],
    [
      'process',
      status.process === null
        ? 'ptrackd-fleet is being started'
        : `ptrackd-fleet, pid ${status.process.pid}${status.process.restarts === 0 ? '' : `, started again ${status.process.restarts} times`}`,
    ],
  ]
  for (const [title, text] of facts) context.print(`${style.dim(title.padEnd(12))} ${text}`)
  return code
}

export async function leaveFleet(context: Context): Promise<number> {
  const left = await context.request('fleet.leave', {})
  if (context.json) context.printJson(left)
  else context.print(left.node === '' ? 'left the fleet' : `left the fleet; ${left.node} is a node no more`)
  return 0
}
