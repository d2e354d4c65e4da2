/** Who may make which request, by the rows in protocol/verbs.ts. api/guard.ts narrows requests to own processes. */
import type { Role } from '../protocol/names.ts'
import type { Method } from '../protocol/requests.ts'
import { type Reach, VERBS } from '../protocol/verbs.ts'

/** Who asks, known by the socket or by the token shown. */
export interface Peer {
  user: string
  role: Role
  /** Name of its token; null for the owner on the unix socket. */
  token: string | null
  /** The only process it may act for; null for everything but a child with its run's token. */
  process: string | null
  /** The node of the fleet that it asks from; absent = this one. */
  node?: string
  /** Epoch ms at which its rights end; null = never. */
  expiresAtMs: number | null
}

export function reachOf(peer: Peer, method: Method): Reach {
  const right = VERBS[method]
  if (peer.process !== null) return right.child
  return peer.role === 'admin' ? 'any' : right[peer.role]
}

/** The weakest role that may ask for it, for the hint of an error. */
export const roleFor = (method: Method): Role =>
  VERBS[method].viewer !== 'none' ? 'viewer' : VERBS[method].operator !== 'none' ? 'operator' : 'admin'
