/** What `fleet invite` gives and `fleet join` takes: the way to the bus, who it must be, and a user who may do one thing there. */
import { createHash } from 'node:crypto'
import { PtrackError } from '../../../protocol/errors.ts'
import { TOKEN_PREFIX } from '../../../protocol/fleet.ts'
import { parseJson } from '../../../protocol/json.ts'
import { ROLES, type Role } from '../../../protocol/names.ts'

export interface Invitation {
  /** HOST:PORT, the likeliest first. */
  servers: string[]
  /** The authority of the bus's certificate, as base64 of its DER. */
  authority: string
  role: Role
  /** The node that invites. */
  founder: string
  expiresAtMs: number
  /** A user of the bus, named by its public key, for redeeming this alone. */
  id: string
  userToken: string
  seed: string
}

const CHECK_CHARS = 8
const checkOf = (body: string): string => createHash('sha256').update(body).digest('base64url').slice(0, CHECK_CHARS)

const part = (bytes: string | Buffer): string => Buffer.from(bytes as string).toString('base64url')

/** Parts between dots, of which the user token has three: nothing in it is encoded twice, since people copy it. */
export function encodeInvitation(invitation: Invitation): string {
  const { servers, authority, role, founder, expiresAtMs, id, userToken, seed } = invitation
  const facts = part(JSON.stringify([role, founder, expiresAtMs, id, ...servers]))
  const body = `${facts}.${part(Buffer.from(authority, 'base64'))}.${seed}.${userToken}`
  return `${TOKEN_PREFIX}${body}.${checkOf(body)}`
}

/** Throws BAD_REQUEST for what `invite` did not give. */
export function decodeInvitation(text: string): Invitation {
  const token = text.replace(/\s+/g, '')
  const no = (why: string, hint: string): PtrackError => new PtrackError('BAD_REQUEST', `cannot join: ${why}`, { hint })
  if (!token.startsWith(TOKEN_PREFIX))
    throw no(
      /^ptf\d/.test(token) ? 'the token is of another version of ptrack' : 'this is no token',
      '`ptrack fleet invite` on the node that made the fleet gives one',
    )
  const parts = token.slice(TOKEN_PREFIX.length).split('.')
  const check = parts.pop()
  if (parts.length === 0 || check !== checkOf(parts.join('.')))
    throw no(`the token is not whole (${token.length} characters came)`, 'copy all of it, or put it into a file and join @FILE')
  const [facts = '', authority = '', seed = '', ...userToken] = parts
  const read = parseJson(Buffer.from(facts, 'base64url').toString('utf8'))
  const [role, founder, expiresAtMs, id, ...servers] = Array.isArray(read) ? (read as unknown[]) : []
  const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''
  if (
    ![founder, id, ...servers].every(isText) ||
    servers.length === 0 ||
    typeof expiresAtMs !== 'number' ||
    !(ROLES as readonly unknown[]).includes(role)
  )
    throw no('the token is of another version of ptrack', 'install the same version on both machines')
  return {
    servers: servers as string[],
    authority: Buffer.from(authority, 'base64url').toString('base64'),
    role: role as Role,
    founder: founder as string,
    expiresAtMs,
    id: id as string,
    userToken: userToken.join('.'),
    seed,
  }
}
