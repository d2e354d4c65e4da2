/** Subjects of the bus. A dot separates tokens there and `*` and `>` are patterns, so names are encoded: `=2E` is a dot. */
import type { Role } from '../../protocol/names.ts'
import { ROLES } from '../../protocol/names.ts'

const PLAIN = /^[A-Za-z0-9_-]$/

export function toToken(name: string): string {
  let token = ''
  for (const byte of new TextEncoder().encode(name)) {
    const char = String.fromCharCode(byte)
    token += PLAIN.test(char) ? char : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return token
}

/** null for what toToken never makes. */
export function fromToken(token: string): string | null {
  const bytes: number[] = []
  for (let at = 0; at < token.length; at++) {
    const char = token[at]!
    if (PLAIN.test(char)) bytes.push(char.charCodeAt(0))
    else {
      const hex = token.slice(at + 1, at + 3)
      if (char !== '=' || !/^[0-9A-F]{2}$/.test(hex)) return null
      bytes.push(Number.parseInt(hex, 16))
      at += 2
    }
  }
  try {
    const name = new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array(bytes))
    return name !== '' && toToken(name) === token ? name : null
  } catch (error) {
    if (error instanceof TypeError) return null
    throw error
  }
}

export const subjects = {
  beat: (node: string): string => `ptf.hb.${toToken(node)}`,
  beats: 'ptf.hb.*',
  /** Every node beats at once when it hears this. */
  ping: 'ptf.ping',
  /** Who wants a name; who has it answers. */
  claim: 'ptf.claim',
  rows: (role: Role, user: string): string => `ptf.all.rows.${role}.${toToken(user)}`,
  allRows: 'ptf.all.rows.*.*',
  open: (node: string, role: Role, user: string): string => `ptf.rpc.${toToken(node)}.${role}.${toToken(user)}.open`,
  opens: (node: string): string => `ptf.rpc.${toToken(node)}.*.*.open`,
  connection: (node: string, role: Role, user: string, id: string): string =>
    `ptf.rpc.${toToken(node)}.${role}.${toToken(user)}.c.${id}`,
  /** Of everything that is answered to this node; no node listens on `_INBOX`. */
  inbox: (node: string): string => `ptf.in.${toToken(node)}`,
} as const

/** Who asks, as the subject of `open` and `rows` says, where the server's permissions can vouch for it. null for another subject. */
export function askerOf(subject: string): { role: Role; user: string } | null {
  const [, kind, , role, user] = subject.split('.')
  if (!/^ptf\.(rpc(\.[^.]+){3}\.open|all\.rows(\.[^.]+){2})$/.test(subject) || (kind !== 'rpc' && kind !== 'all')) return null
  const name = fromToken(user ?? '')
  if (name === null || !(ROLES as readonly string[]).includes(role!)) return null
  return { role: role as Role, user: name }
}
