/** Jobs that fail are tried again as their type's policy says, visibly; those that last too long end as `timeout`. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Client } from '../../src/client/client.ts'
import type { OrphanView, ProcessView } from '../../src/protocol/view.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { clientOf, define, gated, reachesAll, viewOf } from '../support/jobs.ts'
import { type Ident, identOf, isAlive, signalIdent, statOf } from '../support/proc.ts'
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

test("a type's policy gives retries, delays and timeout; what the definition says goes before, and services take none", async () => {
  await client.request('policy.set', { type: 'benchmark', policy: { retries: 3, retryInitialMs: 20, timeoutMs: 60_000 } })
  await client.request('policy.set', { type: 'benchmark', policy: { retryJitter: false, retryFactor: 3 } })
  expect(await client.request('policy.get', {})).toEqual([
    { type: 'benchmark', policy: { retries: 3, retryInitialMs: 20, timeoutMs: 60_000, retryJitter: false, retryFactor: 3 } },
  ])
  await define(t, client, { name: 'by-policy', type: 'benchmark', command: ['true'] })
  await define(t, client, { name: 'by-itself', type: 'benchmark', retries: 0, timeoutMs: null, command: ['true'] })
  await define(t, client, { name: 'plain', command: ['true'] })
  await define(t, client, { name: 'service', kind: 'service', type: 'benchmark', command: [program('waits.sh')] })
  const numbers = (await client.request('show', { targets: ['by-policy', 'by-itself', 'plain', 'service'] })).map(
    ({ definition }) => [definition.retries, definition.retryInitialMs, definition.retryFactor, definition.timeoutMs],
  )
  expect(numbers).toEqual([
    [3, 20, 3, 60_000],
    [0, 20, 3, null],
    [0, 1000, 2, 7_200_000],
    [0, 1000, 2, null],
  ])
  await client.request('policy.delete', { type: 'benchmark' })
  await expect(client.request('policy.delete', { type: 'benchmark' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  const kept = (await client.request('show', { targets: ['by-policy'] }))[0]
  expect(kept?.definition.retries).toBe(3)
})

test('a failed job is retried with its attempt and the next time told, each a run of its own, and then fails', async () => {
  const job = gated(t, 'job')
  job.end(7)
  await client.request('subscribe', { filter: { types: ['statusChange'], targets: ['job'] }, views: true })
  const steps: string[] = []
  client.on('event', ({ event }) => void (event.type === 'statusChange' && steps.push(`${event.to} ${event.run}`)))
  // Pushed, since it is so for a moment only.
  const seen: ProcessView[] = []
  client.on('views', ({ changed }) => void seen.push(...changed))
  await define(t, client, {
    name: 'job',
    command: job.command,
    retries: 2,
    retryInitialMs: 300,
    retryJitter: false,
    retryFactor: 2,
  })
  const first = await t.until(() => seen.find(({ retry }) => retry?.attempt === 2), 'the second attempt is announced')
  expect(first).toMatchObject({ status: 'retrying', exitCode: 7, retry: { attempt: 2, of: 3 } })
  expect(Date.parse(first.retry!.nextAt) - Date.parse(first.since)).toBe(300)
  await reachesAll(t, client, { job: 'failed' })
  expect(steps.filter((step) => /retrying|failed/.test(step))).toEqual(['retrying 1', 'retrying 2', 'failed 3'])
  expect(job.runs()).toEqual([1, 2, 3])
  // Asked for by a person: its attempts begin anew.
  job.end(0)
  await client.request('restart', { targets: ['job'] })
  expect((await reachesAll(t, client, { job: 'done' }))[0]).toMatchObject({ run: 4, restarts: 0 })
})

test('a job that waits for its retry gives its slot to another, and queues for one when its time has come', async () => {
  await client.request('limits.set', { global: 1 })
  const again = gated(t, 'again')
  const other = gated(t, 'other')
  await define(t, client, { name: 'again', command: again.command, retries: 1, retryInitialMs: 50, retryJitter: false })
  await define(t, client, { name: 'other', command: other.command })
  again.end(1)
  await reachesAll(t, client, { other: 'running', again: 'pending' })
  expect(await viewOf(client, 'again')).toMatchObject({ run: 1, queuePosition: 1, restarts: 1 })
  again.end(0)
  other.end(0)
  await reachesAll(t, client, { other: 'done', again: 'done' })
  expect(again.runs()).toEqual([1, 2])
})

test('a job beyond its timeout is ended with all it started, as `timeout`; paused time does not count', async () => {
  await define(t, client, { name: 'long', command: [program('waits.sh')], timeoutMs: 300 })
  const [view] = await reachesAll(t, client, { long: 'timeout' })
  expect(view).toMatchObject({ reason: 'ran longer than its timeout of 0.3 s', error: { code: 'TIMEOUT' } })
  expect(t.processes().filter((one) => one.id === view!.id)).toEqual([])
  const held = gated(t, 'held')
  await define(t, client, { name: 'held', command: held.command, timeoutMs: 1500 })
  await client.request('pause', { targets: ['held'] })
  await t.until(async () => (await viewOf(client, 'held')).elapsedMs! > 2500, 'it has been there for longer than its timeout')
  expect((await viewOf(client, 'held')).status).toBe('paused')
  held.end(0)
  await client.request('resume', { targets: ['held'] })
  await reachesAll(t, client, { held: 'done' })
})

test.each([false, true])(
  'a job whose recorder alone is killed does not run twice: its program is ended first (adopted: %s)',
  async (adopted) => {
    const { command, runs } = gated(t, 'left')
    await define(t, client, { name: 'left', command, retries: 1, retryInitialMs: 10, retryInterrupted: true })
    const killRecorder = async (run: number): Promise<Ident> => {
      await t.until(() => runs().length === run, `run ${run} works`)
      const program = await isKnown(run)
      signalIdent(identOf(statOf(program.pid)!.ppid)!, 'SIGKILL')
      return program
    }
    /** Until then its recorder stands there, which leads the session. */
    const isKnown = (run: number): Promise<Ident> =>
      t.until(async () => {
        const found = await viewOf(client, 'left')
        return found.run === run && found.pid !== null && statOf(found.pid)?.session !== found.pid && identOf(found.pid)
      }, 'its program is known')
    if (adopted) {
      await t.until(() => runs().length === 1, 'it works')
      await isKnown(1)
      client.close()
      await t.killDaemon()
      client = await clientOf(t)
    }
    const first = await killRecorder(1)
    await t.until(() => runs().length === 2, 'the second attempt')
    expect(isAlive(first)).toBe(false)
    const { timeline } = (await client.request('why', { targets: ['left'] }))[0]!
    expect(timeline.some(({ reason }) => reason?.includes('whose recorder is gone'))).toBe(true)
    if (adopted) return
    // No attempt comes after the second: nothing would run beside the program, and it is a person's to judge.
    const second = await killRecorder(2)
    await reachesAll(t, client, { left: 'failed' })
    expect(isAlive(second)).toBe(true)
    const orphans = await t.here.json<OrphanView[]>(['orphans'])
    expect(orphans.find(({ pid }) => pid === second.pid)?.kind).toBe('escaped')
  },
)

test('another timeout holds for the present run, counted from its beginning', async () => {
  for (const [name, timeoutMs] of [
    ['shorter', null],
    ['longer', 2000],
  ] as const)
    await define(t, client, { name, timeoutMs, command: [program('waits.sh')] })
  await client.request('set', { targets: ['longer'], changes: { timeoutMs: 3_600_000 } })
  await client.request('set', { targets: ['shorter'], changes: { timeoutMs: 2500 } })
  const [view] = await reachesAll(t, client, { shorter: 'timeout' })
  expect(view!.reason).toBe('ran longer than its timeout of 2.5 s')
  expect((await viewOf(client, 'longer')).status).toBe('running')
  await client.request('set', { targets: ['longer'], changes: { timeoutMs: 1 } })
  await reachesAll(t, client, { longer: 'timeout' })
})
