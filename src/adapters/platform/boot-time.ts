/** When the machine was booted, in wall time. */
import { uptime } from 'node:os'
import { monoMs } from '../../protocol/mono.ts'

interface Clocks {
  wallMs(): number
  monoMs(): number
  uptimeMs(): number
}

const system: Clocks = { wallMs: Date.now, monoMs, uptimeMs: () => uptime() * 1000 }
const LOOK_MS = 3

/**
 * The same number in every daemon of one boot, to the precision of `tickMs`: a start time that each of them told a few
 * milliseconds differently would be no identity. Date.now() is cut to milliseconds, so the largest difference of a few
 * edges is the true one; uptime() is cut to hundredths of a second, and serves only for the time that a machine slept.
 */
export function bootTimeMs(tickMs: number, clocks: Clocks = system): number {
  let difference = Number.NEGATIVE_INFINITY
  let at = clocks.monoMs()
  const untilMs = at + LOOK_MS
  // At least once, however long the machine keeps us waiting.
  do {
    const wallMs = clocks.wallMs()
    at = clocks.monoMs()
    difference = Math.max(difference, wallMs - at)
  } while (at < untilMs)
  const sleptMs = clocks.uptimeMs() - at
  return Math.round((difference - (sleptMs > 100 ? sleptMs : 0)) / tickMs) * tickMs
}
