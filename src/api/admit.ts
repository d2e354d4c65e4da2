/** A connection that speaks for somebody of another node. It came in as the owner's, and loses rights by it; it can gain none. */
import type { Peer } from '../core/rights.ts'
import { PtrackError } from '../protocol/errors.ts'
import { ROLES } from '../protocol/names.ts'
import type { Params } from '../protocol/requests.ts'

/** Throws DENIED where a token has settled already who it is. */
export function admitted(peer: Peer, { user, role, node }: Params<'admit'>): Peer {
  if (peer.token !== null || peer.process !== null)
    throw new PtrackError('DENIED', 'cannot speak for another node: this connection belongs to somebody already')
  // Strongest first.
  const weaker = ROLES[Math.max(ROLES.indexOf(peer.role), ROLES.indexOf(role))]!
  return { ...peer, user, role: weaker, token: `${user}@${node}`, node }
}
