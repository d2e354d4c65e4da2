/** Quantiles of a stream of numbers in bounded memory. */
import assert from 'node:assert'

/** Exact up to `capacity` values, then a uniform sample (algorithm R). The seed is fixed: same rows, same answer. */
export class Sample {
  private readonly capacity: number
  private readonly kept: number[] = []
  private seen = 0
  private seed = 0x9e3779b9

  constructor(capacity: number) {
    assert(Number.isInteger(capacity) && capacity > 0, 'a sample holds at least one value')
    this.capacity = capacity
  }

  get exact(): boolean {
    return this.seen <= this.capacity
  }

  add(value: number): void {
    this.seen++
    if (this.kept.length < this.capacity) {
      this.kept.push(value)
      return
    }
    const place = Math.floor(this.chance() * this.seen)
    if (place < this.capacity) this.kept[place] = value
  }

  /** By nearest rank: the smallest value not exceeded by at least this share of all values. null without values. */
  quantiles(shares: readonly number[]): (number | null)[] {
    const sorted = Float64Array.from(this.kept).sort()
    return shares.map((share) => nearestRank(sorted, share))
  }

  /** mulberry32. */
  private chance(): number {
    this.seed = (this.seed + 0x6d2b79f5) | 0
    let t = Math.imul(this.seed ^ (this.seed >>> 15), 1 | this.seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** `sorted` ascending; `share` in (0, 1]. */
export function nearestRank(sorted: ArrayLike<number>, share: number): number | null {
  return sorted.length === 0 ? null : sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!
}
