/** What is news to whom: folded by process, new or seen, and marks that only go on. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Mishap, marked, NEWS_MS, News, newsTime, readerOf } from '../../src/core/news.ts'
import { runs } from '../support/effort.ts'

const DAY_MS = 86_400_000
const NOW_MS = Date.parse('2030-01-08T00:00:00Z')

const mishap = (id: string, atMs: number, more: Partial<Mishap> = {}): Mishap => ({
  id,
  name: `shop/${id}`,
  what: 'failed',
  run: 1,
  reason: 'exit code 3',
  atMs,
  ...more,
})

test.each([
  ['who has never looked: the last day is new', undefined, NOW_MS - DAY_MS, NOW_MS - DAY_MS],
  ['an hour ago: the day before is shown as seen', NOW_MS - 3_600_000, NOW_MS - 3_600_000, NOW_MS - DAY_MS],
  ['two days ago', NOW_MS - 2 * DAY_MS, NOW_MS - 2 * DAY_MS, NOW_MS - 2 * DAY_MS],
  ['a month ago: a week', NOW_MS - 30 * DAY_MS, NOW_MS - NEWS_MS, NOW_MS - NEWS_MS],
  ['a mark of a clock that was set back since hides nothing', NOW_MS + DAY_MS, NOW_MS - DAY_MS, NOW_MS - DAY_MS],
])('%s', (_what, markMs, seenMs, sinceMs) => {
  expect(newsTime(markMs, NOW_MS)).toEqual({ seenMs, sinceMs })
})

describe('what went wrong', () => {
  test('of what happened again and again the last time and how often; new and seen stand apart', () => {
    const news = new News(100)
    for (const [atMs, run] of [
      [150, 4],
      [50, 1],
      [160, 5],
      [100, 2],
    ] as const)
      news.add(mishap('a', atMs, { run }))
    news.add(mishap('b', 155, { what: 'unhealthy', reason: 'GET / answered 503' }))
    expect(news.fresh).toBe(2)
    expect(news.entries(10).map(({ name, run, count, isNew, what }) => [name, run, count, isNew, what])).toEqual([
      ['a', 5, 2, true, 'failed'],
      ['b', 1, 1, true, 'unhealthy'],
      ['a', 2, 2, false, 'failed'],
    ])
    expect(news.entries(1)).toMatchObject([{ fullName: 'shop/a', project: 'shop', at: '1970-01-01T00:00:00.160Z' }])
  })

  test('in whatever order it comes, nothing is lost and nothing counted twice', () => {
    const one = fc.record({ id: fc.constantFrom('a', 'b', 'c'), atMs: fc.integer({ min: 1, max: 50 }) })
    fc.assert(
      fc.property(fc.array(one, { maxLength: 40 }), fc.integer({ min: 0, max: 51 }), (all, seenMs) => {
        const news = new News(seenMs)
        for (const { id, atMs } of all) news.add(mishap(id, atMs))
        const entries = news.entries(100)
        expect(entries.reduce((sum, { count }) => sum + count, 0)).toBe(all.length)
        expect(entries.map(({ at }) => Date.parse(at))).toEqual(entries.map(({ at }) => Date.parse(at)).sort((a, b) => b - a))
        expect(news.fresh).toBe(new Set(all.filter(({ atMs }) => atMs > seenMs).map(({ id }) => id)).size)
        for (const { at, isNew } of entries) expect(Date.parse(at) > seenMs).toBe(isNew)
      }),
      { numRuns: runs(300) },
    )
  })
})

describe('marks', () => {
  const reader = readerOf({ user: 'ann', role: 'admin' })
  const mark = (marks: Record<string, number>, untilMs: number, nowMs = 1000) => marked(marks, { reader, untilMs, nowMs }, 3)

  test('only go on, never beyond now, and past one from before the clock was set back', () => {
    expect(mark({}, 5)).toEqual({ 'admin ann': 5 })
    expect(mark({ 'admin ann': 9 }, 5)).toEqual({ 'admin ann': 9 })
    expect(mark({}, 5000)).toEqual({ 'admin ann': 1000 })
    expect(mark({ 'admin ann': 5000 }, 7)).toEqual({ 'admin ann': 7 })
  })

  test('are of a user in a role, and as many as are kept; the oldest goes', () => {
    expect(readerOf({ user: 'ann', role: 'viewer' })).not.toBe(reader)
    expect(mark({ a: 1, b: 3, c: 2 }, 5)).toEqual({ b: 3, c: 2, 'admin ann': 5 })
  })
})
