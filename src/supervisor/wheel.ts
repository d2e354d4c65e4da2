/** Many checks on one timer: due times are rounded up to slots, so that a thousand wake the daemon a few times a second. */
import type { Clock } from '../core/world.ts'

const SLOT_MS = 50

export class Wheel {
  private readonly clock: Clock
  private readonly slots = new Map<number, Map<string, () => void>>()
  private readonly slotOf = new Map<string, number>()
  private cancel: (() => void) | null = null
  private armedFor = Number.POSITIVE_INFINITY

  constructor(clock: Clock) {
    this.clock = clock
  }

  /** One due time per key; a later call moves it. */
  schedule(key: string, afterMs: number, callback: () => void): void {
    this.unschedule(key)
    const slot = Math.ceil((this.clock.mono() + afterMs) / SLOT_MS)
    const entries = this.slots.get(slot) ?? new Map()
    entries.set(key, callback)
    this.slots.set(slot, entries)
    this.slotOf.set(key, slot)
    if (slot < this.armedFor) this.arm(slot)
  }

  unschedule(key: string): void {
    const slot = this.slotOf.get(key)
    if (slot === undefined) return
    this.slotOf.delete(key)
    const entries = this.slots.get(slot)
    entries?.delete(key)
    if (entries?.size === 0) this.slots.delete(slot)
  }

  close(): void {
    this.cancel?.()
    this.slots.clear()
    this.slotOf.clear()
  }

  private arm(slot: number): void {
    this.cancel?.()
    this.armedFor = slot
    this.cancel = this.clock.wakeAfter(Math.max(0, slot * SLOT_MS - this.clock.mono()), () => this.run())
  }

  private run(): void {
    this.cancel = null
    this.armedFor = Number.POSITIVE_INFINITY
    const now = Math.floor(this.clock.mono() / SLOT_MS)
    const due: (() => void)[] = []
    let next = Number.POSITIVE_INFINITY
    for (const [slot, entries] of this.slots) {
      if (slot > now) {
        next = Math.min(next, slot)
        continue
      }
      this.slots.delete(slot)
      for (const [key, callback] of entries) {
        this.slotOf.delete(key)
        due.push(callback)
      }
    }
    for (const callback of due) callback()
    for (const slot of this.slots.keys()) next = Math.min(next, slot)
    if (next < this.armedFor) this.arm(next)
  }
}
