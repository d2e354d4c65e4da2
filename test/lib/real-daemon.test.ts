/** The library against the daemon itself: its death, the client's death, pause, cancel, watchers. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect, type FeedEvent, type Ptrack, type ResultRow, TaskCancelled, track } from '../../src/lib/index.ts'
import { root } from '../support/bundle.ts'
import { type TestHome, testHome } from '../support/daemon.ts'
import { until } from '../support/until.ts'
import { runScript } from './support/script.ts'

let t: TestHome
let ptrack: Ptrack
beforeAll(async () => {
  t = await testHome()
  await t.here.ok(['daemon', 'start'])
  ptrack = await connect({ home: t.home })
})
afterAll(async () => {
  ptrack?.close()
  await t?.close()
})

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n)
const numberOf = ({ row }: ResultRow) => (row as { n: number }).n
const one = async (name: string) => (await ptrack.show(name))[0]!
const allOf = async <T>(rows: AsyncIterable<T>): Promise<T[]> => {
  const found: T[] = []
  for await (const row of rows) found.push(row)
  return found
}
/** The source of a job in a Node of its own. */
const node = (body: string): string[] => [
  process.execPath,
  '--input-type=module',
  '-e',
  `import { track } from ${JSON.stringify(pathToFileURL(join(root, 'dist/index.js')).href)}\n${body}`,
]

test('kill -9 of the daemon under a task: registered again by itself, the same run, no row lost or doubled', async () => {
  const watcher = allOf(ptrack.results('survivor', { from: 1 })).catch((error: Error) => error)
  const before = await track({ name: 'survivor', home: t.home }, async (task) => {
    const { id } = (await task.ready)!
    const watching = allOf(ptrack.results('survivor'))
    for (const n of upTo(400)) {
      const told = task.result({ n })
      if (n % 20 === 0) await told
      if (n % 100 === 50) await t.killDaemon()
    }
    await until(async () => (await one('survivor')).results === 400, 'all rows are there')
    return { id, watching }
  })
  const rows = await before.watching
  expect(rows.map(numberOf)).toEqual(upTo(400))
  expect(rows.map(({ index }) => index)).toEqual(upTo(400).map((n) => n + 1))
  expect(await one('survivor')).toMatchObject({ id: before.id, run: 1, status: 'done', results: 400 })
  expect(await watcher).toMatchObject({ code: 'NOT_FOUND' })
})

test('a program that dies without a word is interrupted when its lease is over', async () => {
  const script = runScript(
    "const task = track({ name: 'lost', leaseMs: 1000 }); await task.result(1); console.log('ready'); setInterval(() => {}, 1000)",
    t.env,
  )
  await script.said('ready')
  expect(await one('lost')).toMatchObject({ status: 'running', kind: 'external' })
  script.signal('SIGKILL')
  await script.ended
  await ptrack.wait('lost', { timeoutMs: 20_000 })
  expect(await one('lost')).toMatchObject({ status: 'interrupted', results: 1 })
})

test('pause is reached at the next checkpoint, outlasts the daemon, and the resume goes on where it stopped', async () => {
  let reached = 0
  let enough = false
  const work = track({ name: 'restful', home: t.home }, async (task) => {
    while (!enough) {
      await task.checkpoint()
      await task.result({ n: reached++ })
    }
  })
  await until(() => reached > 5, 'it works')
  await ptrack.pause('restful')
  await until(async () => (await one('restful')).status === 'paused', 'it is paused')
  const at = reached
  await t.killDaemon()
  await until(async () => (await one('restful')).status === 'paused', 'it is still paused')
  expect(reached).toBe(at)
  await ptrack.resume('restful')
  await until(() => reached > at + 5, 'it goes on')
  enough = true
  await work
  expect((await allOf(ptrack.results('restful'))).map(numberOf)).toEqual(upTo(reached))
  expect(await one('restful')).toMatchObject({ status: 'done', run: 1 })
})

test('cancel reaches the work as a signal, and what it found until then is kept', async () => {
  const work = track({ name: 'unwanted', home: t.home }, async (task) => {
    await task.result('partial')
    await new Promise((resolve) => task.signal.addEventListener('abort', resolve))
    await task.checkpoint()
  })
  const failed = work.catch((error: unknown) => error)
  await until(async () => (await one('unwanted')).results === 1, 'a row is there')
  await ptrack.cancel('unwanted')
  expect(await failed).toBeInstanceOf(TaskCancelled)
  expect(await one('unwanted')).toMatchObject({ status: 'cancelled', results: 1 })
  expect((await allOf(ptrack.results('unwanted'))).map(({ row }) => row)).toEqual(['partial'])
})

test('inside a job: it speaks for the run, steps are nested, pause waits for its checkpoint, the exit code is the outcome', async () => {
  const body = `const task = track({ metadata: { model: 'm1' } })
    for (let n = 0; n < 200; n++) {
      await task.checkpoint()
      task.update({ current: n + 1, total: 200, unit: 'cases' })
      await task.result({ n })
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    await task.step('tidy up', (step) => step.step('files', () => {}))
    process.exitCode = 5`
  await ptrack.start({ name: 'inside', kind: 'job', command: node(body) }, { noWait: true })
  await until(async () => (await one('inside')).results > 3, 'rows come')
  await ptrack.pause('inside')
  await until(async () => (await one('inside')).status === 'paused', 'it is paused')
  await t.killDaemon()
  await until(async () => (await one('inside')).status === 'paused', 'it is paused for the next daemon too')
  await ptrack.resume('inside')
  await ptrack.wait('inside', { timeoutMs: 30_000 })
  const detail = await one('inside')
  expect(detail).toMatchObject({ kind: 'job', status: 'failed', exitCode: 5, results: 200, metadata: { model: 'm1' }, run: 1 })
  expect(detail.progress).toMatchObject({ percent: 100, current: 200, total: 200, unit: 'cases' })
  expect(detail.steps).toMatchObject([{ name: 'tidy up', status: 'done', steps: [{ name: 'files', status: 'done' }] }])
  expect((await allOf(ptrack.results('inside'))).map(numberOf)).toEqual(upTo(200))
})

test('several watchers see every row once; a slow one and one that leaves harm nobody', async () => {
  const count = 2000
  const watch = async (pauseMs: number, until = count): Promise<number[]> => {
    const seen: number[] = []
    for await (const row of ptrack.results('watched')) {
      seen.push(numberOf(row))
      if (seen.length === until) break
      if (pauseMs && seen.length % 200 === 0) await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
    return seen
  }
  const watchers = await track({ name: 'watched', home: t.home }, async (task) => {
    await task.ready
    const started = [watch(0), watch(0), watch(30), watch(0, 10)]
    await Promise.all(upTo(count).map((n) => task.result({ n })))
    return started
  })
  const [first, second, slow, left] = await Promise.all(watchers)
  for (const seen of [first, second, slow]) expect(seen).toEqual(upTo(count))
  expect(left).toEqual(upTo(10))
})

test('listeners hear what a later request brings about, loops replay, and views are the present ones', async () => {
  const heard: string[] = []
  const off = ptrack.on('completed', (event) => heard.push(`${event.process} ${event.status}`))
  const views: string[][] = []
  const unwatch = ptrack.watch((all) => views.push(all.filter(({ name }) => name === 'quick').map(({ status }) => status)))
  await ptrack.start({ name: 'quick', kind: 'job', command: ['true'] })
  await ptrack.wait('quick')
  await until(() => heard.includes('quick done'), 'the listener was told')
  await until(() => views.at(-1)?.[0] === 'done', 'the watcher was told')
  off()
  unwatch()
  const types: FeedEvent['type'][] = []
  for await (const event of ptrack.events({ since: 0, targets: ['quick'] })) {
    types.push(event.type)
    if (event.type === 'completed') break
  }
  expect(types[0]).toBe('connected')
  expect(types).toContain('processStarted')
})

test('after the daemon was replaced a loop over events goes on, and says that there is a gap', async () => {
  const types: string[] = []
  const loop = (async () => {
    for await (const event of ptrack.events()) {
      types.push(event.type)
      if (event.type === 'connected' && types.length === 1) void t.killDaemon()
      if (types.includes('gap') && event.type === 'completed') return
    }
  })()
  await until(() => types.includes('gap'), 'the gap is told')
  await ptrack.start({ name: 'later', kind: 'job', command: ['true'] })
  await loop
  expect(types.slice(0, 2)).toEqual(['connected', 'disconnected'])
})
