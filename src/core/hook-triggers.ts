/** When a hook fires: what each trigger means in a step or an observation, and that it fires once a run. */

import type { Threshold, TriggerWord } from '../protocol/hooks.ts'
import { isEnded, type Status } from '../protocol/names.ts'
import { nearestRank } from './sample.ts'

/** What an end is called; null for a service that was stopped on purpose, which nobody has to be told. */
export function triggerOfEnd(before: Status, after: Status): TriggerWord | null {
  return isEnded(after) && !isEnded(before) && after !== 'stopped' ? after : null
}

/** How many earlier runs it takes to know what is usual. */
const OVERRUN_MIN_RUNS = 5

/** How long a run may take before it overruns, ms: p95 (nearest rank) of the kept runs that ended done; null with fewer than five. */
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

/** null: not observed (yet), which says nothing. */
export function isOver(
  threshold: Threshold,
  observed: { cpuPercent: number | null; memoryBytes: number | null },
): boolean | null {
  const [value, bound] =
    threshold.over === 'cpu' ? [observed.cpuPercent, threshold.percent] : [observed.memoryBytes, threshold.bytes]
  return value === null ? null : value > bound
}

/** The same hook tells the same trigger of the same run once; a threshold once each time it is crossed. */
export class OncePerRun {
  private run = -1
  private readonly told = new Set<string>()

  /** True the first time. */
  first(run: number, key: string): boolean {
    // The end of an earlier run, told when it is saved: it comes once by itself.
    if (run < this.run) return true
    if (run > this.run) {
      this.run = run
      this.told.clear()
    }
    if (this.told.has(key)) return false
    this.told.add(key)
    return true
  }

  again(key: string): void {
    this.told.delete(key)
  }
}
