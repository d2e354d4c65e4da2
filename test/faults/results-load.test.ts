/** As many bytes of results as a minute of a thousand a second has, sent as fast as the daemon takes them, by both ways in. */
import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Client } from '../../src/client/client.ts'
import { connect as connectClient } from '../../src/client/connect.ts'
import { connect, type Ptrack, type ResultRow, track } from '../../src/lib/index.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { load } from '../support/effort.ts'
import { clientOf, define, reachesAll, viewOf } from '../support/jobs.ts'
import { peakBytesOf } from '../support/proc.ts'

const COUNT = load(20_000, 5000)
/** Below what an event includes of a row. */
const PAD = 1800
/** Beside what an idle daemon needs. The rows and their events are more than that, where CI runs twice. */
const BOUND_BYTES = 160e6

let t: TestHome
let client: Client
let ptrack: Ptrack
beforeEach(async () => {
  t = await testHome()
  client = await clientOf(t)
  ptrack = await connect({ home: t.home })
})
afterEach(async () => {
  ptrack.close()
  client.close()
  await t.close()
})

/** Follows to the end; `restMs` after every thousand rows. Says where a row is missing, doubled or out of place. */
async function watch(name: string, restMs: number): Promise<number> {
  let count = 0
  for await (const { index, row } of ptrack.results(name) as AsyncIterable<ResultRow & { row: { n: number } }>) {
    if (row.n !== count || index !== count + 1) throw new Error(`row ${count} is ${row.n} with index ${index}`)
    count++
    if (restMs > 0 && count % 1000 === 0) await new Promise((resolve) => setTimeout(resolve, restMs))
  }
  return count
}

/** Subscribes to everything and reads nothing: its socket is full after a moment. */
async function deaf(): Promise<Client> {
  const listener = await connectClient({ home: t.home })
  await listener.request('subscribe', {})
  listener.pause()
  return listener
}

test('by the library: a fast and a slow watcher get every row once and in order, and the daemon stays small', async () => {
  const { pid } = t.daemon()!
  const idle = peakBytesOf(pid)
  const listener = await deaf()
  const pad = 'x'.repeat(PAD)
  const watchers = await track({ name: 'load', home: t.home }, async (task) => {
    await task.ready
    const watching = [watch('load', 0), watch('load', 100)]
    for (let n = 0; n < COUNT; n += 1000)
      await Promise.all(Array.from({ length: 1000 }, (_, k) => task.result({ n: n + k, pad })))
    return watching
  })
  expect(await Promise.all(watchers)).toEqual([COUNT, COUNT])
  expect(await viewOf(client, 'load')).toMatchObject({ status: 'done', results: COUNT })
  expect(peakBytesOf(pid) - idle).toBeLessThan(BOUND_BYTES)
  listener.close()
})

test('by lines on stdout: the same', async () => {
  const { pid } = t.daemon()!
  const idle = peakBytesOf(pid)
  const listener = await deaf()
  await define(t, client, {
    name: 'lines',
    command: [process.execPath, program('tells-results.mjs'), String(COUNT), '0', String(PAD)],
  })
  expect(await Promise.all([watch('lines', 0), watch('lines', 100)])).toEqual([COUNT, COUNT])
  await reachesAll(t, client, { lines: 'done' })
  expect(await viewOf(client, 'lines')).toMatchObject({ results: COUNT, progress: { percent: 100, current: COUNT } })
  expect(peakBytesOf(pid) - idle).toBeLessThan(BOUND_BYTES)
  expect(readFileSync(`${t.home}/daemon.log`, 'utf8')).not.toMatch(/were dropped before they could be scanned/)
  listener.close()
})
