/** The results of one health check of a run: the last ones, failures in a row, and since when it is as it is. */
import { limits } from '../protocol/limits.ts'
import type { CheckView } from '../protocol/view.ts'
import { iso } from './iso.ts'

export class CheckLog {
  private readonly check: string
  private answer = ''
  private failures = 0
  private sinceMs = 0
  /** Side by side, oldest first: numbers alone cost a third of objects, and a daemon may have thousands of checks. */
  private readonly atMs: number[] = []
  private readonly passed: boolean[] = []
  /** NaN = not measured. */
  private readonly latencyMs: number[] = []

  constructor(check: string) {
    this.check = check
  }

  add(atMs: number, ok: boolean, answer: string, latencyMs: number | null): void {
    if (this.passed.length === 0 || this.passed.at(-1) !== ok) this.sinceMs = atMs
    this.failures = ok ? 0 : this.failures + 1
    this.answer = answer
    this.atMs.push(atMs)
    this.passed.push(ok)
    this.latencyMs.push(latencyMs ?? Number.NaN)
    if (this.atMs.length > limits.checkResults) for (const list of [this.atMs, this.passed, this.latencyMs]) list.shift()
  }

  view(): CheckView {
    const results = this.atMs.map((atMs, index) => {
      const latencyMs = this.latencyMs[index]!
      return {
        at: iso(atMs),
        ok: this.passed[index]!,
        latencyMs: Number.isNaN(latencyMs) ? null : Math.round(latencyMs * 10) / 10,
      }
    })
    return { check: this.check, answer: this.answer, failures: this.failures, since: iso(this.sinceMs), results }
  }
}

/** By name, in the order in which they were first made. */
export class CheckLogs {
  private readonly of = new Map<string, CheckLog>()

  add(check: string, atMs: number, ok: boolean, answer: string, latencyMs: number | null): void {
    const log = this.of.get(check) ?? new CheckLog(check)
    this.of.set(check, log)
    log.add(atMs, ok, answer, latencyMs)
  }

  clear(): void {
    this.of.clear()
  }

  view(): CheckView[] {
    return [...this.of.values()].map((log) => log.view())
  }
}
