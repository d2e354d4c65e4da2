/** fleet join|ls|status|leave, as they are printed. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { PtrackError } from '../../../protocol/errors.ts'
import { type FleetNode, type FleetStatus, TOKEN_PREFIX, wrongBusAddress } from '../../../protocol/fleet.ts'
import { durationWords, sizeWords } from '../../../words/status.ts'
import { clean } from '../../../words/text.ts'
import { timeWords } from '../../../words/time.ts'
import type { Context } from '../../context.ts'
import { tableText } from '../../output/table.ts'
import { refuseNodeName, tagsOf } from './own.ts'

/** Of what cannot be a token the beginning is enough to say so. */
const MOST_LINES = 200
const MOST_CHARS = 8192

interface JoinOptions {
  name?: string
  creds?: string
  trustBus?: boolean
  tag?: string[]
}

export async function joinFleet(context: Context, words: string[], raw: Record<string, unknown>): Promise<number> {
  const options = raw as JoinOptions
  refuseNodeName(options.name)
  const isBus = words.some((word) => word.includes('://'))
  const joined = await context.request('fleet.join', {
    ...(isBus ? { servers: addresses(words) } : { token: await tokenOf(context, words) }),
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.creds === undefined ? {} : { credentials: resolve(context.io.cwd, options.creds) }),
    trustBus: options.trustBus === true,
    ...(options.tag === undefined ? {} : { tags: tagsOf(options.tag) }),
  })
  if (context.json) context.printJson(joined)
  else {
    const others = joined.nodes.here - 1
    context.print(
      `joined as ${joined.node}, with ${others === 0 ? 'no other node' : others === 1 ? 'one other node' : `${others} other nodes`} here`,
    )
  }
  context.note(rightsWords(joined))
  if (joined.shadowed.length > 0)
    context.note(`these names keep meaning the processes here: ${joined.shadowed.map(clean).join(', ')}`)
  return 0
}

function rightsWords({ own, trustBus }: FleetStatus): string {
  if (own !== null)
    return `people of this machine are ${own.role === 'viewer' ? 'viewers' : `at most ${own.role}s`} on other nodes`
  return trustBus
    ? 'whoever can use the bus can act here with any role; `ptrack fleet leave` ends that'
    : 'whoever can use the bus can look at what runs here, and change nothing'
}

function addresses(words: string[]): string[] {
  for (const word of words) {
    const wrong = wrongBusAddress(word)
    if (wrong !== null)
      throw new PtrackError('USAGE', `cannot join the fleet on ${JSON.stringify(word)}: ${wrong}`, {
        hint: 'such as nats://10.0.0.5:4222',
      })
  }
  return words
}

async function tokenOf({ io }: Context, words: string[]): Promise<string> {
  const [word = ''] = words
  // One that was broken into several lines by a terminal is put together again.
  if (word.startsWith(TOKEN_PREFIX)) return words.join('')
  if (words.length > 1) throw new PtrackError('USAGE', 'cannot join: several words, and none is a token or an address of a bus')
  if (word === '-') {
    const lines: string[] = []
    for await (const line of io.inputLines()) if (lines.push(line) > MOST_LINES) break
    return lines.join('')
  }
  if (!word.startsWith('@')) return word
  const file = resolve(io.cwd, word.slice(1))
  try {
    return readFileSync(file, 'utf8').slice(0, MOST_CHARS)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === undefined) throw error
    throw new PtrackError('USAGE', `cannot read the token in ${file}: ${code === 'ENOENT' ? 'there is no such file' : code}`)
  }
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
      ...(nodes.some(({ tags }) => tags !== null && tags.length > 0)
        ? [{ title: 'tags', of: ({ tags }: FleetNode) => tags?.join(',') || '-' }]
        : []),
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
    ...(status.own === null ? [] : ([['fleet', fleetWords(status.node, status.own)]] as [string, string][])),
    ['credentials', status.credentials ?? 'none'],
    [
      'others may',
      status.own !== null
        ? 'act by the role that they came with'
        : status.trustBus
          ? 'do what their node says they may (--trust-bus)'
          : 'look',
    ],
    ['nodes', `${status.nodes.here} here, ${status.nodes.away} away`],
    ...eventFacts(status),
    [
      'process',
      status.process === null
        ? status.state === 'refused'
          ? 'none: this node is not let in'
          : 'ptrackd-fleet is being started'
        : `ptrackd-fleet, pid ${status.process.pid}${status.process.restarts === 0 ? '' : `, started again ${status.process.restarts} times`}`,
    ],
  ]
  for (const [title, text] of facts) context.print(`${style.dim(title.padEnd(12))} ${text}`)
  return code
}

function eventFacts({ reason, events: { waiting, reason: why, stream } }: FleetStatus): [string, string][] {
  const nowMs = Date.now()
  const because = why === null || why === reason ? '' : `: ${clean(why)}`
  const outbox =
    waiting === null
      ? `not known${because}`
      : waiting.events === 0
        ? 'no events of this node wait for the bus'
        : `${waiting.events} events of this node wait for the bus (${sizeWords(waiting.bytes)})${
            waiting.oldest === null ? '' : `, the oldest since ${timeWords(waiting.oldest, nowMs)}`
          }${because}`
  const kept =
    stream === null
      ? 'not seen from here now'
      : stream.messages === 0
        ? 'none yet'
        : `numbers ${stream.first} to ${stream.last}, ${sizeWords(stream.bytes)}${
            stream.oldest === null ? '' : `, since ${timeWords(stream.oldest, nowMs)}`
          }`
  return [
    ['outbox', outbox],
    ['events', kept],
  ]
}

const fleetWords = (node: string, { founder, role }: NonNullable<FleetStatus['own']>): string =>
  founder === node ? 'made here' : `made by ${founder}, which runs its bus; people of this machine are ${role}s elsewhere`

export async function leaveFleet(context: Context, force: boolean): Promise<number> {
  const left = await context.request('fleet.leave', { force })
  if (context.json) context.printJson(left)
  else context.print(left.node === '' ? 'left the fleet' : `left the fleet; ${left.node} is a node no more`)
  return 0
}
