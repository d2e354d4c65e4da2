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
 * Equal in every daemon of one boot, to within `tickMs`, as identities depend on it. Date.now() is truncated to ms, so the
 * largest difference of a few edges is the true one; uptime() is truncated to 10 ms and only used for time asleep.
 */
export function bootTimeMs(tickMs: number, clocks: Clocks = system): number {
  let difference = Number.NEGATIVE_INFINITY
  let at = clocks.monoMs()
  const untilMs = at + LOOK_MS
  do {
    const wallMs = clocks.wallMs()
    at = clocks.monoMs()
    difference = Math.max(difference, wallMs - at)
  } while (at < untilMs)
  const sleptMs = clocks.uptimeMs() - at
  return Math.round((difference - (sleptMs > 100 ? sleptMs : 0)) / tickMs) * tickMs
}
