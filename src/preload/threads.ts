/** Which thread of the process has a socket: worker threads share the descriptors, and each loads this file. */
import * as threads from 'node:worker_threads'

export interface Claims {
  /** True if this thread has it now; a thread that has it once keeps it. */
  claim(index: number): boolean
}

const KEY = 'ptrack-sockets'

export function threadClaims(size: number): Claims {
  const { isMainThread, threadId, setEnvironmentData, getEnvironmentData } = threads as Partial<typeof threads>
  let owners = isMainThread ? undefined : (getEnvironmentData?.(KEY) as SharedArrayBuffer | undefined)
  if (owners === undefined) {
    owners = new SharedArrayBuffer(4 * size)
    // Every worker started from here gets it.
    setEnvironmentData?.(KEY, owners as never)
  }
  const table = new Int32Array(owners)
  const me = (threadId ?? 0) + 1
  return {
    claim: (index) => [0, me].includes(Atomics.compareExchange(table, index, 0, me)),
  }
}
