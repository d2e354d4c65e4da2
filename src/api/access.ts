/**
 * Authentication. daemon.sock is protected by its mode (0600): who can open it is the owner, an admin, unless a token is shown,
 * whose rights then apply. TCP needs a token, and cross-site requests of browsers are refused. guard.ts decides what a peer may
 * do.
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { Peer } from '../core/rights.ts'
import type { Clock } from '../core/world.ts'

export type { Peer }

export interface Refusal {
  status: number
  reason: string
  /** Header fields of the answer, in lower case. */
  headers?: Readonly<Record<string, string>>
}

/** The parts of an HTTP request or upgrade used here; a node:http IncomingMessage is one. */
export interface Asked {
  headers: IncomingHttpHeaders
  url?: string | undefined
  method?: string | undefined
}

/** Immediate for accepted peers; a bad token is answered a second later. */
export type Admission = Peer | Refusal | Promise<Peer | Refusal>

export interface Access {
  /** The peer of a line connection, before it shows a token. */
  peer(): Peer
  bearer(token: string): Admission
  /** The peer of an HTTP request or upgrade, or why it is refused. */
  admit(asked: Asked): Admission
  /** For a request that needs no identity (the page itself, its login): null, or why it is refused all the same. */
  visit(asked: Asked): Refusal | null
  /** Calls `ended` once, later, when the peer's rights end: close with 1008 and this reason. Returns how to stop. */
  watch(peer: Peer, ended: (reason: string) => void): () => void
}

export interface Bearers {
  /** null for an invalid value. */
  peerOf(value: string): Peer | null
  watch(peer: Peer, ended: (reason: string) => void): () => void
}

export interface AccessOptions {
  bearers: Bearers
  clock: Pick<Clock, 'wakeAfter'>
  onBadToken?: () => void
}

/** The page's cookie, with the port in its name: browsers share a host's cookies between ports, and so between daemons. */
export const cookieName = (host: string | undefined): string => `ptrack_${/:(\d+)$/.exec(host ?? '')?.[1] ?? '80'}`
/** Delay of the answer to a bad token, ms: a few thousand guesses, of 2^256, cost an hour. */
const BAD_TOKEN_MS = 1000

export const isRefusal = (value: Peer | Refusal): value is Refusal => 'status' in value

/** Access over daemon.sock. No web page may use it, even where something forwards TCP to the socket. */
export function ownerAccess(user: string, options?: AccessOptions): Access {
  const owner: Peer = { user, role: 'admin', token: null, process: null, expiresAtMs: null }
  const bearer = checkOf(options ?? { bearers: nobody, clock: { wakeAfter } })
  return {
    peer: () => owner,
    bearer,
    visit: pageOnSocket,
    admit: (asked) => {
      const { headers } = asked
      const wrong = pageOnSocket(asked)
      if (wrong !== null) return wrong
      if (headers.authorization === undefined) return owner
      return bearer(bearerIn(headers.authorization) ?? '')
    },
    watch: (peer, ended) => (options?.bearers ?? nobody).watch(peer, ended),
  }
}

const pageOnSocket = ({ headers }: Asked): Refusal | null =>
  headers.origin === undefined ? null : { status: 403, reason: 'requests of web pages are refused on this socket' }

/** Access over TCP. `hosts`: allowed Host headers, `127.0.0.1:7077` and the like, in lower case. */
export function tokenAccess(options: AccessOptions & { hosts: () => readonly string[] }): Access {
  const check = checkOf(options)
  const visit = (asked: Asked): Refusal | null => {
    const reason = foreign(asked, options.hosts())
    return reason === null ? null : { status: 403, reason }
  }
  return {
    visit,
    peer: () => {
      throw new Error('nobody is known on TCP before he shows a token')
    },
    bearer: check,
    admit: (asked) => {
      const { headers } = asked
      const wrong = visit(asked)
      if (wrong !== null) return wrong
      if (headers.authorization !== undefined) return check(bearerIn(headers.authorization) ?? '')
      const cookie = cookieIn(headers.cookie, cookieName(headers.host))
      if (cookie === null) return unknown(inAddress(asked.url) ? 'a token in an address is not accepted' : 'no token was shown')
      // A browser sends Origin with everything that can have an effect; a cookie without it is refused.
      const acts = headers.upgrade !== undefined || !['GET', 'HEAD', undefined].includes(asked.method)
      if (acts && headers.origin === undefined) return { status: 403, reason: 'a cookie is accepted with an Origin only' }
      return check(cookie)
    },
    watch: options.bearers.watch.bind(options.bearers),
  }
}

/** Checks Host and Origin: against DNS rebinding, and other pages in the same browser. Null when both are ours. */
function foreign({ headers }: Asked, hosts: readonly string[]): string | null {
  const host = headers.host?.toLowerCase()
  if (host === undefined || !hosts.includes(host)) return 'the Host header does not name this daemon'
  if (headers.origin !== undefined && headers.origin.toLowerCase() !== `http://${host}`)
    return 'requests of other web pages are refused'
  // Images, scripts and forms of other pages send no Origin when they only read; links to our page may be followed.
  const site = headers['sec-fetch-site']
  if ((site === 'cross-site' || site === 'same-site') && headers['sec-fetch-mode'] !== 'navigate')
    return 'requests of other web pages are refused'
  return null
}

/** Between `127.0.0.1:7077` and a token. */
const unknown = (reason: string): Refusal => ({
  status: 401,
  reason: `${reason}; send \`Authorization: Bearer TOKEN\` (\`ptrack token create NAME\` makes one)`,
  headers: { 'www-authenticate': 'Bearer realm="ptrack"' },
})

function checkOf({ bearers, clock, onBadToken }: AccessOptions): (token: string) => Admission {
  return (token) => {
    const peer = bearers.peerOf(token)
    if (peer !== null) return peer
    onBadToken?.()
    return new Promise((resolve) => {
      clock.wakeAfter(BAD_TOKEN_MS, () => resolve(unknown('the token is wrong, revoked or expired')))
    })
  }
}

const bearerIn = (authorization: string): string | null => /^bearer ([^\s]{1,256})$/i.exec(authorization)?.[1] ?? null

/** Node joins several Cookie headers with `; `. The first of the name counts. */
function cookieIn(cookie: string | undefined, wanted: string): string | null {
  for (const part of (cookie ?? '').split(';')) {
    const [name, value] = part.trim().split('=', 2)
    if (name === wanted && value !== undefined) return value
  }
  return null
}

const inAddress = (url: string | undefined): boolean => /[?&](?:access_)?token=/i.test(url ?? '')

const nobody: Bearers = { peerOf: () => null, watch: () => () => {} }

const wakeAfter = (ms: number, callback: () => void): (() => void) => {
  const timer = setTimeout(callback, ms)
  return () => clearTimeout(timer)
}
