/** Rate limit with bursts, per name. */
export interface BucketOptions {
  perSecond: number
  burst: number
  /** Monotonic ms. */
  now: () => number
}

/** Names remembered; full buckets are forgotten first, as they are as good as new. */
const MOST_NAMES = 4096

export class TokenBuckets {
  private readonly options: BucketOptions
  private readonly buckets = new Map<string, { left: number; atMs: number }>()

  constructor(options: BucketOptions) {
    this.options = options
  }

  take(name: string): number {
    const { perSecond, burst, now } = this.options
    const nowMs = now()
    const bucket = this.buckets.get(name) ?? this.begin(name, nowMs)
    bucket.left = Math.min(burst, bucket.left + ((nowMs - bucket.atMs) / 1000) * perSecond)
    bucket.atMs = nowMs
    if (bucket.left < 1) return Math.ceil(((1 - bucket.left) / perSecond) * 1000)
    bucket.left--
    return 0
  }

  private begin(name: string, nowMs: number): { left: number; atMs: number } {
    if (this.buckets.size >= MOST_NAMES) this.forget(nowMs)
    const bucket = { left: this.options.burst, atMs: nowMs }
    this.buckets.set(name, bucket)
    return bucket
  }

  private forget(nowMs: number): void {
    const { perSecond, burst } = this.options
    for (const [name, { left, atMs }] of this.buckets)
      if (left + ((nowMs - atMs) / 1000) * perSecond >= burst) this.buckets.delete(name)
    if (this.buckets.size >= MOST_NAMES) this.buckets.delete(this.buckets.keys().next().value!)
  }
}
