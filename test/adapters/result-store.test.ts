/** results/ID.jsonl on the real disk. */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createResultStore } from '../../src/adapters/results/result-store.ts'
import type { ResultStore } from '../../src/core/world-jobs.ts'
import { limits } from '../../src/protocol/limits.ts'
import { runs } from '../support/effort.ts'
import { realClock, recordingLog } from './support/logs.ts'

let dir: string
let open: ResultStore[] = []
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ptrack-results-'))
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((store) => store.close()))
  rmSync(dir, { recursive: true, force: true })
})

const store = (): ResultStore => {
  const made = createResultStore({ dir, clock: realClock, log: recordingLog() })
  open.push(made)
  return made
}
const file = (id = 'p'): string => join(dir, `${id}.jsonl`)
const at = '2026-01-01T00:00:00.000Z'
const all = { maxRows: 1_000_000, maxBytes: 1 << 30 }
const append = async (results: ResultStore, row: unknown, next: number | null = null, run = 1): Promise<number | null> =>
  (await results.append('p', { at, run, row, origin: next === null ? null : { stream: 'out', next } })).index
const appendKeyed = (results: ResultStore, row: unknown, key: string, run = 1) =>
  results.append('p', { at, run, row, origin: { key } })
const rowsOf = async (results: ResultStore, from = 1): Promise<unknown[]> =>
  (await results.read('p', from, all)).rows.map(({ index, row }) => [index, row])

describe('rows', () => {
  test('are numbered from 1 in the order they came, and are there for the next daemon', async () => {
    const first = store()
    expect(await Promise.all(['a', { b: [null] }, null, 0].map((row) => append(first, row)))).toEqual([1, 2, 3, 4])
    const expected = [
      [1, 'a'],
      [2, { b: [null] }],
      [3, null],
      [4, 0],
    ]
    expect(await rowsOf(first)).toEqual(expected)
    // Not closed: killed.
    const second = store()
    expect(await rowsOf(second)).toEqual(expected)
    expect(await append(second, 'c')).toBe(5)
    expect(await rowsOf(second, 4)).toEqual([
      [4, 0],
      [5, 'c'],
    ])
    expect(readFileSync(file(), 'utf8').split('\n')[0]).toBe(`{"index":1,"at":"${at}","run":1,"row":"a"}`)
    expect(statSync(file()).mode & 0o777).toBe(0o600)
  })

  test('pages hold no more than was asked for, but one row at least', async () => {
    const results = store()
    await Promise.all(Array.from({ length: 2500 }, (_, n) => append(results, { n, pad: 'x'.repeat(100) })))
    expect(await results.read('p', 2400, { maxRows: 30, maxBytes: 1 << 20 })).toMatchObject({ next: 2430, more: true })
    expect((await results.read('p', 2400, { maxRows: 1000, maxBytes: 1000 })).rows).toHaveLength(5)
    expect(await results.read('p', 7, { maxRows: 10, maxBytes: 1 })).toMatchObject({ rows: [{ index: 7 }], next: 8, more: true })
    expect(await results.read('p', 2500, { maxRows: 10, maxBytes: 1000 })).toMatchObject({
      rows: [{ index: 2500 }],
      next: 2501,
      more: false,
    })
    expect(await results.read('p', 2501, { maxRows: 10, maxBytes: 1000 })).toMatchObject({ rows: [], next: 2501, more: false })
    expect(await results.look('p')).toMatchObject({ rows: 2500, notices: [] })
  })

  test('of one run only', async () => {
    const results = store()
    await append(results, 'a', null, 1)
    await append(results, 'b', null, 2)
    await append(results, 'c', null, 2)
    const page = await results.read('p', 1, { ...all, run: 2 })
    expect(page).toMatchObject({ rows: [{ index: 2 }, { index: 3 }], next: 4, more: false })
    expect(await results.read('p', 1, { ...all, run: 3 })).toMatchObject({ rows: [], next: 4, more: false })
  })

  test('of the last attempt only, whatever came since somebody asked', async () => {
    const results = store()
    const add = (run: number, attempt: number, row: string) => results.append('p', { at, run, attempt, row, origin: null })
    const last = async (from = 1, bounds = all) =>
      (await results.read('p', from, { ...bounds, attempts: 'last' })).rows.map(({ run, attempt, row }) => [run, attempt, row])
    for (const row of ['a', 'b']) await add(1, 1, row)
    expect(await last()).toEqual([
      [1, 1, 'a'],
      [1, 1, 'b'],
    ])
    for (const row of ['c', 'd']) await add(2, 2, row)
    await add(3, 1, 'e')
    const expected = [
      [2, 2, 'c'],
      [2, 2, 'd'],
      [3, 1, 'e'],
    ]
    expect(await last()).toEqual(expected)
    expect(await results.read('p', 1, { maxRows: 2, maxBytes: 1000, attempts: 'last' })).toMatchObject({ next: 5, more: true })
    expect(await last(5)).toEqual(expected.slice(2))
    expect((await results.read('p', 1, { ...all, run: 1, attempts: 'last' })).rows).toEqual([])
    expect((await store().read('p', 1, all)).rows.map(({ attempt }) => attempt)).toEqual([1, 1, 2, 2, 1])
  })

  test('from before attempts were kept are read, and are of the last attempt', async () => {
    writeFileSync(file(), `{"index":1,"at":"${at}","run":1,"row":"old"}\n`)
    const results = store()
    await results.append('p', { at, run: 2, attempt: 2, row: 'new', origin: { stream: 'out', next: 7 } })
    const rows = [
      { index: 1, at, run: 1, attempt: null, row: 'old' },
      { index: 2, at, run: 2, attempt: 2, row: 'new' },
    ]
    for (const attempts of ['all', 'last'] as const) expect((await results.read('p', 1, { ...all, attempts })).rows).toEqual(rows)
    expect(readFileSync(file(), 'utf8').split('\n')[1]).toBe(
      `{"index":2,"at":"${at}","run":2,"attempt":2,"src":["out",7],"row":"new"}`,
    )
  })

  test('from a place in the log that was taken are not taken again; a later run may begin at 0', async () => {
    const first = store()
    await append(first, 'a', 10)
    await append(first, 'b', 20)
    const second = store()
    expect(await append(second, 'b', 20)).toBeNull()
    expect(await append(second, 'c', 30)).toBe(3)
    expect(await append(second, 'of a person', null)).toBe(4)
    expect(await append(second, 'c', 30)).toBeNull()
    expect(await append(second, 'a', 10, 2)).toBe(5)
    expect((await second.look('p')).scanned).toEqual({ out: 10, err: 0 })
  })

  test('with a key that the run has used are not stored again: the index they have is told, also by the next daemon', async () => {
    const first = store()
    // Both wait for the same write.
    expect(await Promise.all(['a', 'b', 'a'].map((key) => appendKeyed(first, key, key)))).toEqual([
      { index: 1, again: false },
      { index: 2, again: false },
      { index: 1, again: true },
    ])
    expect(await appendKeyed(first, 'b', 'b')).toEqual({ index: 2, again: true })
    const second = store()
    expect(await appendKeyed(second, 'b', 'b')).toEqual({ index: 2, again: true })
    expect(await append(second, 'b')).toBe(3)
    expect(await appendKeyed(second, 'b', 'b', 2)).toEqual({ index: 4, again: false })
    expect(await rowsOf(second)).toEqual([
      [1, 'a'],
      [2, 'b'],
      [3, 'b'],
      [4, 'b'],
    ])
    expect(readFileSync(file(), 'utf8').split('\n')[0]).toBe(`{"index":1,"at":"${at}","run":1,"key":"a","row":"a"}`)
  })

  test('of a run have the last keys remembered, as many as the limit says', async () => {
    const results = store()
    const keys = Array.from({ length: limits.resultKeys + 1 }, (_, n) => `k${n}`)
    await Promise.all(keys.map((key) => appendKeyed(results, 1, key)))
    for (const each of [results, store()]) expect(await appendKeyed(each, 1, 'k1')).toEqual({ index: 2, again: true })
    expect(await appendKeyed(results, 1, 'k0')).toEqual({ index: keys.length + 1, again: false })
  })

  test('nothing is made for a process without any, and removal removes', async () => {
    const results = store()
    expect(await results.look('q')).toMatchObject({ rows: 0 })
    expect(existsSync(file('q'))).toBe(false)
    await append(results, 1)
    await results.remove('p')
    expect(existsSync(file())).toBe(false)
    expect(await results.look('p')).toMatchObject({ rows: 0 })
    await results.remove('q')
  })

  test('sync tells whether there is anything to make sure of', async () => {
    const results = store()
    expect(results.sync('p')).toBeNull()
    await append(results, 1)
    await results.sync('p')
    expect(results.sync('p')).toBeNull()
  })
})

describe('a damaged file', () => {
  test('cut anywhere: every whole row is there, and appends go on behind them', async () => {
    const made = store()
    await Promise.all(Array.from({ length: 20 }, (_, n) => append(made, { n })))
    await made.close()
    open = []
    const whole = readFileSync(file())
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: whole.length }), async (cut) => {
        writeFileSync(file(), whole.subarray(0, cut))
        const lines = whole.subarray(0, cut).toString('utf8').split('\n')
        const kept = lines.length - 1
        const results = createResultStore({ dir, clock: realClock, log: recordingLog() })
        const seen = await results.look('p')
        expect(seen.rows).toBe(kept)
        expect(seen.notices).toHaveLength(lines.at(-1) === '' ? 0 : 1)
        expect(await append(results, 'more')).toBe(kept + 1)
        expect(await rowsOf(results)).toEqual([...Array.from({ length: kept }, (_, n) => [n + 1, { n }]), [kept + 1, 'more']])
        await results.close()
      }),
      { numRuns: runs(40) },
    )
  })

  test('rubbish between rows is left out, counted, and costs no good row', async () => {
    const good = (index: number): string => `${JSON.stringify({ index, at, run: 1, row: index })}\n`
    const rubbish = ['not json\n', '{"index":3}\n', '\n', `${'x'.repeat(2_000_000)}\n`, '[]\n', '\u0000\u0000\n', good(1)]
    writeFileSync(file(), good(1) + good(2) + rubbish.join('') + good(3) + good(7))
    const results = store()
    expect(await rowsOf(results)).toEqual([1, 2, 3, 7].map((index) => [index, index]))
    const { rows, notices } = await results.look('p')
    expect(rows).toBe(7)
    expect(notices).toEqual([expect.stringContaining('7 lines are no readable results')])
    expect(await append(results, 'more')).toBe(8)
    expect(await rowsOf(results, 4)).toEqual([
      [7, 7],
      [8, 'more'],
    ])
  })

  test('cut or removed under a running daemon: no hole, and no index is given twice', async () => {
    const results = store()
    for (let n = 1; n <= 10; n++) await append(results, n)
    const lengths = readFileSync(file(), 'utf8')
      .split('\n')
      .map((line) => line.length + 1)
    truncateSync(file(), lengths[0]! + lengths[1]! + 5)
    expect(await append(results, 'after the cut')).toBe(11)
    expect(await rowsOf(results)).toEqual([
      [1, 1],
      [2, 2],
      [11, 'after the cut'],
    ])
    rmSync(file())
    expect(await append(results, 'after the removal')).toBe(12)
    expect(await rowsOf(results)).toEqual([[12, 'after the removal']])
    appendFileSync(file(), 'half a row')
    expect(await append(results, 'after half a row')).toBe(13)
    expect(readFileSync(file(), 'utf8')).not.toContain('half a row"index')
    expect(await rowsOf(results)).toEqual([
      [12, 'after the removal'],
      [13, 'after half a row'],
    ])
  })

  test('a directory that is gone is told, the rows behind it too, and it goes on when it is back', async () => {
    const results = store()
    rmSync(dir, { recursive: true })
    const outcomes = await Promise.allSettled([append(results, 1), append(results, 2)])
    expect(outcomes).toMatchObject([
      { status: 'rejected', reason: { code: 'STATE_WRITE_FAILED', message: expect.stringContaining('cannot save results') } },
      { status: 'rejected', reason: { code: 'STATE_WRITE_FAILED' } },
    ])
    await new Promise((resolve) => setImmediate(resolve))
    mkdirSync(dir)
    expect(await append(results, 1)).toBe(1)
  })
})

test('60,000 rows, appended while two read: bounded memory, nothing lost or doubled', async () => {
  const results = store()
  const total = 60_000
  const pad = 'x'.repeat(200)
  const writer = async (): Promise<void> => {
    for (let n = 0; n < total; n += 1000) {
      await Promise.all(Array.from({ length: 1000 }, (_, i) => append(results, { n: n + i, pad })))
    }
  }
  const reader = async (): Promise<number> => {
    let next = 1
    while (next <= total) {
      const page = await results.read('p', next, { maxRows: 1000, maxBytes: 1 << 20 })
      for (const { index, row } of page.rows) {
        if (index !== next || (row as { n: number }).n !== index - 1) throw new Error(`row ${next} reads ${index}`)
        next++
      }
      if (page.rows.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    }
    return next - 1
  }
  const before = process.memoryUsage().arrayBuffers
  const [, one, two] = await Promise.all([writer(), reader(), reader()])
  expect([one, two]).toEqual([total, total])
  // The file is five times as large.
  expect(statSync(file()).size).toBeGreaterThan(15e6)
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64e6)
})
