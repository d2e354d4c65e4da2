import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HistoryStats, statsLimits } from '../../src/core/history-stats.ts'
import { nearestRank, Sample } from '../../src/core/sample.ts'
import type { HistoryRow } from '../../src/protocol/history.ts'
import { ENDED_STATUSES } from '../../src/protocol/names.ts'

const NOW = Date.parse('2026-11-22T12:00:00Z')
const DAY = 86_400_000

function row(changes: Partial<HistoryRow> = {}): HistoryRow {
  return {
    id: 'a1',
    name: 'nightly',
    kind: 'job',
    type: 'benchmark',
    owner: 'sam',
    tags: [],
    run: 1,
    runId: 'r1',
    outcome: 'done',
    reason: null,
    exitCode: 0,
    signal: null,
    startedAt: new Date(NOW - 1000).toISOString(),
    endedAt: new Date(NOW).toISOString(),
    durationMs: 1000,
    attempt: 1,
    results: 0,
    ...changes,
  }
}

const statsOf = (rows: readonly HistoryRow[], sinceMs: number | null = null) => {
  const stats = new HistoryStats(sinceMs, NOW)
  for (const each of rows) stats.add(each)
  return stats.view()
}

describe('nearest rank', () => {
  test.each([
    [[], 0.5, null],
    [[7], 0.5, 7],
    [[7], 0.95, 7],
    [[1, 2], 0.5, 1],
    [[1, 2, 3], 0.5, 2],
    [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.95, 10],
    [Array.from({ length: 100 }, (_, i) => i + 1), 0.95, 95],
  ])('of %j at %d is %j', (sorted, share, expected) => {
    expect(nearestRank(sorted, share)).toBe(expected)
  })

  test('a sample within its capacity is exact, in whatever order values come', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1e9), { maxLength: 200 }), fc.double({ min: 0.01, max: 1, noNaN: true }), (values, share) => {
        const sample = new Sample(200)
        for (const value of values) sample.add(value)
        expect(sample.exact).toBe(true)
        expect(sample.quantiles([share])).toEqual([
          nearestRank(
            [...values].sort((a, b) => a - b),
            share,
          ),
        ])
      }),
    )
  })

  test('a sample beyond its capacity stays near the truth', () => {
    const sample = new Sample(1000)
    for (let n = 0; n < 100_000; n++) sample.add(n)
    expect(sample.exact).toBe(false)
    const [p50, p95] = sample.quantiles([0.5, 0.95])
    expect(p50! / 1000).toBeCloseTo(50, -1)
    expect(p95! / 1000).toBeGreaterThan(92)
    expect(p95! / 1000).toBeLessThan(98)
  })
})

describe('stats', () => {
  test('nothing gives no rates', () => {
    expect(statsOf([])).toEqual({
      since: null,
      types: [],
      all: {
        ...{ type: 'all', runs: 0, done: 0, failed: 0, timeout: 0, cancelled: 0, interrupted: 0, stopped: 0 },
        ...{ successRate: null, p50Ms: null, p95Ms: null, totalMs: 0 },
      },
      trend: [],
      notices: [],
    })
  })

  test('what was cancelled or stopped neither succeeded nor failed, and has no duration that counts', () => {
    const view = statsOf([
      row({ durationMs: 100 }),
      row({ durationMs: 300, outcome: 'failed' }),
      row({ durationMs: 200, outcome: 'timeout' }),
      row({ durationMs: 9, outcome: 'interrupted' }),
      row({ durationMs: 9, outcome: 'cancelled' }),
      row({ durationMs: 9, outcome: 'stopped', type: 'service' }),
    ])
    expect(view.all).toMatchObject({ runs: 6, done: 1, successRate: 0.25, p50Ms: 200, p95Ms: 300, totalMs: 627 })
    expect(view.types).toMatchObject([
      { type: 'benchmark', runs: 5, successRate: 0.25 },
      { type: 'service', runs: 1, stopped: 1, successRate: null, p50Ms: null },
    ])
  })

  test('the trend is by the day, and by the hour for less than three days', () => {
    const rows = [0, 1, 25, 49].map((hours) => row({ endedAt: new Date(NOW - hours * 3_600_000).toISOString() }))
    expect(statsOf(rows, NOW - 3 * DAY).trend).toMatchObject([
      { type: 'benchmark', points: [{ at: '2026-11-20T00:00:00.000Z' }, { at: '2026-11-21T00:00:00.000Z' }, { runs: 2 }] },
    ])
    expect(statsOf(rows, NOW - 3 * DAY + 1).trend[0]!.points.map(({ at, runs }) => [at, runs])).toEqual([
      ['2026-11-20T11:00:00.000Z', 1],
      ['2026-11-21T11:00:00.000Z', 1],
      ['2026-11-22T11:00:00.000Z', 1],
      ['2026-11-22T12:00:00.000Z', 1],
    ])
  })

  test('any rows: every run is counted once, in its type and in all', () => {
    const rows = fc.array(
      fc.record({
        type: fc.constantFrom('a', 'b', 'constructor'),
        outcome: fc.constantFrom(...ENDED_STATUSES),
        durationMs: fc.nat(1e6),
      }),
    )
    fc.assert(
      fc.property(rows, (some) => {
        const view = statsOf(some.map((each) => row(each)))
        expect(view.all.runs).toBe(some.length)
        expect(view.types.reduce((sum, each) => sum + each.runs, 0)).toBe(some.length)
        expect(view.trend.flatMap(({ points }) => points).reduce((sum, each) => sum + each.runs, 0)).toBe(some.length)
        for (const each of view.types)
          expect(each.runs).toBe(each.done + each.failed + each.timeout + each.cancelled + each.interrupted + each.stopped)
      }),
    )
  })

  test('bounds hold, and are told', () => {
    const many = Array.from({ length: statsLimits.types + 2 }, (_, n) => row({ type: `t${n}` }))
    const days = Array.from({ length: statsLimits.points + 3 }, (_, n) =>
      row({ type: 't0', endedAt: new Date(NOW - n * DAY).toISOString() }),
    )
    const view = statsOf([...many, ...days])
    expect(view.types).toHaveLength(statsLimits.types)
    expect(view.all.runs).toBe(many.length + days.length)
    const points = view.trend.find(({ type }) => type === 't0')!.points
    expect([points.length, points.at(-1)!.at]).toEqual([statsLimits.points, '2026-11-22T00:00:00.000Z'])
    expect(view.notices).toEqual([
      `3 runs older than the last ${statsLimits.points} points are left out of the trend`,
      `2 runs are of more than ${statsLimits.types} types and count in the total alone`,
    ])
    const sampled = statsOf(Array.from({ length: statsLimits.durations + 1 }, () => row()))
    expect(sampled.notices).toEqual([`p50 and p95 of benchmark are estimates from ${statsLimits.durations} of their runs`])
  })
})
