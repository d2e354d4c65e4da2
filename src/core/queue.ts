/** Jobs waiting for or holding a slot. Those of one owner and type share a lane, so ten thousand blocked ones cost one. */
import type { QueueLimits } from '../protocol/settings.ts'
import { goesBefore, Ordered, type Placed } from './ordered.ts'

export interface Waiting extends Placed {
  owner: string
  type: string
}
export type Lane = Pick<Waiting, 'owner' | 'type'>

export interface LimitHit {
  limit: string
  value: number
}

const unlimited: QueueLimits = { global: null, owners: {}, types: {} }
const limitOf = (limits: Readonly<Record<string, number>>, key: string): number | null =>
  Object.hasOwn(limits, key) ? limits[key]! : null

export class JobQueue {
  private limits = unlimited
  private readonly waiting = new Map<string, Waiting>()
  private readonly order = new Ordered<Waiting>()
  /** By owner, then by type; empty lanes are removed. */
  private readonly lanes = new Map<string, Map<string, Ordered<Waiting>>>()
  private readonly slots = new Map<string, Lane>()
  private readonly runningByOwner = new Map<string, number>()
  private readonly runningByType = new Map<string, number>()

  setLimits(limits: QueueLimits): void {
    this.limits = limits
  }

  get size(): number {
    return this.waiting.size
  }

  get live(): number {
    return this.slots.size
  }

  add(entry: Waiting): void {
    this.remove(entry.id)
    this.waiting.set(entry.id, entry)
    this.order.add(entry)
    const types = this.lanes.get(entry.owner) ?? new Map<string, Ordered<Waiting>>()
    const lane = types.get(entry.type) ?? new Ordered<Waiting>()
    lane.add(entry)
    types.set(entry.type, lane)
    this.lanes.set(entry.owner, types)
  }

  remove(id: string): boolean {
    const entry = this.waiting.get(id)
    if (entry === undefined) return false
    this.waiting.delete(id)
    this.order.remove(entry)
    const types = this.lanes.get(entry.owner)
    const lane = types?.get(entry.type)
    lane?.remove(entry)
    if (lane?.size === 0) types?.delete(entry.type)
    if (types?.size === 0) this.lanes.delete(entry.owner)
    return true
  }

  /** 1 = next; null = not waiting here. Those ahead may be held up by a limit that does not apply to it. */
  positionOf(id: string): number | null {
    const entry = this.waiting.get(id)
    return entry === undefined ? null : this.order.placeOf(entry)
  }

  head(count: number, passes?: (entry: Waiting) => boolean): Waiting[] {
    return this.order.head(count, passes)
  }

  waits(id: string): boolean {
    return this.waiting.has(id)
  }

  hold(id: string, lane: Lane): void {
    this.release(id)
    this.slots.set(id, { owner: lane.owner, type: lane.type })
    count(this.runningByOwner, lane.owner, 1)
    count(this.runningByType, lane.type, 1)
  }

  release(id: string): boolean {
    const lane = this.slots.get(id)
    if (lane === undefined) return false
    this.slots.delete(id)
    count(this.runningByOwner, lane.owner, -1)
    count(this.runningByType, lane.type, -1)
    return true
  }

  /** What holds a slot, and what waits: for a forecast. */
  facts(most: number): { limits: QueueLimits; slots: ReadonlyMap<string, Lane>; waiting: Waiting[] } {
    return { limits: this.limits, slots: this.slots, waiting: this.order.head(most) }
  }

  /** The limit that keeps this waiting job; null = none does, or it does not wait. */
  heldBackBy(id: string): LimitHit | null {
    const entry = this.waiting.get(id)
    return entry === undefined ? null : this.limitHit(entry)
  }

  holds(id: string): boolean {
    return this.slots.has(id)
  }

  /** The limit that keeps a job of this owner and type from beginning now; null = there is room. */
  limitHit(lane: Lane): LimitHit | null {
    return this.globalHit() ?? this.ownerHit(lane.owner) ?? this.typeHit(lane.type)
  }

  /** Null when none waits or may begin. */
  next(): Waiting | null {
    if (this.globalHit() !== null) return null
    let best: Waiting | null = null
    for (const [owner, types] of this.lanes) {
      if (this.ownerHit(owner) !== null) continue
      for (const [type, lane] of types) {
        if (this.typeHit(type) !== null) continue
        const first = lane.first()
        if (first !== null && (best === null || goesBefore(first, best))) best = first
      }
    }
    return best
  }

  private globalHit(): LimitHit | null {
    const { global } = this.limits
    return global !== null && this.slots.size >= global ? { limit: 'global', value: global } : null
  }

  private ownerHit(owner: string): LimitHit | null {
    const value = limitOf(this.limits.owners, owner)
    return value !== null && (this.runningByOwner.get(owner) ?? 0) >= value ? { limit: `owner ${owner}`, value } : null
  }

  private typeHit(type: string): LimitHit | null {
    const value = limitOf(this.limits.types, type)
    return value !== null && (this.runningByType.get(type) ?? 0) >= value ? { limit: `type ${type}`, value } : null
  }
}

function count(counts: Map<string, number>, key: string, by: number): void {
  const value = (counts.get(key) ?? 0) + by
  if (value === 0) counts.delete(key)
  else counts.set(key, value)
}
