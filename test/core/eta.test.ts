import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { etaMs, noPace, paced, stallAfterMs } from '../../src/core/eta.ts'
import type { Pace } from '../../src/core/work-progress.ts'
import { chance } from '../support/chance.ts'
import { runs } from '../support/effort.ts'

interface Point {
  atMs: number
  fraction: number
}

const moved = (pace: Pace, point: Point, before: Point | undefined): Pace =>
  paced(pace, point.atMs, before === undefined ? null : point.atMs - before.atMs, point.fraction)

/**
 * Share of the moments in which the ETA is within 20 % of the true rest: asked a thousand times over the whole, after the
 * warm-up, and while more than `tailMs` is left (a share of next to nothing says nothing).
 */
function shareWithin(points: readonly Point[], warmUp: number, tailMs: number): number {
  const endMs = points.at(-1)!.atMs
  let pace = noPace()
  let next = 0
  const good: boolean[] = []
  for (let atMs = 0; atMs < endMs - tailMs; atMs += endMs / 1000) {
    for (; points[next]!.atMs <= atMs; next++) pace = moved(pace, points[next]!, points[next - 1])
    if (pace.fraction < warmUp) continue
    good.push(Math.abs(etaMs(pace, atMs)! - (endMs - atMs)) <= 0.2 * (endMs - atMs))
  }
  return good.filter(Boolean).length / good.length
}

const seed = fc.integer({ min: 1, max: 2 ** 31 - 1 })

test('steady work: within 20 % once a tenth is done', () => {
  fc.assert(
    fc.property(seed, fc.integer({ min: 50, max: 400 }), fc.integer({ min: 20, max: 60_000 }), (start, updates, everyMs) => {
      const random = chance(start)
      let atMs = 0
      const points = Array.from({ length: updates + 1 }, (_, n) => {
        atMs += n === 0 ? 0 : everyMs * (0.8 + 0.4 * random())
        return { atMs, fraction: n / updates }
      })
      expect(shareWithin(points, 0.1, 8 * everyMs)).toBe(1)
    }),
    { numRuns: runs(60) },
  )
})

/** Quick inside a burst, then a pause that is most of the time. */
function bursty(start: number, bursts: number, size: number): Point[] {
  const random = chance(start)
  const points: Point[] = [{ atMs: 0, fraction: 0 }]
  let atMs = 0
  for (let n = 1; n <= bursts * size; n++) {
    atMs += n % size === 1 ? 5000 * (0.8 + 0.4 * random()) : 40 * (0.5 + random())
    points.push({ atMs, fraction: n / (bursts * size) })
  }
  return points
}
const shareOfBursty = (start: number, bursts: number, size: number): number =>
  shareWithin(bursty(start, bursts, size), 0.3, 8 * 5000)

test('bursty work: within 20 % once a third is done, but for moments inside a burst', () => {
  const shares = Array.from({ length: 100 }, (_, n) => shareOfBursty(n + 1, 40 + (n % 41), 4 + (n % 9)))
  expect(shares.reduce((sum, share) => sum + share, 0) / shares.length).toBeGreaterThan(0.99)
  // Where several long pauses happen to follow each other, the pace of the rest cannot be known: once in 6000 for 9 % of the time.
  fc.assert(
    fc.property(seed, fc.integer({ min: 40, max: 80 }), fc.integer({ min: 4, max: 12 }), (start, bursts, size) => {
      expect(shareOfBursty(start, bursts, size)).toBeGreaterThan(0.8)
    }),
    { numRuns: runs(60) },
  )
})

test('work that becomes four times slower is known to be slower before long', () => {
  let pace = noPace()
  let before: Point | undefined
  let atMs = 0
  for (let n = 0; n <= 60; n++) {
    const point = { atMs, fraction: n / 100 }
    pace = moved(pace, point, before)
    before = point
    atMs += n < 30 ? 100 : 400
  }
  const truth = 40 * 400
  expect(etaMs(pace, before!.atMs)).toBeGreaterThan(truth * 0.6)
  expect(etaMs(pace, before!.atMs)).toBeLessThan(truth * 1.1)
})

describe('what is not known is not told', () => {
  const one = moved(noPace(), { atMs: 1000, fraction: 0.1 }, undefined)
  test('none before an update, none after one', () => {
    expect(etaMs(noPace(), 5000)).toBeNull()
    expect(etaMs(one, 5000)).toBeNull()
  })
  test('none while nothing moves', () => {
    expect(etaMs(moved(one, { atMs: 2000, fraction: 0.1 }, { atMs: 1000, fraction: 0.1 }), 2000)).toBeNull()
  })
  test('none without a percent', () => {
    const spoken = paced(paced(noPace(), 0, null, null), 1000, 1000, null)
    expect(etaMs(spoken, 2000)).toBeNull()
    expect(spoken.updates).toBe(2)
  })
  test('0 at the end, whatever came before', () => {
    expect(etaMs(moved(noPace(), { atMs: 5, fraction: 1 }, undefined), 900)).toBe(0)
  })
  test('a fresh start after work that began again', () => {
    const two = moved(one, { atMs: 2000, fraction: 0.5 }, { atMs: 1000, fraction: 0.1 })
    expect(etaMs(two, 2000)).toBe(1250)
    expect(etaMs(moved(two, { atMs: 3000, fraction: 0 }, { atMs: 2000, fraction: 0.5 }), 3000)).toBeNull()
  })
  test('two updates in the same moment divide by no zero', () => {
    const same = moved(one, { atMs: 1000, fraction: 0.5 }, { atMs: 1000, fraction: 0.1 })
    expect(etaMs(same, 2000)).toBeNull()
  })
})

test('an ETA is never below 0 and always finite', () => {
  const moves = fc.array(
    fc.record({ gapMs: fc.double({ min: 0, max: 1e7, noNaN: true }), fraction: fc.double({ min: 0, max: 1, noNaN: true }) }),
    {
      minLength: 1,
      maxLength: 50,
    },
  )
  fc.assert(
    fc.property(moves, fc.double({ min: 0, max: 1e9, noNaN: true }), (told, laterMs) => {
      let pace = noPace()
      let atMs = 0
      for (const { gapMs, fraction } of told) {
        atMs += gapMs
        pace = paced(pace, atMs, gapMs, fraction)
      }
      const eta = etaMs(pace, atMs + laterMs)
      expect(eta === null || (eta >= 0 && Number.isFinite(eta))).toBe(true)
    }),
  )
})

describe('stalled', () => {
  const every = (gaps: readonly number[]): Pace =>
    gaps.reduce((pace, gap, n) => paced(pace, n, n === 0 ? null : gap, null), noPace())

  test('not before three updates', () => {
    expect(stallAfterMs(every([0, 1000]))).toBeNull()
    expect(stallAfterMs(every([0, 1000, 1000]))).not.toBeNull()
  })
  test('five usual gaps, and at least 10 s', () => {
    expect(stallAfterMs(every([0, 60_000, 60_000, 60_000]))).toBe(300_000)
    expect(stallAfterMs(every([0, 10, 10, 10, 10]))).toBe(10_000)
  })
  test('the pauses between bursts are usual', () => {
    const bursts = Array.from({ length: 100 }, (_, n) => (n % 10 === 0 ? 20_000 : 10))
    expect(stallAfterMs(every(bursts))).toBeGreaterThan(20_000)
  })
})
