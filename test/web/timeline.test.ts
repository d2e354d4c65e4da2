/** The timeline: which time is shown and asked for, what is drawn of it, and what is under the pointer. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { TimelineProcess, TimelineRun } from '../../src/protocol/overview.ts'
import { parseRoute } from '../../src/web/route.ts'
import { goneRows, laneWords, membersOf, runAfter } from '../../src/web/timeline/lanes.ts'
import {
  asked,
  backOf,
  liveRange,
  panned,
  queryOfRange,
  type Range,
  rangeOf,
  ticks,
  zoomed,
} from '../../src/web/timeline/range.ts'
import { msAt, pathsOf, stretchAt, xOf } from '../../src/web/timeline/stretch-paths.ts'
import { type Stretch, stretchesOf } from '../../src/web/timeline/stretches.ts'
import { makeView } from '../api/support/wire.ts'

const NOW = Date.parse('2030-01-02T12:00:00.000Z')
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const iso = (ms: number): string => new Date(ms).toISOString()
const at = (minutes: number): string => iso(NOW + minutes * MINUTE)

const run = (number: number, from: number, to: number | null, more: Partial<TimelineRun> = {}): TimelineRun => ({
  ...{ run: number, runId: `r${number}`, startedAt: at(from), endedAt: to === null ? null : at(to) },
  ...{ outcome: to === null ? null : 'done', reason: null, spans: [], expectedEndAt: null, ...more },
})
const process = (runs: TimelineRun[], more: Partial<TimelineProcess> = {}): TimelineProcess => ({
  ...{ id: 'p', name: 'p', fullName: 'p', project: null, kind: 'job', type: 'job', owner: 'me', runs, waiting: null },
  ...more,
})

describe('the time that is shown', () => {
  test.each([
    ['', 60, true],
    ['?range=24h', 1440, true],
    ['?range=7d', 10_080, true],
    ['?range=5m', 5, true],
    ['?range=99999d', 11_520, true],
    ['?range=0m', 2, true],
    ['?range=nonsense', 60, true],
    ['?from=2030-01-02T10:00:00Z&to=2030-01-02T11:15:00Z', 60, false],
    ['?from=2030-01-02T11:00:00Z&to=2030-01-02T10:00:00Z', 60, true],
    ['?from=2030-01-02T11:00:00Z&to=never', 60, true],
  ])('of %s: %i minutes back, live %s', (query, minutes, live) => {
    const route = parseRoute(`#/timeline${query}`)
    const shown = rangeOf((route as { query: Record<string, string> }).query, NOW)
    expect([Math.round(backOf(shown) / MINUTE), shown.live]).toEqual([minutes, live])
  })

  test('what is in the address comes back from it', () => {
    for (const minutes of [2, 5, 60, 90, 1440, 10_080]) {
      const shown = liveRange(minutes * MINUTE, NOW)
      expect(rangeOf(queryOfRange(shown) as Record<string, string>, NOW)).toEqual(shown)
    }
    const held: Range = { fromMs: NOW - 3 * HOUR, toMs: NOW - HOUR, live: false }
    expect(rangeOf(queryOfRange(held) as Record<string, string>, NOW)).toEqual(held)
  })

  test('moved to the left it is held, moved back to now it is live again', () => {
    const live = liveRange(HOUR, NOW)
    const left = panned(live, -0.5, NOW)
    expect([left.live, left.toMs]).toEqual([false, live.toMs - (live.toMs - live.fromMs) / 2])
    expect(panned(left, 0.25, NOW).live).toBe(false)
    expect(panned(left, 5, NOW)).toEqual(live)
  })

  test('larger and smaller: the place under the pointer stays, within bounds', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.1, max: 8, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), (factor, about) => {
        const before: Range = { fromMs: NOW - 9 * HOUR, toMs: NOW - 7 * HOUR, live: false }
        const after = zoomed(before, factor, about, NOW)
        const of = (range: Range): number => range.fromMs + (range.toMs - range.fromMs) * about
        if (!after.live) expect(Math.abs(of(after) - of(before))).toBeLessThan(2)
        expect(after.toMs - after.fromMs).toBeGreaterThanOrEqual(2 * MINUTE)
      }),
    )
    let shown = liveRange(HOUR, NOW)
    for (let i = 0; i < 20; i++) shown = zoomed(shown, 2, null, NOW)
    expect([backOf(shown), shown.live]).toEqual([7 * 24 * HOUR, true])
    for (let i = 0; i < 30; i++) shown = zoomed(shown, 0.5, null, NOW)
    expect([backOf(shown), shown.live]).toEqual([2 * MINUTE, true])
  })

  test('a small movement asks for nothing, and what is shown is always asked for', () => {
    const shown: Range = { fromMs: NOW - 9 * HOUR, toMs: NOW - 8 * HOUR, live: false }
    const kinds = new Set<string>()
    for (let i = 0; i <= 100; i++) {
      const moved = panned(shown, -i / 100, NOW)
      const { sinceMs, untilMs } = asked(moved, NOW)
      expect(sinceMs).toBeLessThanOrEqual(moved.fromMs)
      expect(untilMs).toBeGreaterThanOrEqual(moved.toMs)
      kinds.add(`${sinceMs} ${untilMs}`)
    }
    expect(kinds.size).toBeLessThanOrEqual(4)
    expect(asked(liveRange(HOUR, NOW), NOW).untilMs).toBeUndefined()
  })

  test('times on the axis have room, whatever is shown', () => {
    for (const minutes of [2, 5, 17, 60, 200, 1440, 4000, 10_080])
      for (const px of [200, 700, 1200, 2300]) {
        const shown = liveRange(minutes * MINUTE, NOW)
        const all = ticks(shown, px)
        expect(all.length).toBeGreaterThan(0)
        expect(all.length).toBeLessThan(px / 60 + 1)
        for (let i = 1; i < all.length; i++) expect(all[i]!.ms).toBeGreaterThan(all[i - 1]!.ms)
      }
  })
})

describe('what is drawn', () => {
  const axis = { fromMs: NOW - HOUR, toMs: NOW, px: 600 }
  const kinds = (of: TimelineProcess): string[] => stretchesOf(of, NOW, { fromMs: axis.fromMs }).map((each) => each.class)

  test.each<[string, TimelineProcess, string[]]>([
    ['a job that ended well', process([run(1, -50, -40)]), ['done']],
    ['a failure', process([run(1, -50, -40, { outcome: 'failed' })]), ['bad']],
    ['a time-out', process([run(1, -50, -40, { outcome: 'timeout' })]), ['bad']],
    ['an interruption', process([run(1, -50, -40, { outcome: 'interrupted' })]), ['lost']],
    ['what was cancelled', process([run(1, -50, -40, { outcome: 'cancelled' })]), ['off']],
    ['one that lives, with its end', process([run(1, -5, null, { expectedEndAt: at(9) })]), ['run', 'plan']],
    ['the wait before', process([run(1, -5, null, { spans: [{ kind: 'waiting', from: at(-9), to: at(-5) }] })]), ['wait', 'run']],
    ['a pause', process([run(1, -5, null, { spans: [{ kind: 'paused', from: at(-2), to: null }] })]), ['run', 'paused']],
    ['bad health', process([run(1, -5, null, { spans: [{ kind: 'unhealthy', from: at(-2), to: at(-1) }] })]), ['run', 'sick']],
    ['a wait for its turn', process([], { waiting: { since: at(-3), reason: null, expectedStartAt: null } }), ['wait']],
    ['what was over before', process([run(1, -90, -80)]), []],
  ])('%s', (_, of, expected) => expect(kinds(of)).toEqual(expected))

  test('of thousands of runs as few elements as there are forms, no more boxes than pixels, and no failure is hidden', () => {
    const runs = Array.from({ length: 5000 }, (_, i) =>
      run(i, -60 + i * 0.012, -60 + i * 0.012 + 0.01, { outcome: i === 2500 ? 'failed' : 'done' }),
    )
    const paths = pathsOf([stretchesOf(process(runs), NOW, { fromMs: axis.fromMs })], axis)
    expect(paths.map((path) => path.class)).toEqual(['done', 'bad'])
    expect(paths[0]!.d.split('M').length).toBeLessThan(axis.px)
    expect(paths[1]!.d).toMatch(/^M30\d(\.\d)? 6h2v16h-2z$/)
  })

  test('each instance of a set has its thread, from top to bottom', () => {
    const up = process([run(1, -50, null)], { kind: 'service' })
    const all = [up, up, up].map((each) => stretchesOf(each, NOW, { fromMs: axis.fromMs }))
    const [path] = pathsOf(all, axis)
    const tops = [...path!.d.matchAll(/M\S+ (\S+)h/g)].map(([, y]) => Number(y))
    expect(tops).toHaveLength(3)
    expect(tops.toSorted((a, b) => a - b)).toEqual(tops)
    // Many are a band, and one that failed is still seen in it.
    const failed = stretchesOf(process([run(1, -50, -10, { outcome: 'failed' })], { kind: 'service' }), NOW, {
      fromMs: axis.fromMs,
    })
    const band = pathsOf([...Array.from({ length: 39 }, () => all[0]!), failed], axis)
    expect(band.map((each) => each.class)).toEqual(['run', 'bad'])
    expect(band[1]!.d).toContain('v3h')
  })

  test('what is at a place, and the runs in their order', () => {
    const stretches = stretchesOf(
      process([run(1, -50, -40), run(2, -30, -29.99, { outcome: 'failed' }), run(3, -20, null)]),
      NOW,
      {
        fromMs: axis.fromMs,
      },
    )
    const meet = (minutes: number): number | undefined => stretchAt(stretches, axis, xOf(axis, NOW + minutes * MINUTE))?.run?.run
    expect([-55, -45, -35, -30.2, -10].map(meet)).toEqual([undefined, 1, undefined, 2, 3])
    expect(msAt(axis, xOf(axis, NOW - 7 * MINUTE))).toBeCloseTo(NOW - 7 * MINUTE)
    const members = [{ name: 'p', stretches }]
    const order: (number | undefined)[] = []
    let current: TimelineRun | null = null
    for (let i = 0; i < 4; i++) {
      current = runAfter(members, current, -1, axis.fromMs, axis.toMs)?.run ?? null
      order.push(current?.run)
    }
    expect(order).toEqual([3, 2, 1, 1])
    expect(runAfter(members, null, 1, axis.fromMs, axis.toMs)?.run.run).toBe(1)
    expect(runAfter([{ name: 'p', stretches: [] }], null, 1, axis.fromMs, axis.toMs)).toBeNull()
    expect(laneWords('p', members, axis.fromMs, axis.toMs)).toBe('p: 3 runs, 1 failed')
  })

  test('lanes of the list, and what was deleted since', () => {
    const known = makeView('1', 'api', { status: 'starting' })
    const processes = [
      process([run(1, -5, null)], { id: '1' }),
      process([run(1, -5, -4)], { id: '9', fullName: 'old' }),
      process([], { id: '8' }),
    ]
    const rows = goneRows(processes, (id) => id === '1')
    expect(rows.map(({ key }) => key)).toEqual(['gone', 'gone 9'])
    expect(goneRows(processes, () => true)).toEqual([])
    const of = (id: string) => processes.find((each) => each.id === id)
    const names = (stretches: readonly Stretch[]): string[] => stretches.map((each) => each.class)
    const [member] = membersOf({ kind: 'process', key: '1', view: known, child: false }, of, NOW, NOW - HOUR)
    // What starts does not run yet.
    expect([member!.name, names(member!.stretches)]).toEqual(['api', ['move']])
    expect(names(membersOf(rows[1]!, of, NOW, NOW - HOUR)[0]!.stretches)).toEqual(['done'])
    expect(membersOf(rows[0]!, of, NOW, NOW - HOUR)).toEqual([])
  })
})
