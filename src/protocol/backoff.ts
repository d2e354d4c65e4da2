/** Pauses between attempts to reach a daemon that is away, the same for every client: 100 ms, doubled up to 3 s. */
const FIRST_MS = 100
const MAX_MS = 3000

export class Backoff {
  private followingMs = FIRST_MS

  next(): number {
    const ms = this.followingMs
    this.followingMs = Math.min(ms * 2, MAX_MS)
    return ms
  }

  reset(): void {
    this.followingMs = FIRST_MS
  }
}
