/** Jobs over a limit wait in order and begin by themselves; limits change under way. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Client } from '../../src/client/client.ts'
import type { ProcessView } from '../../src/protocol/view.ts'
import { type TestHome, testHome } from '../support/daemon.ts'
import { clientOf, define, gated, reachesAll, viewOf } from '../support/jobs.ts'
import { emptied } from '../support/shared-home.ts'

let t: TestHome
let client: Client
beforeAll(async () => {
  t = await testHome()
})
beforeEach(async () => {
  client = await clientOf(t)
})
afterEach(async () => {
  client.close()
  await emptied(t)
})
afterAll(() => t.close())

const positions = async (...names: string[]): Promise<(number | null)[]> =>
  Promise.all(names.map(async (name) => (await viewOf(client, name)).queuePosition))
const began = async (name: string): Promise<number> => Date.parse((await viewOf(client, name)).startedAt!)

describe('at the limit', () => {
  test('a job queues with its position instead of failing, and the next one begins when a slot is free', async () => {
    await client.request('limits.set', { global: 1 })
    const jobs = Object.fromEntries(['a', 'b', 'c'].map((name) => [name, gated(t, name)]))
    const answers = []
    for (const [name, { command }] of Object.entries(jobs)) answers.push(await define(t, client, { name, command }))
    expect(answers.map(({ ok, note }) => [ok, note])).toEqual([
      [true, null],
      [true, 'queued, position 1'],
      [true, 'queued, position 2'],
    ])
    expect(answers[1]?.view).toMatchObject({
      status: 'pending',
      reason: 'waiting for a free slot',
      queuePosition: 1,
      wanted: 'up',
    })
    expect(await client.request('limits.get', {})).toMatchObject({ global: 1, live: 1, queued: 2 })
    jobs.a!.end(0)
    await reachesAll(t, client, { a: 'done', b: 'running', c: 'pending' })
    expect(await positions('a', 'b', 'c')).toEqual([null, null, 1])
    await client.request('cancel', { targets: ['c'] })
    expect(await viewOf(client, 'c')).toMatchObject({ status: 'cancelled', queuePosition: null, run: 0 })
    jobs.b!.end(4)
    await reachesAll(t, client, { b: 'failed' })
    expect([jobs.a!.runs(), jobs.b!.runs(), jobs.c!.runs()]).toEqual([[1], [1], []])
  })

  test('a waiting job names its limit, and when its turn is expected once it is known how long such jobs take', async () => {
    await client.request('limits.set', { types: { build: 1 } })
    const [first, second] = [gated(t, 'first'), gated(t, 'second')]
    await define(t, client, { name: 'first', command: first.command, type: 'build' })
    await define(t, client, { name: 'second', command: second.command, type: 'build' })
    expect((await viewOf(client, 'second')).queue).toEqual({ limit: 'type build', value: 1, expectedStartAt: null })
    expect((await viewOf(client, 'first')).queue).toBe(null)
    expect((await t.here.ok(['why', 'second'])).stdout).toContain('limit: type build, 1 at once')
    first.end(0)
    await reachesAll(t, client, { first: 'done', second: 'running' })
    await define(t, client, { name: 'third', command: ['true'], type: 'build' })
    const [at] = await t.until(async () => {
      const { queue } = await viewOf(client, 'third')
      return queue?.expectedStartAt == null ? null : [queue.expectedStartAt]
    }, 'its turn is foretold')
    expect(Date.parse(at!)).toBeGreaterThanOrEqual(Date.parse((await viewOf(client, 'second')).startedAt!))
    await client.request('cancel', { targets: ['second', 'third'] })
    await client.request('limits.set', { types: { build: null } })
  })

  test('higher priority goes first, and a priority set later counts', async () => {
    await client.request('limits.set', { global: 1 })
    const first = gated(t, 'first')
    await define(t, client, { name: 'first', command: first.command })
    for (const [name, priority] of [
      ['low', -5],
      ['plain', 0],
      ['high', 5],
      ['raised', 0],
    ] as const)
      await define(t, client, { name, priority, command: ['true'] }, { noWait: true })
    expect(await positions('high', 'plain', 'raised', 'low')).toEqual([1, 2, 3, 4])
    await client.request('set', { targets: ['raised'], changes: { priority: 9 } })
    expect(await positions('raised', 'high', 'plain', 'low')).toEqual([1, 2, 3, 4])
    first.end(0)
    await reachesAll(t, client, { raised: 'done', high: 'done', plain: 'done', low: 'done' })
    const times = await Promise.all(['raised', 'high', 'plain', 'low'].map(began))
    expect(times).toEqual(times.toSorted((a, b) => a - b))
  })

  test('a service needs no slot', async () => {
    await client.request('limits.set', { global: 1 })
    const job = gated(t, 'job')
    await define(t, client, { name: 'job', command: job.command })
    const service = await define(t, client, { name: 'web', kind: 'service', command: job.command })
    expect(service.view?.status).toBe('running')
  })
})

describe('limits per owner and type', () => {
  test('hold apart, are changed at run time and survive the daemon', async () => {
    await client.request('limits.set', { owners: { ci: 1 }, types: { benchmark: 1 } })
    const jobs = new Map<string, ReturnType<typeof gated>>()
    const begin = async (name: string, owner: string, type: string) => {
      const job = gated(t, name)
      jobs.set(name, job)
      return (await define(t, client, { name, type, command: job.command }, { owner })).view?.status
    }
    expect(await begin('ci1', 'ci', 'build')).toBe('running')
    expect(await begin('ci2', 'ci', 'build')).toBe('pending')
    expect(await begin('bench1', 'me', 'benchmark')).toBe('running')
    expect(await begin('bench2', 'me', 'benchmark')).toBe('pending')
    expect(await begin('free', 'me', 'build')).toBe('running')
    expect(await client.request('limits.get', {})).toEqual({
      global: null,
      owners: { ci: 1 },
      types: { benchmark: 1 },
      live: 3,
      queued: 2,
    })
    await client.request('limits.set', { owners: { ci: 2 } })
    await reachesAll(t, client, { ci2: 'running', bench2: 'pending' })
    // A lower limit ends nobody, and admits nobody.
    await client.request('limits.set', { global: 1, owners: { ci: null } })
    expect(await begin('later', 'me', 'build')).toBe('pending')
    jobs.get('bench1')!.end(0)
    await reachesAll(t, client, { bench1: 'done', bench2: 'pending', later: 'pending' })
    expect((await client.request('limits.get', {})).live).toBe(3)

    await t.killDaemon()
    client.close()
    client = await clientOf(t)
    expect(await client.request('limits.get', {})).toMatchObject({
      global: 1,
      owners: {},
      types: { benchmark: 1 },
      live: 3,
      queued: 2,
    })
    expect(await positions('bench2', 'later')).toEqual([1, 2])
    await client.request('limits.set', { global: null, types: { benchmark: null } })
    await reachesAll(t, client, { bench2: 'running', later: 'running' })
    for (const job of jobs.values()) job.end(0)
    await reachesAll(t, client, Object.fromEntries([...jobs.keys()].map((name) => [name, 'done' as const])))
    for (const job of jobs.values()) expect(job.runs()).toEqual([1])
  })
})

test('a hundred queued jobs at two slots: all are done, each once, never more than two at a time', async () => {
  await client.request('limits.set', { global: 2 })
  const { subscription } = await client.request('subscribe', { views: true })
  const live = new Set<string>()
  let most = 0
  client.on('event', ({ event }) => {
    if (event.type !== 'statusChange' || event.process === null) return
    if (['starting', 'running', 'completing'].includes(event.to)) live.add(event.process)
    else live.delete(event.process)
    most = Math.max(most, live.size)
  })
  const names = Array.from({ length: 100 }, (_, n) => `job${n}`)
  await Promise.all(names.map((name) => define(t, client, { name, command: ['true'] }, { noWait: true })))
  const views = await t.until(
    async () => {
      const all = await client.request('list', { all: true })
      return all.length === 100 && all.every((view) => view.status === 'done') ? all : false
    },
    'all are done',
    60_000,
  )
  expect(views.every((view: ProcessView) => view.run === 1 && view.restarts === 0)).toBe(true)
  expect(most).toBe(2)
  await client.request('unsubscribe', { subscription })
})
