/** Events of a fleet under load, while each part of it is killed or frozen: none is lost, none doubled, and each node's are in order. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { connect } from '../../src/client/connect.ts'
import type { FleetEvent } from '../../src/protocol/fleet.ts'
import type { EventType } from '../../src/protocol/names.ts'
import { natsServer } from '../support/bus.ts'
import { program, type TestHome } from '../support/daemon.ts'
import { agentsOf, eventsIn, followsFleet, ownFleet, seen, statusOf } from '../support/fleet.ts'
import { endIdent, type Ident, identOf, signalIdent } from '../support/proc.ts'
import { describeNeeding } from '../support/requires.ts'

let fleet: Awaited<ReturnType<typeof ownFleet>>
let follow: ReturnType<typeof followsFleet>
const homes = (): [string, TestHome][] => [
  ['n1', fleet.n1],
  ['n2', fleet.n2],
  ['n3', fleet.n3],
]

/** The last event that a client of the node's own daemon was sent, of each of its epochs. */
const sent = new Map<string, number>()

const WATCHED: EventType[] = ['result', 'progress', 'statusChange', 'processExit']

/** With types: `healthCheck`, which is published where somebody watches everything, is not the fleet's. */
async function observe(node: string, t: TestHome): Promise<void> {
  const client = await connect({ home: t.home, clientName: 'test' })
  let epoch: string | null = null
  client.on('event', ({ event }) => {
    if (epoch !== null) sent.set(`${node} ${epoch}`, event.seq)
  })
  epoch = (await client.request('subscribe', { filter: { types: WATCHED } })).epoch
  void client.closed.then(() => {
    observing = observing.filter((each) => each !== client)
  })
  observing.push(client)
}
let observing: Awaited<ReturnType<typeof connect>>[] = []

beforeAll(async () => {
  if (!natsServer.there) return
  fleet = await ownFleet()
  for (const [node, t] of homes()) {
    await observe(node, t)
    await t.here.ok(['run', '-d', '--name', 'tells', '--', process.execPath, program('tells-results.mjs'), '100000', '20'])
  }
  follow = followsFleet(fleet.n3, '--since', '0')
})
beforeEach(() => (natsServer.there ? more('n1', 'n2', 'n3') : undefined))
afterAll(async () => {
  for (const client of observing) client.close()
  await follow?.end()
  await fleet?.close()
})

const resultsOf = (node: string): number =>
  follow.events().filter((event) => event.node === node && event.type === 'result').length

/** Each of these nodes is heard again: 20 more of its results have come. */
async function more(...nodes: string[]): Promise<void> {
  const before = nodes.map(resultsOf)
  await fleet.n1.until(
    () => nodes.every((node, index) => resultsOf(node) >= before[index]! + 20),
    `more events of ${nodes.join(', ')} are followed`,
    60_000,
  )
}

const key = ({ node, epoch }: FleetEvent): string => `${node} ${epoch}`

/** For each node and epoch: its numbers, each one more than the one before. */
function isWhole(events: readonly FleetEvent[]): Map<string, number> {
  const last = new Map<string, number>()
  let fleetSeq = 0
  for (const event of events) {
    const before = last.get(key(event))
    if (before !== undefined) expect([key(event), event.seq]).toEqual([key(event), before + 1])
    last.set(key(event), event.seq)
    expect(event.fleetSeq).toBeGreaterThanOrEqual(fleetSeq)
    fleetSeq = event.fleetSeq
  }
  return last
}

const agentOf = (t: TestHome): Ident => agentsOf(t)[0]!
const busOf = async (): Promise<Ident> => identOf((await fleet.n1.ls('fleet-bus'))!.pid!)!

async function killDaemon(node: string, t: TestHome): Promise<void> {
  await t.killDaemon()
  await t.here.ok(['ls'])
  await observe(node, t)
}

describeNeeding(natsServer)('events under load', () => {
  test.each<[string, () => Promise<unknown>]>([
    ['the daemon of a node', () => killDaemon('n2', fleet.n2)],
    ['the ptrackd-fleet of a node', () => endIdent(agentOf(fleet.n2))],
    ['the ptrackd-fleet of the node that keeps them', () => endIdent(agentOf(fleet.n1))],
    ['the daemon of the node that keeps them', () => killDaemon('n1', fleet.n1)],
    ['the daemon that the follower asks', () => killDaemon('n3', fleet.n3)],
    ['the nats-server', async () => endIdent(await busOf())],
  ])('kill -9 of %s: the follower goes on, and misses none', async (_, kill) => {
    await kill()
    await more('n1', 'n2', 'n3')
    isWhole(follow.events())
  })

  test('a nats-server that hangs, and thaws', async () => {
    const bus = await busOf()
    signalIdent(bus, 'SIGSTOP')
    await fleet.n2.until(async () => (await statusOf(fleet.n2)).events.waiting!.events > 50, 'events wait on disk')
    const status = await fleet.n2.ok(['fleet', 'status']).catch((error: Error) => error.message)
    expect(String(typeof status === 'string' ? status : status.stdout)).toMatch(
      /outbox +\d+ events of this node wait for the bus \(.*\), the oldest since /,
    )
    signalIdent(bus, 'SIGCONT')
    await seen(fleet.n1, ['n1', 'n2', 'n3'])
    await more('n1', 'n2', 'n3')
    isWhole(follow.events())
  })

  test('in the end all is there: what clients saw of killed daemons, and all of the living; read anew it is the same', async () => {
    const now = new Map<string, number>()
    for (const [node, t] of homes()) {
      await t.here.ok(['stop', 'tells'])
      const { seq, epoch } = await t.request('subscribe', { filter: { types: WATCHED } })
      now.set(`${node} ${epoch}`, seq)
    }
    await fleet.n1.until(() => {
      const last = isWhole(follow.events())
      return [...now].every(([each, seq]) => last.get(each) === seq)
    }, 'the last ones have come')
    const followed = follow.events()
    const last = isWhole(followed)
    for (const [each, seq] of sent) expect([each, last.get(each)! >= seq]).toEqual([each, true])
    const again = eventsIn((await fleet.n1.ok(['events', '--fleet', '--json', '--since', '0'])).stdout)
    expect(again).toEqual(followed)
    console.log(`${followed.length} events of ${last.size} daemons: 0 lost, 0 doubled, 0 out of order`)
    for (const [, t] of homes()) expect((await statusOf(t)).events).toMatchObject({ waiting: { events: 0 }, reason: null })
  })
})
