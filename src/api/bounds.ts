/** The bounds of one connection, with their reasons; tests make them small (buffers not below 64 KiB, where sockets begin to tell that they drained). */
import { limits } from '../protocol/limits.ts'

export const wireBounds = {
  frameBytes: limits.frameBytes as number,
  clientBufferBytes: limits.clientBufferBytes as number,
  heartbeatMs: limits.heartbeatMs as number,
  helloMs: limits.helloMs as number,
  /** Unanswered requests of one connection; each may hold a reply in memory. */
  inFlight: 256,
  /** A client that sends so many unreadable frames does not speak the protocol. */
  brokenFrames: 8,
  /** Subscriptions, and as many followed logs, of one connection. */
  subscriptions: 64,
  /** Between two pushes of views: twenty frames a second are enough for an eye. */
  viewsPeriodMs: 50,
  /** With more than this unsent, views wait and coalesce instead of queueing up behind older views. */
  viewsRoomBytes: 256 * 1024,
  /** Nesting of a request: what is accepted must be serialisable again, and JSON.stringify recurses. */
  depth: 64,
  /** An orderly end may take so long before the connection is cut. */
  closeMs: 800,
  /** Between two looks whether the socket's file is still there. */
  presenceMs: 3000,
  /** All connections of the socket together: descriptors are needed for children too. */
  connections: 2000,

  /** HTTP: one body, and one head (node:http refuses beyond it, 431) with so many fields and such an address. */
  bodyBytes: limits.frameBytes as number,
  headerBytes: 16 * 1024,
  headerFields: 100,
  addressBytes: 8 * 1024,
  /** A head, and then a body, must be there so long after its first byte could come, however slowly it drips. */
  headMs: limits.helloMs as number,
  bodyMs: 30_000,
  /** A kept connection without a request. */
  idleMs: 60_000,
  /** Unanswered requests of one HTTP connection (pipelining); the next one is refused, and the connection ends behind that answer. */
  pipelined: 16,
  /** Connections of the TCP listener, and of one address there: the socket is never crowded out. */
  tcpConnections: 1500,
  addressConnections: 1200,
  /** Of these, connections that have shown no token yet, and how long such a one may be idle. */
  strangers: 200,
  strangerMs: 5000,
  /** Requests of one token a second, and saved up; of one address, whoever it is. The owner at his socket is not counted. */
  peerRate: 100,
  peerBurst: 400,
  addressRate: 1000,
  addressBurst: 2000,
  /** Unsent bytes of one stream of events; there may be many, and what is missed is told. */
  streamBytes: 256 * 1024,
  /** Idempotency-Keys kept, and for how long. */
  idempotencyKeys: 1000,
  idempotencyMs: 24 * 60 * 60 * 1000,
}
export type WireBounds = typeof wireBounds
