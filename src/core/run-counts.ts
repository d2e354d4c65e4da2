/** How many ran, waited and ended, by buckets of equal length. */
import type { CountBucket } from '../protocol/overview.ts'
import { iso } from './iso.ts'

export class RunCounts {
  private readonly sinceMs: number
  private readonly untilMs: number
  private readonly bucketMs: number
  private readonly running: Peaks
  private readonly waiting: Peaks
  private readonly ended: number[]
  private readonly failed: number[]

  constructor(sinceMs: number, untilMs: number, buckets: number) {
    this.sinceMs = sinceMs
    this.untilMs = untilMs
    this.bucketMs = (untilMs - sinceMs) / buckets
    this.running = new Peaks(sinceMs, untilMs, buckets)
    this.waiting = new Peaks(sinceMs, untilMs, buckets)
    this.ended = new Array<number>(buckets).fill(0)
    this.failed = new Array<number>(buckets).fill(0)
  }

  /** `toMs`: Infinity while it lasts. */
  addRunning(fromMs: number, toMs: number): void {
    this.running.add(fromMs, toMs)
  }

  addWaiting(fromMs: number, toMs: number): void {
    this.waiting.add(fromMs, toMs)
  }

  addEnd(atMs: number, failed: boolean): void {
    if (atMs < this.sinceMs || atMs >= this.untilMs) return
    const bucket = Math.min(this.ended.length - 1, Math.floor((atMs - this.sinceMs) / this.bucketMs))
    this.ended[bucket]!++
    if (failed) this.failed[bucket]!++
  }

  view(): CountBucket[] {
    const running = this.running.peaks()
    const waiting = this.waiting.peaks()
    return this.ended.map((ended, index) => ({
      at: iso(this.sinceMs + index * this.bucketMs),
      running: running[index]!,
      waiting: waiting[index]!,
      ended,
      failed: this.failed[index]!,
    }))
  }
}

/** The most intervals at once in each bucket. One that ends as another begins is not at once with it. */
class Peaks {
  private readonly begins: number[] = []
  private readonly ends: number[] = []
  private readonly sinceMs: number
  private readonly untilMs: number
  private readonly buckets: number

  constructor(sinceMs: number, untilMs: number, buckets: number) {
    this.sinceMs = sinceMs
    this.untilMs = untilMs
    this.buckets = buckets
  }

  add(fromMs: number, toMs: number): void {
    if (fromMs >= this.untilMs || toMs <= this.sinceMs || toMs <= fromMs) return
    this.begins.push(fromMs)
    this.ends.push(toMs)
  }

  peaks(): number[] {
    const begins = this.begins.sort((a, b) => a - b)
    const ends = this.ends.sort((a, b) => a - b)
    const bucketMs = (this.untilMs - this.sinceMs) / this.buckets
    let begun = 0
    let over = 0
    const passUntil = (atMs: number): void => {
      while (over < ends.length && ends[over]! <= atMs) over++
    }
    return Array.from({ length: this.buckets }, (_, bucket) => {
      const from = this.sinceMs + bucket * bucketMs
      const to = bucket === this.buckets - 1 ? this.untilMs : from + bucketMs
      while (begun < begins.length && begins[begun]! <= from) begun++
      passUntil(from)
      let most = begun - over
      while (begun < begins.length && begins[begun]! < to) {
        passUntil(begins[begun]!)
        begun++
        most = Math.max(most, begun - over)
      }
      return most
    })
  }
}
