/**
 * Entries in order, where adding, removing and telling the place of one takes O(log n): a treap that knows the sizes of
 * its subtrees. Its shape comes from a hash of the entries' own numbers, so that the same entries make the same tree.
 */

export interface Placed {
  id: string
  /** Higher goes first; among equals the lower turn. */
  priority: number
  turn: number
}

interface Node<T> {
  entry: T
  weight: number
  size: number
  left: Node<T> | null
  right: Node<T> | null
}

export const goesBefore = (a: Placed, b: Placed): boolean =>
  a.priority !== b.priority ? a.priority > b.priority : a.turn !== b.turn ? a.turn < b.turn : a.id < b.id

const sizeOf = <T>(node: Node<T> | null): number => node?.size ?? 0

function counted<T>(node: Node<T>): Node<T> {
  node.size = 1 + sizeOf(node.left) + sizeOf(node.right)
  return node
}

/** Rising turns would make a list of a plain tree; multiplied by an odd constant they are spread well enough. */
function weightOf({ turn, priority }: Placed): number {
  const mixed = Math.imul(turn ^ Math.imul(priority, 0x85ebca6b), 0x9e3779b1)
  return Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d) >>> 0
}

export class Ordered<T extends Placed> {
  private root: Node<T> | null = null

  get size(): number {
    return sizeOf(this.root)
  }

  first(): T | null {
    let node = this.root
    while (node !== null && node.left !== null) node = node.left
    return node?.entry ?? null
  }

  add(entry: T): void {
    const [before, after] = this.split(this.root, entry)
    const node: Node<T> = { entry, weight: weightOf(entry), size: 1, left: null, right: null }
    this.root = this.merge(this.merge(before, node), after)
  }

  /** The entry has to be in it. */
  remove(entry: T): void {
    this.root = this.without(this.root, entry)
  }

  /** From 1. */
  placeOf(entry: T): number {
    let place = 1
    for (let node = this.root; node !== null; ) {
      if (goesBefore(node.entry, entry)) {
        place += 1 + sizeOf(node.left)
        node = node.right
      } else node = node.left
    }
    return place
  }

  /** The first so many that pass, in order. */
  head(count: number, passes: (entry: T) => boolean = () => true): T[] {
    const found: T[] = []
    const visit = (node: Node<T> | null): void => {
      if (node === null || found.length >= count) return
      visit(node.left)
      if (found.length < count && passes(node.entry)) found.push(node.entry)
      visit(node.right)
    }
    visit(this.root)
    return found
  }

  /** What goes before the entry, and the rest. */
  private split(node: Node<T> | null, entry: T): [Node<T> | null, Node<T> | null] {
    if (node === null) return [null, null]
    if (goesBefore(node.entry, entry)) {
      const [before, after] = this.split(node.right, entry)
      node.right = before
      return [counted(node), after]
    }
    const [before, after] = this.split(node.left, entry)
    node.left = after
    return [before, counted(node)]
  }

  private merge(a: Node<T> | null, b: Node<T> | null): Node<T> | null {
    if (a === null || b === null) return a ?? b
    if (a.weight > b.weight) {
      a.right = this.merge(a.right, b)
      return counted(a)
    }
    b.left = this.merge(a, b.left)
    return counted(b)
  }

  private without(node: Node<T> | null, entry: T): Node<T> | null {
    if (node === null) return null
    if (node.entry.id === entry.id) return this.merge(node.left, node.right)
    if (goesBefore(entry, node.entry)) node.left = this.without(node.left, entry)
    else node.right = this.without(node.right, entry)
    return counted(node)
  }
}
