/** The bytes that a run writes, to its end, over lost connections and new daemons. */
import type { LogBytes } from '../protocol/requests.ts'
import { isUnreachable, type Link } from './link.ts'

/** Longest wait of one request for output; asking again is cheap. */
const WAIT_MS = 30_000
const AGAIN_MS = 100

export interface Output {
  target: string
  stream: 'out' | 'err'
  run: number
  /** Logical offset; null = from the start of the run. */
  from: number | null
}

/** Ends with the run, or with `over`. What rotation dropped before it was read is passed over. */
export async function* outputOf(
  link: Link,
  { target, stream, run, from }: Output,
  over: AbortSignal,
): AsyncGenerator<Buffer, void, void> {
  const release = link.hold()
  let next = from
  try {
    while (!over.aborted) {
      let reply: LogBytes
      try {
        const client = await link.client()
        // The first request only finds the start of the run, to tell a new daemon later, whatever the old one lost.
        const place = next === null ? { waitMs: 0 } : { from: next, waitMs: WAIT_MS }
        reply = await client.request('logs.bytes', { target, stream, run, ...place })
      } catch (error) {
        if (over.aborted || link.closed) return
        if (!isUnreachable(error)) throw error
        await link.wait(AGAIN_MS)
        continue
      }
      next = reply.next
      if (reply.data !== '') yield Buffer.from(reply.data, 'base64')
      if (reply.ended) return
    }
  } finally {
    release()
  }
}
