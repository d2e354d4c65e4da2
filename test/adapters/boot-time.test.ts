import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { bootTimeMs } from '../../src/adapters/platform/boot-time.ts'

test('is when the kernel says that it was booted', () => {
  const kernelMs = 1000 * Number(/^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))![1])
  expect(Math.abs(bootTimeMs(10) - kernelMs)).toBeLessThan(2000)
})

test.each([
  ['a machine that gives us no time', 50, 0],
  ['a quick one', 0.1, 0],
  ['one that slept for an hour', 0.1, 3_600_000],
])('%s: the same number', (_, stepMs, sleptMs) => {
  // The monotonic clock stands while a machine sleeps; wall time and uptime go on.
  let monoMs = 1_000_000
  const clocks = {
    wallMs: () => Math.floor(1_700_000_000_000 + sleptMs + monoMs),
    monoMs: () => (monoMs += stepMs),
    uptimeMs: () => monoMs + sleptMs,
  }
  expect(Math.abs(bootTimeMs(10, clocks) - 1_700_000_000_000)).toBeLessThanOrEqual(stepMs + 10)
})
