/** Calls back whenever one of the files that took part has changed, one call after the other. */

/** Editors write a file in several steps. */
const SETTLED_MS = 200

export interface Watching {
  /** A round without a change. */
  now(): Promise<void>
  close(): Promise<void>
}

/** `reads` may grow: what is in it after a round is watched too. */
export async function onChange(reads: ReadonlySet<string>, round: () => Promise<void>): Promise<Watching> {
  const { watch } = await import('chokidar')
  let running: Promise<void> = Promise.resolve()
  let timer: NodeJS.Timeout | undefined
  const watcher = watch([...reads], {
    ignoreInitial: true,
    awaitWriteFinish: { stabilityThreshold: SETTLED_MS, pollInterval: 50 },
  })
  // From before it is read: a change in between would be passed over.
  await new Promise<void>((resolve) => watcher.once('ready', resolve))
  const now = (): Promise<void> => {
    running = running.then(round).then(() => void watcher.add([...reads]))
    return running
  }
  watcher.on('all', () => {
    clearTimeout(timer)
    timer = setTimeout(now, SETTLED_MS)
  })
  return {
    now,
    close: async () => {
      clearTimeout(timer)
      await watcher.close()
      await running
    },
  }
}
