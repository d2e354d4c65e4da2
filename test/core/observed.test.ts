import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cutoffMs, lastSeenMs, observedMs, observedRules, passSpans, resumeSpans } from '../../src/core/observed.ts'
import type { ObservedSpan } from '../../src/protocol/settings.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const T = Date.parse('2026-01-01T00:00:00.000Z')

describe('time that daemons observed', () => {
  test('goes on over a gap between two daemons, of which 12 hours count at most', () => {
    const first = passSpans(resumeSpans([], T), HOUR, T + HOUR)
    expect(first).toEqual([{ wallMs: T, ms: HOUR }])
    expect(resumeSpans(first, T + 3 * HOUR)).toEqual([{ wallMs: T, ms: 3 * HOUR }])
    expect(observedMs(resumeSpans(first, T + 10 * DAY))).toBe(HOUR + 12 * HOUR)
    expect(observedMs(resumeSpans(first, T - 10 * DAY))).toBe(HOUR)
    expect([lastSeenMs([]), lastSeenMs(first)]).toEqual([null, T + HOUR])
  })

  test('is that of the monotonic clock while a daemon lives, whatever the wall clock does', () => {
    const day = passSpans(resumeSpans([], T), DAY, T + DAY)
    expect(observedMs(passSpans(day, HOUR, T + 500 * DAY))).toBe(DAY + HOUR)
    expect(observedMs(passSpans(day, HOUR, T - 500 * DAY))).toBe(DAY + HOUR)
    // A clock that is slewed is one span still.
    expect(passSpans(day, HOUR, T + DAY + HOUR + 900)).toEqual([{ wallMs: T, ms: DAY + HOUR }])
  })

  test('makes nothing old that the clock has jumped over', () => {
    const day = passSpans(resumeSpans([], T), DAY, T + DAY)
    // 500 days ahead: what was stamped an hour before is an hour old.
    const ahead = passSpans(day, HOUR, T + 500 * DAY)
    expect(cutoffMs(ahead, 2 * HOUR)).toBeLessThanOrEqual(T + DAY - HOUR)
    // And back again: what was stamped meanwhile is of the future, and stays.
    const back = passSpans(ahead, HOUR, T + DAY + 2 * HOUR)
    expect(cutoffMs(back, 2 * HOUR)).toBeLessThanOrEqual(T + DAY)
  })

  test('is too short at first for anything to be old', () => {
    expect(cutoffMs([], 0)).toBe(Number.NEGATIVE_INFINITY)
    expect(cutoffMs([{ wallMs: T, ms: HOUR }], DAY)).toBe(Number.NEGATIVE_INFINITY)
    expect(cutoffMs([{ wallMs: T, ms: 3 * DAY }], DAY)).toBe(T + 2 * DAY)
  })

  test('any life with any jumps: nothing is called older than it was observed to be, and the spans stay few', () => {
    const step = fc.record({
      ms: fc.nat(3 * DAY),
      jump: fc.oneof(fc.constant(0), fc.integer({ min: -400 * DAY, max: 400 * DAY })),
      restart: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150 }), fc.nat(100 * DAY), (steps, keepMs) => {
        let wall = T
        let spans: ObservedSpan[] = resumeSpans([], wall)
        const stamps: { wall: number; atMs: number }[] = []
        for (const { ms, jump, restart } of steps) {
          stamps.push({ wall, atMs: observedMs(spans) })
          wall += ms + jump
          spans = restart ? resumeSpans(spans, wall) : passSpans(spans, ms, wall)
        }
        const cutoff = cutoffMs(spans, keepMs)
        const total = observedMs(spans)
        // Clocks that differ by less than the tolerance are taken for one, so a stamp may be that much off.
        for (const { wall: stamp, atMs } of stamps)
          if (stamp < cutoff - observedRules.toleranceMs)
            expect(total - atMs).toBeGreaterThanOrEqual(keepMs - observedRules.toleranceMs)
        expect(spans.length).toBeLessThanOrEqual(observedRules.spans)
      }),
    )
  })
})
