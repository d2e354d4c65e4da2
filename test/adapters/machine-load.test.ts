import { expect, test } from 'vitest'
import { cpuTimesOf, machineTimes } from '../../src/adapters/platform/machine-load.ts'

test('processor time is busy unless it is idle or waits for a disk; guests are counted once', () => {
  expect(cpuTimesOf('cpu  100 20 30 1000 50 1 2 3 40 4\ncpu0 1 1 1 1 1 1 1 1 1 1\n')).toEqual({ busyMs: 1560, totalMs: 12_060 })
  expect(cpuTimesOf('intr 5\n')).toBe(null)
})

test('where there is no /proc the same is known by processor', () => {
  const times = machineTimes()!
  expect(times.totalMs).toBeGreaterThan(times.busyMs)
  expect(times.busyMs).toBeGreaterThan(0)
})
