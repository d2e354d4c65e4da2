/** When the turn of each waiting job comes, if those before it take as long as is usual. */
import type { QueueLimits } from '../protocol/settings.ts'

export interface Holder {
  owner: string
  type: string
  /** Epoch ms; null = nobody knows, so its slot is not counted on. */
  endsAtMs: number | null
}

export interface Waiter {
  id: string
  owner: string
  type: string
  /** How long it is expected to take; null = not known. */
  tookMs: number | null
}

/** Those that hold slots now, and the queue in its order. A turn that depends on an end nobody knows is left out. */
export function expectedStarts(
  nowMs: number,
  limits: QueueLimits,
  holders: readonly Holder[],
  queue: readonly Waiter[],
): Map<string, number> {
  const taken = new Taken(limits)
  const ends: Holder[] = []
  const hold = (holder: Holder): void => {
    taken.count(holder, 1)
    if (holder.endsAtMs !== null) ends.push(holder)
  }
  for (const holder of holders) hold({ ...holder, endsAtMs: holder.endsAtMs === null ? null : Math.max(nowMs, holder.endsAtMs) })
  const starts = new Map<string, number>()
  let waiting = [...queue]
  for (let atMs = nowMs; ; ) {
    waiting = waiting.filter((waiter) => {
      if (!taken.hasRoom(waiter)) return true
      starts.set(waiter.id, atMs)
      hold({ ...waiter, endsAtMs: waiter.tookMs === null ? null : atMs + waiter.tookMs })
      return false
    })
    if (waiting.length === 0 || ends.length === 0) return starts
    let next = 0
    for (let index = 1; index < ends.length; index++) if (ends[index]!.endsAtMs! < ends[next]!.endsAtMs!) next = index
    const [ended] = ends.splice(next, 1)
    taken.count(ended!, -1)
    atMs = ended!.endsAtMs!
  }
}

class Taken {
  private readonly limits: QueueLimits
  private all = 0
  private readonly owners = new Map<string, number>()
  private readonly types = new Map<string, number>()

  constructor(limits: QueueLimits) {
    this.limits = limits
  }

  count({ owner, type }: Pick<Holder, 'owner' | 'type'>, by: 1 | -1): void {
    this.all += by
    this.owners.set(owner, (this.owners.get(owner) ?? 0) + by)
    this.types.set(type, (this.types.get(type) ?? 0) + by)
  }

  hasRoom({ owner, type }: Pick<Holder, 'owner' | 'type'>): boolean {
    const { global, owners, types } = this.limits
    return (
      isBelow(this.all, global) &&
      isBelow(this.owners.get(owner) ?? 0, Object.hasOwn(owners, owner) ? owners[owner]! : null) &&
      isBelow(this.types.get(type) ?? 0, Object.hasOwn(types, type) ? types[type]! : null)
    )
  }
}

const isBelow = (count: number, limit: number | null): boolean => limit === null || count < limit
