/**
 * Who may do what. On daemon.sock the file mode (0600) is the whole check: whoever can open it is its owner, an admin.
 * Tokens, and Host and Origin rules of TCP listeners, will be further Access objects beside this one.
 */
import type { IncomingHttpHeaders } from 'node:http'

export interface Peer {
  user: string
  role: 'admin' | 'operator' | 'viewer'
}

export interface Refusal {
  status: number
  reason: string
}

export interface Access {
  /** The peer of a connection that speaks lines. */
  peer(): Peer
  /** The peer of an HTTP request or upgrade, or why it is refused. */
  admit(headers: IncomingHttpHeaders): Peer | Refusal
}

export const isRefusal = (value: Peer | Refusal): value is Refusal => 'status' in value

/** Access over daemon.sock. No page of a browser has business here, even where something forwards TCP to the socket. */
export function ownerAccess(user: string): Access {
  const owner: Peer = { user, role: 'admin' }
  return {
    peer: () => owner,
    admit: (headers) =>
      headers.origin === undefined ? owner : { status: 403, reason: 'requests of web pages are refused on this socket' },
  }
}
