/** One page of a stream, pulled from a consumer that was made for it. The server says every half second that it is alive. */
import { monoMs } from '../../../protocol/mono.ts'
import type { BusConnection, BusMessage } from '../bus.ts'
import { encode } from '../node.ts'

const HEARTBEAT_MS = 500
const SILENCE_MS = 3 * HEARTBEAT_MS
const NANOS = 1_000_000
/** Messages of one page. */
const MOST = 500
/** Those that are there come at once. */
const COME_MS = 5000
const HEARTBEAT = 100

export interface StreamMessage {
  seq: number
  subject: string
  data: Uint8Array
}

interface Wanted {
  next: string
  inbox: string
  /** Messages that are there. */
  pending: number
  maxBytes: number
  waitMs: number
  /** What is thrown when the server falls silent. */
  silent: () => Error
}

/** In their order. Empty when none came in time. Throws when the server falls silent. */
export function pull(
  connection: BusConnection,
  { next, inbox, pending, maxBytes, waitMs, silent }: Wanted,
): Promise<StreamMessage[]> {
  if (pending === 0 && waitMs === 0) return Promise.resolve([])
  return new Promise((resolve, reject) => {
    const got: StreamMessage[] = []
    let bytes = 0
    let expected = Math.min(Math.max(pending, 1), MOST)
    let heardMono = monoMs()
    let over = false
    const done = (error: Error | null): void => {
      over = true
      clearInterval(watching)
      clearTimeout(timer)
      stop()
      if (error === null) resolve(got)
      else reject(error)
    }
    const ask = (batch: number, expiresMs: number): void => {
      connection.publish(next, encode({ batch, expires: expiresMs * NANOS, ...heartbeatOf(expiresMs) }), inbox)
    }
    const take = ({ subject, data, reply, headers }: BusMessage): void => {
      if (over) return
      heardMono = monoMs()
      const place = placeOf(reply)
      if (place === null) {
        // The server is alive; or the pull is over, and what came is all.
        if (headers?.code !== HEARTBEAT) done(null)
        return
      }
      got.push({ seq: place.seq, subject, data })
      bytes += data.length
      if (bytes >= maxBytes) return done(null)
      if (got.length < expected) return
      // The first one was waited for: what has come with it is taken along.
      expected = Math.min(expected + place.pending, MOST)
      if (expected === got.length) return done(null)
      ask(expected - got.length, COME_MS)
    }
    const stop = connection.subscribe(inbox, take)
    const watching = setInterval(() => {
      if (monoMs() - heardMono > SILENCE_MS) done(silent())
    }, HEARTBEAT_MS)
    const timer = setTimeout(() => done(null), Math.max(waitMs, COME_MS))
    ask(expected, pending > 0 ? COME_MS : waitMs)
  })
}

/** A server refuses one that is more than half of the time. */
const heartbeatOf = (expiresMs: number): object => (expiresMs >= 2 * HEARTBEAT_MS ? { idle_heartbeat: HEARTBEAT_MS * NANOS } : {})

/** A message of a stream says by where it may be acknowledged what its number is, and how many follow. */
function placeOf(reply: string | undefined): { seq: number; pending: number } | null {
  if (reply?.startsWith('$JS.ACK.') !== true) return null
  const parts = reply.split('.')
  // Newer servers put domain and account in front.
  const skipped = parts.length > 9 ? 2 : 0
  const [seq, pending] = [Number(parts[5 + skipped]), Number(parts[8 + skipped])]
  return Number.isSafeInteger(seq) && Number.isSafeInteger(pending) ? { seq, pending } : null
}
