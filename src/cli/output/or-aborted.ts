/** Waiting for an answer until a signal aborts it. */

/** null when the signal comes first. (Promise.race with one lasting promise would keep every reply in memory.) */
export function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const halt = (): void => resolve(null)
    if (signal.aborted) halt()
    signal.addEventListener('abort', halt, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', halt))
  })
}
