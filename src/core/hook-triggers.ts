/** When a hook fires: what each trigger means in a step or an observation, once per run. */
import type { Threshold, TriggerWord } from '../protocol/hooks.ts'
import { isEnded, type Status } from '../protocol/names.ts'
import { nearestRank } from './sample.ts'

/** The trigger of an end; null for a service that was stopped on purpose, which needs no notification. */
export function triggerOfEnd(before: Status, after: Status): TriggerWord | null {
  return isEnded(after) && !isEnded(before) && after !== 'stopped' ? after : null
}

const OVERRUN_MIN_RUNS = 5

/** Run time that counts as an overrun, ms: p95 (nearest rank) of the kept runs that ended done; null with fewer than five. */
export function overrunAfterMs(runs: readonly { outcome: string; startedAtMs: number; endedAtMs: number }[]): number | null {
  const tookMs = runs.filter(({ outcome }) => outcome === 'done').map(({ startedAtMs, endedAtMs }) => endedAtMs - startedAtMs)
  return tookMs.length < OVERRUN_MIN_RUNS
    ? null
    : nearestRank(
        tookMs.sort((a, b) => a - b),
        0.95,
      )
}

/** A run failed and is repeated, at once or after a delay. */
export const isRetried = (outcome: string, after: Status): boolean =>
  !isEnded(after) && (outcome === 'failed' || outcome === 'timeout' || outcome === 'interrupted')

/** null: not observed (yet). */
export function isOver(
  threshold: Threshold,
  observed: { cpuPercent: number | null; memoryBytes: number | null },
): boolean | null {
  const [value, bound] =
    threshold.over === 'cpu' ? [observed.cpuPercent, threshold.percent] : [observed.memoryBytes, threshold.bytes]
  return value === null ? null : value > bound
}

/** A hook fires once per trigger and run; for a threshold, once each time it is crossed. */
export class OncePerRun {
  private run = -1
  private readonly fired = new Set<string>()

  first(run: number, key: string): boolean {
    // The end of an earlier run, published when it is saved: it comes once by itself.
    if (run < this.run) return true
    if (run > this.run) {
      this.run = run
      this.fired.clear()
    }
    if (this.fired.has(key)) return false
    this.fired.add(key)
    return true
  }

  again(key: string): void {
    this.fired.delete(key)
  }
}
