/** Four thousand jobs (where CI runs) behind a limit of two: their order, pages, the daemon's death, and what it costs to end them all. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Client } from '../../src/client/client.ts'
import type { ProcessView } from '../../src/protocol/view.ts'
import { type TestHome, testHome } from '../support/daemon.ts'
import { load } from '../support/effort.ts'
import { clientOf, define, gated } from '../support/jobs.ts'
import { cpuMsOf, peakBytesOf } from '../support/proc.ts'

const COUNT = load(4000, 1000)
/** Requests under way together. */
const GROUP = 200

let t: TestHome
let client: Client
beforeEach(async () => {
  t = await testHome()
  client = await clientOf(t)
})
afterEach(async () => {
  client.close()
  await t.close()
})

const nameOf = (n: number): string => `q${String(n).padStart(5, '0')}`
const numbers = (count: number, from = 0): number[] => Array.from({ length: count }, (_, n) => from + n)

async function queue(count: number, from: number, command: (n: number) => string[]): Promise<void> {
  for (let at = from; at < from + count; at += GROUP) {
    const answers = await Promise.all(
      numbers(Math.min(GROUP, from + count - at), at).map((n) =>
        define(t, client, { name: nameOf(n), command: command(n) }, { noWait: true }),
      ),
    )
    expect(answers.filter(({ ok }) => !ok)).toEqual([])
  }
}

/** What the daemon has to compute for this, ms of CPU. */
async function costOf(work: () => Promise<unknown>): Promise<number> {
  const { pid } = t.daemon()!
  const before = cpuMsOf(pid)
  await work()
  return cpuMsOf(pid) - before
}

/** Cancels and deletes the queue: what answered, and what it cost. */
async function endQueue() {
  const answers: Awaited<ReturnType<typeof client.request<'cancel'>>> = []
  const cancel = await costOf(async () => answers.push(...(await client.request('cancel', { targets: ['q*'] }))))
  const left = await client.request('list', {})
  const remove = await costOf(() => client.request('delete', { targets: ['q*'] }))
  return { answers, left, cost: { cancel, remove } }
}

test('a queue of thousands keeps its order over kill -9, in bounded memory, and ten times as many cost about ten times as much to end', async () => {
  await client.request('limits.set', { global: 2 })
  const gates = [gated(t, 'first'), gated(t, 'second')]
  for (const [n, name] of ['first', 'second'].entries()) await define(t, client, { name, command: gates[n]!.command })
  const oldest = (status: string): unknown[] => ['first', 'second'].map((name) => [name, status, null, 1])
  const factsOf = (views: ProcessView[]): unknown[] =>
    views.map(({ name, status, reason, run }) => [name, status, reason, run]).toSorted()

  await queue(COUNT / 10, 0, () => ['true'])
  const few = await endQueue()
  expect(few.answers.filter(({ ok }) => !ok)).toEqual([])
  expect(few.answers.map(({ name }) => name).toSorted()).toEqual(numbers(COUNT / 10).map(nameOf))
  expect(factsOf(few.left.filter(({ status }) => status !== 'cancelled'))).toEqual(oldest('running'))
  expect(factsOf(await client.request('list', {}))).toEqual(oldest('running'))

  const order = join(t.dir, 'order')
  await queue(COUNT, 0, (n) => ['sh', '-c', `echo ${n} >>${order}`])
  const pending = (): Promise<ProcessView[]> => client.request('list', { status: ['pending'] })
  const inLine = async (): Promise<string[]> => {
    const others = (await client.request('list', {})).filter(({ status }) => status !== 'pending')
    expect(factsOf(others)).toEqual(oldest('running'))
    const views = (await pending()).toSorted((a, b) => a.queuePosition! - b.queuePosition!)
    expect(views.map(({ queuePosition }) => queuePosition)).toEqual(numbers(COUNT, 1))
    return views.map(({ name }) => name)
  }
  const line = await inLine()
  // Among requests that are under way together no order is promised; a later group comes behind an earlier one.
  for (let at = 0; at < COUNT; at += GROUP) expect(line.slice(at, at + GROUP).toSorted()).toEqual(numbers(GROUP, at).map(nameOf))
  expect(peakBytesOf(t.daemon()!.pid)).toBeLessThan(600e6)

  client.close()
  await t.killDaemon()
  client = await clientOf(t)
  expect(await inLine()).toEqual(line)
  expect(await client.request('limits.get', {})).toMatchObject({ live: 2, queued: COUNT })
  // A page holds what goes on first, and no more than was asked for.
  const page = await client.request('list', { max: 50 })
  expect(page).toHaveLength(50)
  expect(page.filter(({ status }) => status === 'running').map(({ name }) => name)).toEqual(['first', 'second'])

  for (const gate of gates) gate.end(0)
  const ran = (): number[] => readFileSync(order, 'utf8').trim().split('\n').map(Number)
  await t.until(() => ran().length >= 40, 'some dozens have run', 60_000)
  const many = await endQueue()
  expect(many.left.filter(({ status }) => status === 'pending')).toEqual([])
  const started = many.left.filter(({ name, startedAt }) => name.startsWith('q') && startedAt !== null)
  // Nobody was overtaken: who began are the first, and each ran once.
  expect(started.map(({ name }) => name).toSorted()).toEqual(line.slice(0, started.length).toSorted())
  const begun = new Map(started.map(({ name, startedAt }) => [name, Date.parse(startedAt!)]))
  const times = line.slice(0, started.length).map((name) => begun.get(name)!)
  expect(times).toEqual(times.toSorted((a, b) => a - b))
  expect(new Set(ran()).size).toBe(ran().length)
  expect(peakBytesOf(t.daemon()!.pid)).toBeLessThan(600e6)

  // All that had not begun were cancelled, and all are gone.
  const failed = many.answers.filter(({ ok, name }) => !ok && !begun.has(name))
  expect(failed).toEqual([])
  expect([...new Set([...many.answers.map(({ name }) => name), ...begun.keys()])].toSorted()).toEqual(line.toSorted())
  expect(factsOf(many.left.filter(({ name, status }) => status !== 'cancelled' && !begun.has(name)))).toEqual(oldest('done'))
  expect(factsOf(await client.request('list', {}))).toEqual(oldest('done'))
  const costs = JSON.stringify([few.cost, many.cost])
  // A few hundredths of a second are what anything costs.
  expect(many.cost.cancel, costs).toBeLessThan(30 * (few.cost.cancel + 50))
  expect(many.cost.remove, costs).toBeLessThan(30 * (few.cost.remove + 50))
})
