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
  /** All connections together: descriptors are needed for children too. */
  connections: 2000,
}
export type WireBounds = typeof wireBounds
