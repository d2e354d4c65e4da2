/** Counts by bucket against looking at every millisecond. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RunCounts } from '../../src/core/run-counts.ts'
import { runs } from '../support/effort.ts'

const interval = fc.tuple(fc.integer({ min: -20, max: 70 }), fc.integer({ min: 1, max: 60 }), fc.boolean())

test('the most at once in a bucket is what a look at every moment finds', () => {
  fc.assert(
    fc.property(fc.array(interval, { maxLength: 15 }), fc.constantFrom(1, 2, 3, 5, 10), (intervals, buckets) => {
      const from = 1000
      const until = 1030
      const counts = new RunCounts(from, until, buckets)
      const all = intervals.map(([begin, length, open]) => ({
        begin: from + begin,
        end: open ? Number.POSITIVE_INFINITY : from + begin + length,
      }))
      for (const { begin, end } of all) {
        counts.addRunning(begin, end)
        if (end !== Number.POSITIVE_INFINITY) counts.addEnd(end, end % 2 === 0)
      }
      const view = counts.view()
      const size = 30 / buckets
      view.forEach((bucket, index) => {
        let most = 0
        for (let at = from + index * size; at < from + (index + 1) * size; at += 0.5)
          most = Math.max(most, all.filter(({ begin, end }) => begin <= at && at < end).length)
        expect(bucket.running).toBe(most)
      })
      const ends = all.map(({ end }) => end).filter((end) => end >= from && end < until)
      expect(view.reduce((sum, { ended }) => sum + ended, 0)).toBe(ends.length)
      expect(view.reduce((sum, { failed }) => sum + failed, 0)).toBe(ends.filter((end) => end % 2 === 0).length)
    }),
    { numRuns: runs(300) },
  )
})

test('one that ends as the next begins is not at once with it', () => {
  const counts = new RunCounts(0, 100, 1)
  counts.addRunning(10, 20)
  counts.addRunning(20, 30)
  counts.addWaiting(0, 100)
  expect(counts.view()).toEqual([{ at: '1970-01-01T00:00:00.000Z', running: 1, waiting: 1, ended: 0, failed: 0 }])
})
