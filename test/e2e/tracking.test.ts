/** What jobs tell of their work in `::ptrack` lines, and what watchers hear of it. */
import { appendFileSync, existsSync, readFileSync, renameSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Client } from '../../src/client/client.ts'
import { connect } from '../../src/client/connect.ts'
import type { PtrackEvent } from '../../src/protocol/events.ts'
import type { ResultRow } from '../../src/protocol/history.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { clientOf, define, reachesAll, viewOf } from '../support/jobs.ts'
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

const tells = (...words: (string | number)[]): string[] => [process.execPath, program('tells-results.mjs'), ...words.map(String)]
const script = (...lines: string[]): string[] => ['sh', '-c', lines.map((line) => `printf '%s\\n' '${line}'`).join('; ')]

async function allResults(of: Client, target: string, from = 1): Promise<ResultRow[]> {
  const rows: ResultRow[] = []
  for (let next = from; ; ) {
    const page = await of.request('results', { target, from: next })
    rows.push(...page.rows)
    next = page.next
    if (!page.more) return rows
  }
}

/** As a watcher does: what is there, then what comes, until the process has ended. */
async function followed(of: Client, target: string): Promise<ResultRow[]> {
  const rows: ResultRow[] = []
  for (let next = 1; ; ) {
    const page = await of.request('results', { target, from: next, waitMs: 30_000, max: 50 })
    rows.push(...page.rows)
    next = page.next
    if (page.ended && !page.more) return rows
  }
}
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n)
const told = (rows: readonly ResultRow[]): unknown[] => rows.map(({ row }) => (row as { n: number }).n)

test('what a job said before its end is known when its end is told', async () => {
  const seen: PtrackEvent[] = []
  await client.request('subscribe', { filter: { targets: ['short'] } })
  client.on('event', ({ event }) => void seen.push(event))
  await define(t, client, {
    name: 'short',
    metadata: { a: 1, b: 2 },
    command: [
      'sh',
      '-c',
      `echo '::ptrack {"progress":10,"message":"first","metadata":{"b":null,"c":[3]}}'
       echo '::ptrack {"step":{"id":"s","name":"Load"}}'; echo '::ptrack {"step":{"id":"s","status":"failed","error":"no route"}}'
       echo '::ptrack {"progress":140}'; echo '::ptrack {not json'; echo ' ::ptrack {"progress":99}'
       echo '::ptrack {"result":{"n":1}}'; printf '%s' '::ptrack {"result":{"n":2},"progress":60,"message":"last"}'`,
    ],
  })
  await t.until(() => seen.some(({ type }) => type === 'completed'), 'its end is told')
  const order = seen.map(({ type }) => type)
  expect(order.filter((type) => type === 'result')).toHaveLength(2)
  expect(order.lastIndexOf('result')).toBeLessThan(order.indexOf('completed'))
  expect(order.lastIndexOf('progress')).toBeLessThan(order.indexOf('completed'))
  expect(seen.filter(({ type }) => type === 'progress').at(-1)).toMatchObject({ progress: { percent: 60, message: 'last' } })
  expect(seen.filter(({ type }) => type === 'step').at(-1)).toMatchObject({
    step: { id: 's', status: 'failed', error: 'no route', parent: null },
  })
  const [shown] = await client.request('show', { targets: ['short'] })
  expect(shown).toMatchObject({
    status: 'done',
    results: 2,
    metadata: { a: 1, c: [3] },
    progress: { percent: 60, message: 'last', etaMs: null, stalled: false },
    steps: [{ id: 's', name: 'Load', status: 'failed', error: 'no route', steps: [] }],
  })
  // What is no update is an ordinary line, as all of them are in the log.
  const { lines } = await client.request('logs.read', { targets: ['short'] })
  expect(lines.map(({ text }) => text)).toContain('::ptrack {"progress":140}')
  expect(told(await allResults(client, 'short'))).toEqual([1, 2])
})

test('several watchers get what is there, then what comes, each row once; a slow one harms nobody', async () => {
  await define(t, client, { name: 'work', command: tells(300, 2) })
  await t.until(async () => (await viewOf(client, 'work')).results > 20, 'some results are there')
  const slow = await connect({ home: t.home })
  await slow.request('subscribe', {})
  slow.pause()
  const watchers = await Promise.all(numbers(3).map(() => connect({ home: t.home })))
  const rows = await Promise.all(watchers.map((watcher) => followed(watcher, 'work')))
  for (const each of rows) expect(told(each)).toEqual(numbers(300))
  slow.resume()
  expect(told(await followed(slow, 'work'))).toEqual(numbers(300))
  for (const each of [slow, ...watchers]) each.close()
  expect(await viewOf(client, 'work')).toMatchObject({
    results: 300,
    progress: { percent: 100, current: 300, total: 300, etaMs: 0 },
  })
})

test('a new run begins with nothing told, but keeps the results of those before', async () => {
  await define(t, client, { name: 'again', command: tells(3, 0, 0, 1) })
  await reachesAll(t, client, { again: 'failed' })
  expect(await viewOf(client, 'again')).toMatchObject({ progress: { percent: 100 }, results: 3 })
  await client.request('restart', { targets: ['again'] })
  await t.until(async () => (await viewOf(client, 'again')).results === 6, 'the second run told its own')
  await reachesAll(t, client, { again: 'failed' })
  expect((await allResults(client, 'again')).map(({ index, run }) => [index, run])).toEqual([
    [1, 1],
    [2, 1],
    [3, 1],
    [4, 2],
    [5, 2],
    [6, 2],
  ])
  expect((await client.request('results', { target: 'again', run: 2 })).rows).toHaveLength(3)
})

test('over rotations and kill -9 of the daemon every result is there once and in order', async () => {
  const count = 400
  await define(t, client, { name: 'long', command: tells(count, 10, 2000), logMaxBytes: 65_536, logKeep: 2 })
  for (const reached of [60, 150, 240]) {
    await t.until(async () => (await viewOf(client, 'long')).results >= reached, `${reached} results are there`)
    client.close()
    await t.killDaemon()
    client = await clientOf(t)
  }
  const rows = await followed(client, 'long')
  expect(told(rows)).toEqual(numbers(count))
  expect(rows.map(({ index }) => index)).toEqual(numbers(count).map((n) => n + 1))
  expect(await viewOf(client, 'long')).toMatchObject({ status: 'done', results: count })
  expect(existsSync(`${t.logFile('long')}.1.gz`) || existsSync(`${t.logFile('long')}.1`)).toBe(true)
})

test('a job that ends while no daemon watches loses none of its results', async () => {
  await define(t, client, { name: 'alone', command: tells(200, 5) })
  await t.until(async () => (await viewOf(client, 'alone')).results > 10, 'it has begun')
  client.close()
  await t.killDaemon()
  await t.until(() => readFileSync(t.logFile('alone'), 'utf8').includes('"n":199'), 'it is through')
  client = await clientOf(t)
  await reachesAll(t, client, { alone: 'done' })
  expect(told(await allResults(client, 'alone'))).toEqual(numbers(200))
})

test('cancel keeps what came until then', async () => {
  await define(t, client, { name: 'cut', command: tells(100_000, 5) })
  await t.until(async () => (await viewOf(client, 'cut')).results > 10, 'it has begun')
  await client.request('cancel', { targets: ['cut'] })
  const view = await viewOf(client, 'cut')
  expect(view).toMatchObject({ status: 'cancelled' })
  expect(told(await allResults(client, 'cut'))).toEqual(numbers(view.results))
})

test('a results file that was cut and scribbled on gives its good rows, says so, and goes on', async () => {
  await define(t, client, { name: 'cut', command: tells(20, 0) })
  await reachesAll(t, client, { cut: 'done' })
  const { id } = await viewOf(client, 'cut')
  // Answered when the state is on disk: else its log would be read again, and give the rows back.
  await client.request('reset', { targets: ['cut'] })
  const file = join(t.home, 'results', `${id}.jsonl`)
  client.close()
  await t.killDaemon()
  const lines = readFileSync(file, 'utf8').split('\n')
  truncateSync(file, lines.slice(0, 12).join('\n').length + 10)
  appendFileSync(file, '\nrubbish\n')
  client = await clientOf(t)
  const page = await client.request('results', { target: 'cut' })
  expect(told(page.rows)).toEqual(numbers(12))
  expect(page.notices).toEqual([expect.stringContaining('2 lines are no readable results')])
  await client.request('restart', { targets: ['cut'] })
  await reachesAll(t, client, { cut: 'done' })
  await t.until(async () => (await allResults(client, 'cut')).length === 32, 'it goes on')
  expect(told((await allResults(client, 'cut')).slice(12))).toEqual(numbers(20))
})

test('secrets in its output are masked where people read it, and in the file nothing changes', async () => {
  const secret = `${'gh'}p_${'aB3dE5gH7jK9'.repeat(3)}`
  await define(t, client, { name: 'leaky', command: script(`token is ${secret}`, 'an ordinary line') })
  await reachesAll(t, client, { leaky: 'done' })
  const { lines, cursor } = await client.request('logs.read', { targets: ['leaky'] })
  expect(lines.map(({ text }) => text)).toEqual(['token is ghp_***', 'an ordinary line'])
  expect(readFileSync(t.logFile('leaky'), 'utf8')).toContain(secret)
  const followedLines: string[] = []
  client.on('logs', (page) => void followedLines.push(...page.lines.map(({ text }) => text)))
  await client.request('logs.follow', { cursor })
  await client.request('restart', { targets: ['leaky'] })
  await t.until(() => followedLines.length === 2, 'the next run is followed')
  expect(followedLines[0]).toBe('token is ghp_***')
})

test('a disk that takes no results holds them back: all come in order once it does, and before the end is told', async () => {
  const results = join(t.home, 'results')
  renameSync(results, `${results}.away`)
  await define(t, client, { name: 'held', command: tells(50, 0) })
  await t.until(() => readFileSync(t.logFile('held'), 'utf8').includes('"n":49'), 'it is through')
  await expect(client.request('result', { who: { target: 'held' }, row: 'x' })).rejects.toMatchObject({
    code: 'STATE_WRITE_FAILED',
  })
  expect(await viewOf(client, 'held')).toMatchObject({ status: 'running', results: 0 })
  renameSync(`${results}.away`, results)
  await reachesAll(t, client, { held: 'done' })
  expect(told(await allResults(client, 'held'))).toEqual(numbers(50))
})

test('a page from the middle of many rows', async () => {
  await define(t, client, { name: 'many', command: tells(5000, 0) })
  await reachesAll(t, client, { many: 'done' })
  const page = await client.request('results', { target: 'many', from: 4321, max: 10 })
  expect(page).toMatchObject({ next: 4331, more: true, total: 5000, ended: true })
  expect(told(page.rows)).toEqual(numbers(10).map((n) => n + 4320))
})
