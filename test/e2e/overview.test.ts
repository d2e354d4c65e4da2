/** What many processes did over a time: run strips, counts, timelines. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Client } from '../../src/client/client.ts'
import { limits } from '../../src/protocol/limits.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { clientOf, define, gated, reachesAll } from '../support/jobs.ts'

let t: TestHome
let client: Client
beforeAll(async () => {
  t = await testHome()
  client = await clientOf(t)
})
afterAll(async () => {
  client?.close()
  await t?.close()
})

const sum = (numbers: number[]): number => numbers.reduce((all, one) => all + one, 0)

test('a timeline has the wait before a run, its pauses and end, what lives, and what waits', async () => {
  const beganMs = Date.now()
  await client.request('limits.set', { types: { gpu: 1 } })
  const [first, second] = [gated(t, 'first'), gated(t, 'second')]
  await define(t, client, { name: 'first', command: first.command, type: 'gpu' })
  await define(t, client, { name: 'second', command: second.command, type: 'gpu' })
  await define(t, client, { name: 'third', command: second.command, type: 'gpu' })
  await client.request('pause', { targets: ['first'], now: true })
  await client.request('resume', { targets: ['first'] })
  first.end(1)
  await reachesAll(t, client, { first: 'failed', second: 'running', third: 'pending' })
  const ask = () => client.request('timeline', { sinceMs: beganMs - 1000, type: 'gpu' })
  const { processes, notices } = await t.until(async () => {
    const view = await ask()
    return view.processes.some(({ name, runs }) => name === 'first' && runs.length === 1) && view
  }, 'the ended run is in the history')
  expect(notices).toEqual([])
  const of = (name: string) => processes.find((each) => each.name === name)!
  expect(of('first').runs).toMatchObject([{ run: 1, outcome: 'failed', spans: [{ kind: 'paused' }], expectedEndAt: null }])
  expect(of('first').runs[0]!.spans[0]!.to).not.toBe(null)
  const [running] = of('second').runs
  expect(running).toMatchObject({ run: 1, endedAt: null, outcome: null, spans: [{ kind: 'waiting', to: expect.any(String) }] })
  expect(of('third')).toMatchObject({ runs: [], waiting: { reason: 'waiting for a free slot' } })

  const { buckets, bucketMs } = await client.request('counts', { sinceMs: beganMs - 1000, type: 'gpu', buckets: 3 })
  expect(bucketMs).toBeGreaterThan(0)
  expect(sum(buckets.map(({ ended }) => ended))).toBe(1)
  expect(sum(buckets.map(({ failed }) => failed))).toBe(1)
  // The limit held: its slots over time never were more than one.
  expect(Math.max(...buckets.map(({ running }) => running))).toBe(1)
  expect(buckets.at(-1)).toMatchObject({ running: 1 })
  expect(Math.max(...buckets.map(({ waiting }) => waiting))).toBe(2)
  expect((await client.request('counts', { type: 'other' })).buckets.every(({ running }) => running === 0)).toBe(true)

  second.end(0)
  await reachesAll(t, client, { second: 'done' })
  // Its own pages: the newest run alone fits, and the reply says from when on it is whole.
  await t.until(async () => (await ask()).processes.filter(({ runs }) => runs[0]?.endedAt).length >= 2, 'both have a row')
  const cut = await client.request('timeline', { sinceMs: beganMs - 1000, type: 'gpu', max: 1 })
  expect(Date.parse(cut.since)).toBeGreaterThanOrEqual(beganMs)
  await expect(client.request('timeline', { sinceMs: 10, untilMs: 5 })).rejects.toMatchObject({ code: 'BAD_REQUEST' })
})

test('the last runs of several are one request, older ones than the state keeps included, and the one that lives', async () => {
  await define(t, client, { name: 'again', kind: 'service', command: [program('waits.sh')] })
  await define(t, client, { name: 'once', command: ['true'] })
  const restarts = limits.runs + 3
  for (let n = 0; n < restarts; n++) await client.request('restart', { targets: ['again'] })
  const strips = async () => {
    const { processes, more } = await client.request('runs', { targets: ['again', 'once'] })
    expect(more).toBe(false)
    return Object.fromEntries(processes.map(({ name, runs }) => [name, runs]))
  }
  await t.until(async () => (await client.request('history', { targets: ['again'], max: 100 })).rows.length === restarts, 'rows')
  const before = await strips()
  expect(before.again!.map(({ run }) => run)).toEqual(Array.from({ length: restarts + 1 }, (_, n) => n + 1))
  expect(before.again!.at(-1)).toMatchObject({ outcome: null })
  expect(before.once).toMatchObject([{ run: 1, outcome: 'done' }])
  await client.request('restart', { targets: ['again'] })
  const after = await strips()
  expect(after.again!.slice(-2)).toMatchObject([
    { run: restarts + 1, outcome: 'stopped' },
    { run: restarts + 2, outcome: null },
  ])
  expect((await client.request('runs', { targets: ['again'], max: 2 })).processes[0]!.runs).toHaveLength(2)
  for (let n = 0; n < limits.runBars; n++) await client.request('restart', { targets: ['again'] })
  const full = await strips()
  expect(full.again).toHaveLength(limits.runBars)
  expect(full.again!.at(-1)!.run).toBe(restarts + 2 + limits.runBars)
})
