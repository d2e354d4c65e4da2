import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { createClock } from '../../src/adapters/clock.ts'
import { createHistoryStore } from '../../src/adapters/history-store.ts'
import type { DaemonLog } from '../../src/core/world.ts'
import type { HistoryRow } from '../../src/protocol/history.ts'
import { runs } from '../support/effort.ts'

const made: string[] = []
afterEach(() => {
  for (const dir of made.splice(0)) rmSync(dir, { recursive: true, force: true })
})

function kit(keptRows?: number) {
  const base = mkdtempSync(join(tmpdir(), 'ptrack-history-'))
  made.push(base)
  const dir = join(base, 'history')
  const said: string[] = []
  const say = (_: string, message: string): void => void said.push(message)
  const log: DaemonLog = { debug: say, info: say, warn: say, error: say }
  const open = () => createHistoryStore({ dir, clock: createClock(), log, keptRows })
  return { base, dir, said, open, store: open(), files: () => readdirSync(dir).sort() }
}

const at = (n: number, from = '2026-11-22T12:00:00.000Z'): string => new Date(Date.parse(from) + n * 1000).toISOString()

function row(n: number, changes: Partial<HistoryRow> = {}): HistoryRow {
  return {
    id: `id${n}`,
    name: `job-${n}`,
    kind: 'job',
    type: 'job',
    owner: 'sam',
    tags: [],
    run: n,
    runId: `r${n}`,
    outcome: 'done',
    reason: null,
    exitCode: 0,
    signal: null,
    startedAt: at(n - 1),
    endedAt: at(n),
    durationMs: 1000,
    attempt: 1,
    results: 0,
    ...changes,
  }
}

type Store = ReturnType<typeof createHistoryStore>
async function runsOf(store: Store, options: Parameters<Store['scan']>[0] = {}, most = Number.POSITIVE_INFINITY) {
  const runs: number[] = []
  let cursor: string | undefined
  const { unreadable } = await store.scan(options, (each, mark) => {
    runs.push(each.run)
    cursor = mark
    return runs.length < most
  })
  return { runs, cursor, unreadable }
}

test('a row that comes while others are written is written after them', async () => {
  const { store } = kit()
  store.append(row(1))
  const written = store.flush()
  store.append(row(2))
  await written
  const found: number[] = []
  await store.scan({}, ({ run }) => {
    found.push(run)
    return true
  })
  expect(found).toEqual([2, 1])
  await store.close()
})

describe('rows', () => {
  test('come back newest first, over months, as they were', async () => {
    const { store, files, open } = kit()
    const rows = [
      row(1, { endedAt: '2026-09-30T23:59:59.999Z' }),
      row(2, { endedAt: '2026-10-01T00:00:00.000Z', name: 'ünï "quoted"\n', reason: null }),
      row(3),
    ]
    for (const each of rows) store.append(each)
    await store.close()
    expect(files()).toEqual(['2026-09.jsonl', '2026-10.jsonl', '2026-11.jsonl'])
    const back: HistoryRow[] = []
    await open().scan({}, (each) => back.push(each) > 0)
    expect(back).toEqual(rows.toReversed())
  })

  test('that are not written yet are seen, and are on disk after a flush', async () => {
    const { store, open } = kit()
    store.append(row(1))
    expect((await runsOf(store)).runs).toEqual([1])
    store.append(row(2))
    await store.flush()
    expect((await runsOf(open())).runs).toEqual([2, 1])
    await store.close()
  })

  test('a page goes on where the one before ended, whatever is added meanwhile', async () => {
    const { store } = kit()
    for (let n = 1; n <= 25; n++)
      store.append(row(n, n <= 10 ? { endedAt: `2026-10-15T00:00:${String(n).padStart(2, '0')}.000Z` } : {}))
    const pages: number[] = []
    let cursor: string | undefined
    for (let added = 100; pages.length < 25; added++) {
      const page = await runsOf(store, { cursor }, 4)
      pages.push(...page.runs)
      cursor = page.cursor
      store.append(row(added))
    }
    expect(pages).toEqual(Array.from({ length: 25 }, (_, n) => 25 - n))
    expect((await runsOf(store, { cursor })).runs).toEqual([])
    await store.close()
  })

  test('older than asked for are left out, and their files are not opened', async () => {
    const { store, dir } = kit()
    for (let n = 1; n <= 5; n++) store.append(row(n))
    await store.flush()
    // Reading it would fail: it is a directory.
    mkdirSync(join(dir, '2026-01.jsonl'))
    expect((await runsOf(store, { sinceMs: Date.parse(at(4)) })).runs).toEqual([5, 4])
    await expect(runsOf(store)).rejects.toThrow(/^cannot read the history: /)
    await store.close()
  })

  test('any lengths: lines over block borders come back whole and in order', async () => {
    const lengths = fc.array(fc.oneof(fc.nat(50), fc.nat(300_000)), { minLength: 1, maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(lengths, async (some) => {
        const { store } = kit()
        for (const [n, length] of some.entries()) store.append(row(n, { reason: 'ä'.repeat(length / 2) }))
        const found: [number, number][] = []
        await store.scan({}, (each) => found.push([each.run, each.reason!.length]) > 0)
        expect(found).toEqual(some.map((length, n) => [n, Math.floor(length / 2)]).toReversed())
        await store.close()
      }),
      { numRuns: runs(15) },
    )
  })
})

describe('damage', () => {
  test('a torn end and rubbish are counted and passed over, and what comes after stands on a line of its own', async () => {
    const { store, dir, open } = kit()
    for (let n = 1; n <= 3; n++) store.append(row(n))
    await store.close()
    const file = join(dir, '2026-11.jsonl')
    truncateSync(file, readFileSync(file).length - 10)
    const next = open()
    next.append(row(4))
    expect(await runsOf(next)).toMatchObject({ runs: [4, 2, 1], unreadable: 1 })
    await next.flush()
    appendFileSync(file, `\n\n{"id":1}\nnull\n[]\n${'x'.repeat(3_000_000)}\n\0\0\0\n`)
    next.append(row(5))
    expect(await runsOf(next)).toMatchObject({ runs: [5, 4, 2, 1], unreadable: 6 })
    await next.close()
  })

  test('other files are none of its business, and no history is an empty one', async () => {
    const { store, dir } = kit()
    expect(await runsOf(store)).toMatchObject({ runs: [], unreadable: 0 })
    mkdirSync(dir)
    writeFileSync(join(dir, 'notes.txt'), 'mine')
    expect((await runsOf(store, { cursor: 'nonsense' })).runs).toEqual([])
    await store.close()
  })

  test('while the disk refuses, rows wait in memory up to a bound; then all that is left is written once', async () => {
    const { store, dir, said, open } = kit(10)
    // A file where the directory should be: mkdir and open fail, whoever runs this.
    writeFileSync(dir, '')
    for (let n = 1; n <= 15; n++) store.append(row(n))
    expect((await runsOf(store).catch((error: Error) => error)) instanceof Error).toBe(true)
    expect(said.filter((line) => line.startsWith('cannot write the history'))).toHaveLength(1)
    expect(said.some((line) => line.startsWith('more than 10 rows of history wait'))).toBe(true)
    rmSync(dir)
    await store.flush()
    const { runs } = await runsOf(store)
    expect(runs[0]).toBe(15)
    expect(runs.length).toBeGreaterThanOrEqual(9)
    expect(new Set(runs).size).toBe(runs.length)
    expect(said.at(-1)).toMatch(/^the history is written again; \d+ rows were lost$/)
    await store.close()
    expect((await runsOf(open())).runs).toEqual(runs)
  })
})

describe('doubles', () => {
  const line = (each: HistoryRow): string => `${JSON.stringify(each)}\n`
  const lines = (dir: string, file: string): string[] => readFileSync(join(dir, file), 'utf8').split('\n').slice(0, -1)

  test('are taken out when the month is read, the original is kept, and what is no row stays as it is', async () => {
    const { dir, said, open, files } = kit()
    mkdirSync(dir)
    const text = `${line(row(1))}rubbish\n${line(row(2, { results: 1 }))}${line(row(1))}${line(row(2, { results: 3, endedAt: at(9) }))}${line(row(3))}`
    writeFileSync(join(dir, '2026-11.jsonl'), text)
    const store = open()
    expect(await runsOf(store)).toMatchObject({ runs: [3, 2, 1], unreadable: 1 })
    expect(lines(dir, '2026-11.jsonl')).toEqual([
      JSON.stringify(row(1)),
      'rubbish',
      JSON.stringify(row(2, { results: 3 })),
      JSON.stringify(row(3)),
    ])
    const [, aside] = files()
    expect(aside).toMatch(/^2026-11\.jsonl\.old-2\d{3}-/)
    expect(readFileSync(join(dir, aside!), 'utf8')).toBe(text)
    expect(said).toEqual([`2026-11.jsonl had 2 rows twice: repaired, and kept as ${aside}`])
    store.append(row(4))
    expect((await runsOf(store)).runs).toEqual([4, 3, 2, 1])
    await store.close()
    expect((await runsOf(open())).runs).toEqual([4, 3, 2, 1])
    expect(files().length).toBe(2)
  })

  test('over the end of a month are doubles too', async () => {
    const { dir, open } = kit()
    mkdirSync(dir)
    writeFileSync(join(dir, '2026-10.jsonl'), line(row(1, { endedAt: '2026-10-31T23:59:59.900Z' })))
    writeFileSync(join(dir, '2026-11.jsonl'), line(row(1, { endedAt: '2026-11-01T00:00:01.000Z' })) + line(row(2)))
    expect((await runsOf(open())).runs).toEqual([2, 1])
  })

  test('on a disk that refuses are passed over, and taken out once it can be written', async () => {
    const { dir, said, open, files } = kit()
    mkdirSync(dir)
    writeFileSync(join(dir, '2026-11.jsonl'), line(row(1)) + line(row(1)) + line(row(2)))
    // Nothing can be written beside it.
    mkdirSync(join(dir, '.2026-11.jsonl.tmp'))
    const store = open()
    expect((await runsOf(store)).runs).toEqual([2, 1])
    expect((await runsOf(store)).runs).toEqual([2, 1])
    expect(said).toEqual([expect.stringMatching(/^cannot take doubles out of 2026-11\.jsonl yet: /)])
    rmdirSync(join(dir, '.2026-11.jsonl.tmp'))
    expect((await runsOf(store)).runs).toEqual([2, 1])
    expect([lines(dir, '2026-11.jsonl').length, files().length]).toEqual([2, 2])
  })

  test('what a kill left of a repair is removed', async () => {
    const { dir, open, files } = kit()
    mkdirSync(dir)
    writeFileSync(join(dir, '2026-11.jsonl'), line(row(1)))
    writeFileSync(join(dir, '.2026-11.jsonl.tmp'), 'half')
    await runsOf(open())
    expect(files()).toEqual(['2026-11.jsonl'])
  })

  test('any rows in any order: each run once, and nothing else changed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(12), { maxLength: 60 }), async (numbers) => {
        const { dir, open } = kit()
        mkdirSync(dir)
        writeFileSync(join(dir, '2026-11.jsonl'), numbers.map((n) => line(row(n))).join(''))
        const { runs } = await runsOf(open())
        expect(runs.toReversed()).toEqual([...new Set(numbers)])
      }),
      { numRuns: runs(50) },
    )
  })
})

describe('rows that were kept long enough', () => {
  test('go by the time of their end, and a month without rows goes whole', async () => {
    const { store, files } = kit()
    for (const each of [row(1, { endedAt: '2026-09-30T10:00:00.000Z' }), row(2, { results: 1 }), row(3, { results: 1 }), row(4)])
      store.append(each)
    expect(await store.before(Date.parse(at(3)))).toEqual({
      oldestMs: Date.parse('2026-09-30T10:00:00.000Z'),
      withResults: new Set(['id2']),
    })
    expect(await store.removeBefore(Date.parse(at(3)))).toBe(2)
    store.append(row(5))
    expect((await runsOf(store)).runs).toEqual([5, 4, 3])
    expect(files()).toEqual(['2026-11.jsonl'])
    expect(await store.removeBefore(Number.NEGATIVE_INFINITY)).toBe(0)
    await store.close()
  })
})
