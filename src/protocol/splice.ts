/** Joins two byte streams: what comes out of one goes into the other, and the end of one is the end of both. */

/** As much of node:stream's Duplex as this needs. */
export interface End {
  readonly readableEnded: boolean
  on(event: 'error' | 'close', listener: () => void): unknown
  pipe(to: never): unknown
  end(finished: () => void): unknown
  destroy(): unknown
}

/** `over` is called once, when both are closed. */
export function splice(one: End, other: End, over: () => void = () => {}): void {
  let open = 2
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    // 'close' follows.
    from.on('error', () => {})
    from.on('close', () => {
      if (--open === 0) over()
      // Whole where it ended in order; else it is cut like the first. Nobody reads what else would come out of it.
      if (from.readableEnded) to.end(() => to.destroy())
      else to.destroy()
    })
    from.pipe(to as never)
  }
}
