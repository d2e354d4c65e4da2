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

export const EVENT_STREAM = 'PT_EVENTS'
/** Jobs as keys and values, as the tools of NATS show them too (bucket PT_JOBS). */
export const JOB_STREAM = 'KV_PT_JOBS'
const JOB_KEYS = '$KV.PT_JOBS'

/** In each of them stands who sends it, so that the server's permissions can vouch for that (permissions.ts). */
export const subjects = {
  beat: (node: string): string => `ptf.hb.${toToken(node)}`,
  beats: 'ptf.hb.*',
  /** Every node beats at once when it hears this. */
  ping: 'ptf.ping',
  /** Who wants a name; who has it answers. */
  claim: (node: string): string => `ptf.claim.${toToken(node)}`,
  claims: 'ptf.claim.*',
  rows: ({ role, user }: Asking, from: string): string => `ptf.all.rows.${role}.${toToken(from)}.${toToken(user)}`,
  allRows: 'ptf.all.rows.*.*.*',
  open: (node: string, asking: Asking, from: string): string => `${connections(node, asking, from)}.open`,
  opens: (node: string): string => `ptf.rpc.${toToken(node)}.*.*.*.open`,
  connection: (node: string, asking: Asking, from: string, id: string): string => `${connections(node, asking, from)}.c.${id}`,
  /** What is answered to this node; no node listens on `_INBOX`. */
  inbox: (node: string): string => `ptf.in.${toToken(node)}`,
  answer: (to: string, from: string, id: string): string => `ptf.in.${toToken(to)}.${toToken(from)}.${id}`,
  /** Of whomever. */
  answers: (to: string, id: string): string => `ptf.in.${toToken(to)}.*.${id}`,
  /** Events of a node, in the stream of the bus. */
  events: (node: string): string => `ptf.ev.${toToken(node)}`,
  allEvents: 'ptf.ev.*',
  /** A node asks the one that keeps the stream: to take its events, and for those of all. */
  store: (node: string): string => `ptf.store.${toToken(node)}`,
  stores: 'ptf.store.*',
  /** What the scheduler offers a node, and asks of it: among its answers, where only the scheduler's node may say it. */
  jobs: (to: string, from: string): string => `ptf.in.${toToken(to)}.${toToken(from)}.jobs`,
  /** Records of the store of jobs. */
  job: (id: string): string => `${JOB_KEYS}.j.${id}`,
  jobLimits: `${JOB_KEYS}.limits`,
  scheduler: `${JOB_KEYS}.scheduler`,
  allJobs: `${JOB_KEYS}.>`,
  /** An invitation that is redeemed, and what it is answered. */
  join: (invitation: string): string => `ptf.join.${invitation}`,
  joins: 'ptf.join.*',
  joined: (invitation: string): string => `ptf.joined.${invitation}`,
  /** A node is in the fleet no more. */
  kick: (node: string): string => `ptf.kick.${toToken(node)}`,
  kicks: 'ptf.kick.*',
} as const

type Asking = { role: Role; user: string }

const connections = (node: string, { role, user }: Asking, from: string): string =>
  `ptf.rpc.${toToken(node)}.${role}.${toToken(from)}.${toToken(user)}`

/** The last but `after` tokens of a subject, as the name that it stands for. */
export const nameIn = (subject: string, after = 0): string | null => fromToken(subject.split('.').at(-1 - after) ?? '')

/** Who asks, and from which node, as the subject of `open` and `rows` says. null for another subject. */
export function askerOf(subject: string): (Asking & { from: string }) | null {
  const found = /^ptf\.(?:rpc\.[^.]+|all\.rows)\.([^.]+)\.([^.]+)\.([^.]+)(\.open)?$/.exec(subject)
  if (found === null || subject.startsWith('ptf.rpc.') !== (found[4] !== undefined)) return null
  const [role, from, user] = [found[1]!, fromToken(found[2]!), fromToken(found[3]!)]
  if (from === null || user === null || !(ROLES as readonly string[]).includes(role)) return null
  return { role: role as Role, from, user }
}

/** Part of a subject that another has chosen. */
export const isAnswerId = (value: unknown): value is string => typeof value === 'string' && /^[A-Za-z0-9]{8,64}$/.test(value)

/**
 * Whether an answer may go there: to an inbox of `to` for answers of `from`. The asker chooses the subject, and the answer is published
 * with the permissions of the node that answers: anywhere else it would pass for a statement of that node.
 */
export const isAnswerTo = (subject: string | undefined, to: string, from: string): subject is string =>
  subject?.startsWith(subjects.answer(to, from, '')) === true && isAnswerId(subject.slice(subjects.answer(to, from, '').length))
