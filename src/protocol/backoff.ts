/** Pauses between attempts to reach a daemon that is away, the same for every client: 100 ms, doubled up to 3 s. */
const FIRST_MS = 100
const MAX_MS = 3000

export class Backoff {
  private followingMs = FIRST_MS

  /** Milliseconds to wait before the next attempt. */
  next(): number {
    const ms = this.followingMs
    this.followingMs = Math.min(ms * 2, MAX_MS)
    return ms
  }

  /** The daemon answered. */
  reset(): void {
    this.followingMs = FIRST_MS
  }
}
