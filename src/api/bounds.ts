/** The limits of one connection; tests lower them (buffers not below 64 KiB, where sockets begin to report draining). */
import { limits } from '../protocol/limits.ts'

export const wireBounds = {
  frameBytes: limits.frameBytes as number,
  clientBufferBytes: limits.clientBufferBytes as number,
  heartbeatMs: limits.heartbeatMs as number,
  helloMs: limits.helloMs as number,
  /** Unanswered requests of one connection; each may hold a reply in memory. */
  inFlight: 256,
  /** A client with this many unreadable frames does not speak the protocol. */
  brokenFrames: 8,
  /** Subscriptions, and as many followed logs, of one connection. */
  subscriptions: 64,
  /** Between two pushes of views: twenty frames a second are enough for an eye. */
  viewsPeriodMs: 50,
  /** With more than this unsent, views wait and coalesce instead of queueing up. */
  viewsRoomBytes: 256 * 1024,
  /** Nesting of a request: what is accepted must be serialized again, and JSON.stringify recurses. */
  depth: 64,
  /** An orderly close may take this long before the connection is cut. */
  closeMs: 800,
  presenceMs: 3000,
  /** All connections of the socket: children need descriptors too. */
  connections: 2000,

  /** HTTP: body size, head size (beyond it node:http answers 431), fields and length of the address. */
  bodyBytes: limits.frameBytes as number,
  headerBytes: 16 * 1024,
  headerFields: 100,
  addressBytes: 8 * 1024,
  /** Time for a head, and then a body, from when its first byte could come, however slowly it drips. */
  headMs: limits.helloMs as number,
  bodyMs: 30_000,
  idleMs: 60_000,
  /** Unanswered requests of one HTTP connection (pipelining); the next is refused, and the connection ends after that answer. */
  pipelined: 16,
  /** Connections of the TCP listener, in total and per address: the socket is never crowded out. */
  tcpConnections: 1500,
  addressConnections: 1200,
  /** Of these, connections without a token so far, and how long one may be idle. */
  strangers: 200,
  strangerMs: 5000,
  /** Requests per second and burst, per token and per address. The owner on the unix socket is not limited. */
  peerRate: 100,
  peerBurst: 400,
  addressRate: 1000,
  addressBurst: 2000,
  /** Unsent bytes of one event stream; there may be many, and gaps are reported. */
  streamBytes: 256 * 1024,
  /** Idempotency-Keys kept, and for how long. */
  idempotencyKeys: 1000,
  idempotencyMs: 24 * 60 * 60 * 1000,
}
export type WireBounds = typeof wireBounds
