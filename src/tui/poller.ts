/** Asks for what the view wants: once for each key, when it has stood still, and again in time. */
import { monoMs } from '../protocol/mono.ts'
import type { Effect } from './model.ts'
import type { Want } from './wants.ts'

interface Asked {
  key: string
  /** Since when the key is wanted. */
  sinceMs: number
  /** When it was asked for; null = not yet. */
  askedMs: number | null
  isAsking: boolean
}

export class Poller {
  private readonly ask: (effect: Effect) => Promise<void>
  private readonly look: () => readonly Want[]
  private readonly known = new Map<Want['what'], Asked>()
  private timer: NodeJS.Timeout | null = null
  private over = false

  constructor(look: () => readonly Want[], ask: (effect: Effect) => Promise<void>) {
    this.look = look
    this.ask = ask
  }

  end(): void {
    this.over = true
    if (this.timer) clearTimeout(this.timer)
  }

  /** Everything again: another daemon answers. */
  forget(): void {
    this.known.clear()
  }

  /** Called when anything has changed. */
  check(): void {
    if (this.over) return
    const nowMs = monoMs()
    let nextMs = Number.POSITIVE_INFINITY
    const wanted = this.look()
    for (const want of wanted) {
      const before = this.known.get(want.what)
      const entry =
        before?.key === want.key ? before : { key: want.key, sinceMs: nowMs, askedMs: null, isAsking: before?.isAsking ?? false }
      this.known.set(want.what, entry)
      const dueMs = entry.askedMs === null ? entry.sinceMs + want.settleMs : entry.askedMs + want.everyMs
      if (entry.isAsking) continue
      if (dueMs > nowMs) nextMs = Math.min(nextMs, dueMs)
      else this.begin(want, entry, nowMs)
    }
    for (const what of this.known.keys()) if (!wanted.some((want) => want.what === what)) this.known.delete(what)
    if (this.timer) clearTimeout(this.timer)
    this.timer = null
    if (Number.isFinite(nextMs)) this.timer = setTimeout(() => this.check(), Math.max(1, nextMs - nowMs))
  }

  private begin({ what, effect }: Want, entry: Asked, nowMs: number): void {
    entry.askedMs = nowMs
    entry.isAsking = true
    void this.ask(effect).then(() => {
      entry.isAsking = false
      const now = this.known.get(what)
      // Another key has been waiting for this answer.
      if (now !== undefined) now.isAsking = false
      this.check()
    })
  }
}
