/** Until it opens, the servers of this process listen in every way but one: nothing is accepted. */
export interface Gate {
  isOpen(): boolean
  /** Calls it when the gate is open; in an open one, when the listeners of 'listening' have run: one of them may close. */
  whenOpen(accept: () => unknown): void
  open(): void
}

export function createGate(shut: boolean, changed: () => void): Gate {
  let open = !shut
  let waiting: (() => unknown)[] = []
  return {
    isOpen: () => open,
    whenOpen(accept) {
      if (open) setImmediate(accept)
      else waiting.push(accept)
    },
    open() {
      open = true
      for (const accept of waiting) accept()
      waiting = []
      changed()
    },
  }
}
