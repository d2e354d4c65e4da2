/** A sorted array with binary search: for the ten thousand that may wait, moving the pointers takes microseconds. */

export interface Placed {
  id: string
  priority: number
  turn: number
}

export const goesBefore = (a: Placed, b: Placed): boolean =>
  a.priority !== b.priority ? a.priority > b.priority : a.turn !== b.turn ? a.turn < b.turn : a.id < b.id

export class Ordered<T extends Placed> {
  private readonly entries: T[] = []

  get size(): number {
    return this.entries.length
  }

  first(): T | null {
    return this.entries[0] ?? null
  }

  add(entry: T): void {
    this.entries.splice(this.countBefore(entry), 0, entry)
  }

  remove(entry: T): void {
    this.entries.splice(this.countBefore(entry), 1)
  }

  /** From 1. */
  placeOf(entry: T): number {
    return this.countBefore(entry) + 1
  }

  head(count: number, passes: (entry: T) => boolean = () => true): T[] {
    const found: T[] = []
    for (const entry of this.entries) {
      if (found.length >= count) break
      if (passes(entry)) found.push(entry)
    }
    return found
  }

  private countBefore(entry: T): number {
    let from = 0
    let to = this.entries.length
    while (from < to) {
      const middle = (from + to) >>> 1
      if (goesBefore(this.entries[middle]!, entry)) from = middle + 1
      else to = middle
    }
    return from
  }
}
