/** events --fleet: what is shown, to whom, what is kept and what not; on a bus of others, and in a fleet that a node has made. */
import { readdirSync, readFileSync } from 'node:fs'
import { join as path } from 'node:path'
import { connect, type NatsConnection } from '@nats-io/transport-node'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { askDaemon } from '../../src/adapters/bus/own-daemon.ts'
import type { FleetCheck, FleetEvent, FleetStatus } from '../../src/protocol/fleet.ts'
import { natsServer, type TestBus, testBus } from '../support/bus.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { eventsIn, followsFleet, join, ownFleet, seen, statusOf } from '../support/fleet.ts'
import { describeNeeding } from '../support/requires.ts'

const eventsOf = async (t: TestHome, ...options: string[]): Promise<FleetEvent[]> =>
  eventsIn((await t.here.ok(['events', '--fleet', '--json', '--since', '0', ...options])).stdout)

const textBelow = (dir: string): string =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(path(entry.parentPath, entry.name), 'latin1'))
    .join('\n')

describeNeeding(natsServer)('a fleet that a node has made', () => {
  let fleet: Awaited<ReturnType<typeof ownFleet>>
  beforeAll(async () => {
    if (!natsServer.there) return
    fleet = await ownFleet()
    for (const [t, name] of [
      [fleet.n1, 'one'],
      [fleet.n2, 'two'],
      [fleet.n3, 'three'],
    ] as const)
      await t.here.ok(['start', '--name', name, '--env', 'SECRET=a-word-of-the-environment', '--', program('waits.sh')])
    await fleet.n1.until(
      async () => (await eventsOf(fleet.n1)).filter(({ type }) => type === 'processStarted').length === 3,
      'the starts of all nodes are on the bus',
    )
  })
  afterAll(() => fleet?.close())

  test('each line names number, node and process; JSON has where it is from; the same from every admin', async () => {
    const { stdout } = await fleet.n1.ok(['events', '--fleet', '-n', '3', '--type', 'processStarted'])
    expect(stdout).toMatch(
      /^\d+ n1 .* one processStarted run=1 .*\n\d+ n2 .* two processStarted run=1 .*\n\d+ n3 .* three processStarted run=1 .*\n$/,
    )
    const events = await eventsOf(fleet.n1)
    expect(events.find((event) => event.type === 'processStarted' && event.node === 'n2')).toEqual({
      fleetSeq: expect.any(Number),
      node: 'n2',
      epoch: expect.stringMatching(/^[0-9a-f]{16}$/),
      owner: expect.any(String),
      seq: expect.any(Number),
      at: expect.any(String),
      type: 'processStarted',
      process: 'two',
      id: expect.any(String),
      run: 1,
      pid: expect.any(Number),
      adopted: false,
    })
    expect(await eventsOf(fleet.n3)).toEqual(events)
  })

  test('names, globs, ids and each @NODE choose; --node is one node; tags are not known', async () => {
    const nodes = async (...options: string[]): Promise<string[]> => [
      ...new Set((await eventsOf(fleet.n1, ...options)).map(({ node, process }) => `${process}@${node}`)),
    ]
    expect(await nodes('two')).toEqual(['two@n2'])
    expect(await nodes('t*')).toEqual(['two@n2', 'three@n3'])
    expect(await nodes('t*@n3', 'one@n1', 'one@n2')).toEqual(['one@n1', 'three@n3'])
    expect(await nodes((await fleet.n3.ls('three'))!.id)).toEqual(['three@n3'])
    expect(await nodes('all', '--node', 'n2', '--type', 'processStarted')).toEqual(['two@n2'])
    const tag = await fleet.n1.run(['events', '--fleet', 'tag:x'])
    expect([tag.code, tag.stderr]).toEqual([2, expect.stringContaining('those of a fleet know names and ids alone')])
  })

  test('an operator and a viewer see what is their own elsewhere, and all of it at home as at home', async () => {
    // Of n2, which is an operator elsewhere.
    const operator = await eventsOf(fleet.n2)
    expect(operator.some(({ node, type }) => node === 'n2' && type === 'audit')).toBe(true)
    expect(operator.some(({ node, type }) => node === 'n1' && type === 'processStarted')).toBe(true)
    expect(operator.filter(({ node, process }) => node !== 'n2' && process === null)).toEqual([])
    // Owned by somebody else.
    await fleet.n1.here.ok(['start', '--name', 'hers', '--owner', 'ann', '--', program('waits.sh')])
    const hers = (events: FleetEvent[]): boolean => events.some(({ process }) => process === 'hers')
    await fleet.n1.until(async () => hers(await eventsOf(fleet.n3)), 'it is on the bus')
    expect(hers(await eventsOf(fleet.n2))).toBe(false)
    // Somebody who may only look, at this very node.
    const admit = { method: 'admit', params: { user: 'ann', role: 'viewer', node: 'n1' } } as const
    const seenBy = await askDaemon(fleet.n1.home, admit, { method: 'fleet.events', params: { since: 0 } }, 5000)
    expect(seenBy.events.length).toBeGreaterThan(0)
    expect(seenBy.events.every((event) => (event as FleetEvent).owner === 'ann')).toBe(true)
  })

  test('no value of an environment is on the bus or in the outbox', async () => {
    await fleet.n1.here.ok(['restart', 'one', 'two@n2'])
    await fleet.n1.until(
      async () => (await eventsOf(fleet.n1, 'one', '--type', 'processStarted')).length === 2,
      'the restart is on the bus',
    )
    for (const dir of [path(fleet.n1.home, 'fleet'), ...[fleet.n1, fleet.n2].map(({ home }) => path(home, 'fleet-outbox'))]) {
      const text = textBelow(dir)
      expect(text).toContain('processStarted')
      expect(text).not.toContain('a-word-of-the-environment')
    }
  })

  test('status and doctor: what waits, what is kept, and whether it is kept well', async () => {
    for (const t of [fleet.n1, fleet.n2]) {
      const { stdout } = await t.ok(['fleet', 'status'])
      expect(stdout).toMatch(/^outbox +no events of this node wait for the bus\nevents +numbers 1 to \d+, \d.*, since /m)
      const { checks } = await t.json<{ checks: FleetCheck[] }>(['fleet', 'doctor'])
      expect(checks.find(({ check }) => check === 'events')).toEqual({
        check: 'events',
        state: 'ok',
        why: 'the stream PT_EVENTS keeps 7 days, at most 1000 MB',
        todo: null,
      })
    }
  })

  test('while the bus is away events wait on disk, and status says so; leaving removes them', async () => {
    await fleet.n1.here.ok(['stop', 'fleet-bus'])
    await fleet.n2.until(async () => (await statusOf(fleet.n2)).state === 'connecting', 'it is seen')
    await fleet.n2.here.ok(['restart', 'two'])
    const { stdout } = await fleet.n2.run(['fleet', 'status'])
    expect(stdout).toMatch(/^outbox +\d+ events of this node wait for the bus \(.*\), the oldest since [\d:]+\nevents +not seen/m)
    const far = await fleet.n2.run(['events', '--fleet'])
    expect([far.code, far.stderr]).toEqual([5, expect.stringContaining('cannot reach the events of the fleet: ')])
    await fleet.n1.here.ok(['start', 'fleet-bus'])
    await seen(fleet.n1, ['n1', 'n2', 'n3'])
    await fleet.n2.until(async () => (await statusOf(fleet.n2)).events.waiting?.events === 0, 'they are on the bus')
    expect((await eventsOf(fleet.n1, 'two', '--type', 'processStarted')).at(-1)).toMatchObject({ node: 'n2', run: 3 })
    await fleet.n3.here.ok(['fleet', 'leave'])
    expect(readdirSync(fleet.n3.home)).not.toContain('fleet-outbox')
  })
})

describeNeeding(natsServer)('a bus that others run', () => {
  let bus: TestBus
  let open: TestHome
  let shut: TestHome
  let nats: NatsConnection
  const api = async (what: string, body: object): Promise<Record<string, unknown>> =>
    (await nats.request(`$JS.API.${what}`, JSON.stringify(body))).json()

  beforeAll(async () => {
    if (!natsServer.there) return
    ;[open, shut] = await Promise.all([testHome(), testHome()])
    bus = await testBus(['-js', '-sd', path(open.dir, 'store')])
    nats = await connect({ servers: bus.url })
    await join(open, bus, 'open', '--trust-bus')
    await join(shut, bus, 'shut')
    await seen(open, ['open', 'shut'])
  })
  afterAll(async () => {
    await nats?.close()
    for (const t of [open, shut]) await t?.close()
    await bus?.close()
  })

  test('a node that trusts the bus brings all of its events; another only those of processes that anybody may see there', async () => {
    for (const t of [open, shut]) {
      await t.here.ok(['start', '--name', 'mine', '--', program('waits.sh')])
      await t.here.ok(['start', '--name', 'hers', '--owner', 'ann', '--', program('waits.sh')])
      await t.here.ok(['restart', 'mine'])
    }
    await open.until(
      async () => (await eventsOf(open, 'mine', '--type', 'processStarted')).length === 4,
      'the restarts of both are on the bus',
    )
    const events = await eventsOf(open)
    const seenOf = (of: string): unknown[] => [...new Set(events.filter(({ node }) => node === of).map(({ process }) => process))]
    expect(seenOf('open').sort()).toEqual(['hers', 'mine', null])
    expect(seenOf('shut')).toEqual(['mine'])
  })

  test('what is kept no more is said; so is a stream that was made anew, which begins again; doctor names bad settings', async () => {
    const { config } = (await api('STREAM.INFO.PT_EVENTS', {})) as { config: object }
    await api('STREAM.UPDATE.PT_EVENTS', { ...config, max_msgs: 1, max_age: 60e9 })
    const doctor = await open.run(['fleet', 'doctor'])
    expect([doctor.code, doctor.stdout]).toEqual([1, expect.stringMatching(/^bad +events +.*less than ptrack makes it/m)])
    const follow = followsFleet(open, '--since', '1')
    await open.until(() => /events before \d+ are kept no more/.test(follow.stderr()), 'the gap is said')
    await api('STREAM.DELETE.PT_EVENTS', {})
    await open.here.ok(['restart', 'mine'])
    await open.until(() => follow.stderr().includes('the events were begun anew on the bus'), 'the new stream is said')
    await open.until(
      () => follow.events().some((event) => event.type === 'processStarted' && event.node === 'open' && event.run === 3),
      'and followed',
    )
    await follow.end()
    const { events } = (await statusOf(open)) as FleetStatus
    expect(events.stream?.keepsMs).toBe(7 * 86_400_000)
  })

  test('without JetStream they wait, and it is said why', async () => {
    const poor = await testBus()
    const t = await testHome()
    await join(t, poor, 'n1')
    await t.here.ok(['start', '--name', 'mine', '--', program('waits.sh')])
    const { stdout } = await t.ok(['fleet', 'status'])
    expect(stdout).toMatch(/^outbox +\d+ events .*: cannot reach the events of the fleet: JetStream is off there/m)
    const read = await t.run(['events', '--fleet'])
    expect([read.code, read.stderr]).toEqual([5, expect.stringContaining('JetStream is off there')])
    await t.close()
    await poor.close()
  })

  test('without a fleet: NO_FLEET', async () => {
    const t = await testHome()
    for (const options of [[], ['-f']]) expect((await t.run(['events', '--fleet', ...options])).code).toBe(2)
    await t.close()
  })
})
