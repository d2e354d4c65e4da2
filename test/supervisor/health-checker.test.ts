/** Health of very many ports: the kernel's table instead of a connection each time, and a connection wherever it tells of a change. */
import { afterEach, expect, test } from 'vitest'
import type { Listener, World } from '../../src/core/world.ts'
import { HealthChecker } from '../../src/supervisor/health-checker.ts'
import { Instances } from '../../src/supervisor/instances.ts'
import type { Managed } from '../../src/supervisor/registry.ts'
import { Timeline } from '../../src/supervisor/timeline.ts'
import { liveState, supervisorKit } from './support/supervisor.ts'

const PERIOD_MS = 3000
let checker: HealthChecker | null = null
afterEach(() => checker?.close())

/** `readingMs`: how long each reading of the table takes. */
function many(count: number, readingMs = 0) {
  /** Port to inode of its listener. */
  const listening = new Map<number, number>()
  const connected: number[] = []
  let readings = 0
  let spentMs = 0
  const kit = supervisorKit({
    prober: {
      tcp: (port: number) => {
        connected.push(port)
        return Promise.resolve({ open: listening.has(port), latencyMs: listening.has(port) ? 1 : null })
      },
    } as unknown as World['prober'],
    table: {
      bootId: 'b',
      snapshot: () => [],
      holders: () => new Map(),
      listeners: (): Listener[] => {
        readings++
        spentMs += readingMs
        return [...listening].map(([port, inode]) => ({ port, address: '127.0.0.1', inode }))
      },
    } as unknown as World['table'],
  })
  const { world } = kit.host
  world.clock = {
    mono: () => kit.clock.mono() + spentMs,
    wall: () => kit.clock.wall(),
    wakeAfter: (ms, callback) => kit.clock.wakeAfter(ms, callback),
  }
  const sockets = { of: () => null }
  checker = new HealthChecker(
    kit.host,
    new Timeline(world, kit.events),
    { checked: () => {} },
    sockets,
    new Instances(world, sockets),
  )
  const all: Managed[] = []
  for (let port = 5001; port <= 5000 + count; port++) {
    listening.set(port, port * 10)
    all.push(kit.add({ ports: [port], healthPeriodMs: PERIOD_MS, healthFailures: 3 }, { state: liveState('running', 1) }))
  }
  for (const managed of all) checker.stepped(managed)
  return {
    ...kit,
    listening,
    all,
    takeConnected: () => connected.splice(0),
    takeReadings: () => {
      const taken = readings
      readings = 0
      return taken
    },
  }
}

const checkedAts = (all: readonly Managed[]): (string | null)[] => all.map(({ observed }) => observed.ports[0]!.checkedAt)

test('what accepted lately and listens still is looked up, not connected to', async () => {
  const t = many(60)
  await t.clock.advance(10_000)
  expect(t.all.every(({ observed }) => observed.health.health === 'healthy')).toBe(true)
  t.takeConnected()
  t.takeReadings()
  const before = checkedAts(t.all)
  await t.clock.advance(15_000)
  expect(t.takeConnected()).toEqual([])
  // One reading a period serves all, and yet they are not all looked up in one moment.
  expect(t.takeReadings()).toBeLessThanOrEqual(15_000 / PERIOD_MS + 1)
  expect(new Set(checkedAts(t.all)).size).toBe(16)
  expect(checkedAts(t.all).filter((at, i) => at === before[i])).toEqual([])
  // Only a connection shows that a queue is not full: each comes again within a minute and a period.
  await t.clock.advance(60_000)
  expect(new Set(t.takeConnected()).size).toBe(60)
})

test('a port that listens no more is connected to, and unhealthy after as many failures as asked for', async () => {
  const t = many(60)
  await t.clock.advance(10_000)
  t.takeConnected()
  t.listening.delete(5007)
  await t.clock.advance(3 * PERIOD_MS + 2000)
  expect(t.all[6]!.observed.health).toMatchObject({ health: 'unhealthy', reason: 'port 5007 is closed' })
  expect(new Set(t.takeConnected())).toEqual(new Set([5007]))
  t.listening.set(5007, 1)
  await t.clock.advance(PERIOD_MS + 1000)
  expect(t.all[6]!.observed.health.health).toBe('healthy')
})

test('failures count by whole periods, and nobody waits longer than one', async () => {
  const t = many(60)
  await t.clock.advance(10_000)
  const failing = t.all[6]!
  t.listening.delete(5007)
  const times: number[] = []
  let last = failing.observed.ports[0]!.checkedAt
  const began = t.clock.mono()
  while (failing.observed.health.health === 'healthy') {
    await t.clock.advance(10)
    if (failing.observed.ports[0]!.checkedAt !== last) times.push(t.clock.mono() - began)
    last = failing.observed.ports[0]!.checkedAt
  }
  expect(times).toHaveLength(3)
  expect(times[0]).toBeLessThanOrEqual(PERIOD_MS + 60)
  for (const i of [1, 2]) {
    expect(times[i]! - times[i - 1]!).toBeGreaterThanOrEqual(PERIOD_MS - 10)
    expect(times[i]! - times[i - 1]!).toBeLessThanOrEqual(PERIOD_MS + 60)
  }
})

test('another socket on the port is another server: it is connected to', async () => {
  const t = many(60)
  await t.clock.advance(10_000)
  t.takeConnected()
  t.listening.set(5007, 1)
  await t.clock.advance(PERIOD_MS + 1000)
  expect(new Set(t.takeConnected())).toEqual(new Set([5007]))
})

test('where the table says nothing of a port that accepts, it is connected to every time', async () => {
  const t = many(60)
  t.host.world.table.listeners = () => []
  await t.clock.advance(10_000)
  t.takeConnected()
  await t.clock.advance(PERIOD_MS)
  expect(new Set(t.takeConnected()).size).toBe(60)
})

test('a table that takes long to read each time is left alone', async () => {
  const t = many(60, 21)
  await t.clock.advance(10_000)
  t.takeConnected()
  t.takeReadings()
  await t.clock.advance(2 * PERIOD_MS)
  expect(new Set(t.takeConnected()).size).toBe(60)
})

test('turns of health stand in the story, and one that turns all the time does not fill it', async () => {
  const t = many(1)
  const [one] = t.all
  one!.record.timeline = [{ at: '', status: 'running', run: 1, reason: null }]
  await t.clock.advance(10_000)
  expect(one!.record.timeline).toHaveLength(1)
  const turn = async (open: boolean): Promise<void> => {
    if (open) t.listening.set(5001, 1)
    else t.listening.delete(5001)
    await t.clock.advance(3 * PERIOD_MS + 2000)
  }
  const turns = () => one!.record.timeline.map(({ health }) => health)
  await turn(false)
  expect(one!.record.timeline.at(-1)).toMatchObject({ status: 'running', run: 0, reason: 'unhealthy: port 5001 is closed' })
  await turn(true)
  expect(one!.record.timeline.at(-1)).toMatchObject({ reason: 'healthy again', health: 'healthy' })
  for (const open of [false, true, false, true]) await turn(open)
  expect(turns()).toEqual([undefined, 'unhealthy', 'healthy', 'unhealthy', 'healthy'])
  const last = one!.record.timeline.at(-1)!.at
  await turn(false)
  await turn(true)
  expect(turns()).toEqual([undefined, 'unhealthy', 'healthy', 'unhealthy', 'healthy'])
  expect(Date.parse(one!.record.timeline.at(-1)!.at)).toBeGreaterThan(Date.parse(last))
})

test('few are connected to every time', async () => {
  const t = many(20)
  await t.clock.advance(10_000)
  t.takeConnected()
  await t.clock.advance(PERIOD_MS)
  expect(new Set(t.takeConnected()).size).toBe(20)
})
