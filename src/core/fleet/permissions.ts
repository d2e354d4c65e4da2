/** What each of a fleet may say and hear on its bus; everything else is denied. A table, which the server enforces. */
import { ROLES, type Role } from '../../protocol/names.ts'
import { EVENT_STREAM, JOB_STREAM, subjects, toToken } from './names.ts'

export interface Permissions {
  publish: string[]
  subscribe: string[]
}

/** A role and those that are weaker. */
export const rolesUpTo = (role: Role): readonly Role[] => ROLES.slice(ROLES.indexOf(role))

export const weakerOf = (one: Role, other: Role): Role => ROLES[Math.max(ROLES.indexOf(one), ROLES.indexOf(other))]!

/**
 * Of JetStream, for one node alone: a server answers to whatever subject is named with a question, so who may ask it could say anything
 * anywhere, under any name. And no right to read a stream is for a part of it.
 */
const STREAM = [EVENT_STREAM, JOB_STREAM].flatMap((stream) =>
  [
    'STREAM.CREATE',
    'STREAM.INFO',
    'STREAM.MSG.GET',
    'CONSUMER.CREATE.>',
    'CONSUMER.MSG.NEXT.>',
    'CONSUMER.DELETE.>',
    ...(stream === JOB_STREAM ? ['STREAM.PURGE'] : []),
  ].map((what) => `$JS.API.${what.includes('>') ? what.replace('>', `${stream}.>`) : `${what}.${stream}`}`),
)

/** `isFounder`: it lets nodes in and puts them out. */
export function nodePermissions(node: string, role: Role, isFounder: boolean): Permissions {
  const own = toToken(node)
  return {
    publish: [
      subjects.beat(node),
      subjects.ping,
      subjects.claim(node),
      // With a role that it has, and under its own name.
      ...rolesUpTo(role).flatMap((each) => [`ptf.all.rows.${each}.${own}.*`, `ptf.rpc.*.${each}.${own}.>`]),
      `ptf.in.*.${own}.>`,
      subjects.store(node),
      ...(isFounder ? [subjects.kicks, 'ptf.joined.*', subjects.allEvents, subjects.allJobs, ...STREAM] : []),
    ],
    subscribe: [
      subjects.beats,
      subjects.ping,
      subjects.claims,
      subjects.kicks,
      subjects.allRows,
      `ptf.rpc.${own}.>`,
      `ptf.in.${own}.>`,
      ...(isFounder ? [subjects.joins, subjects.stores] : []),
    ],
  }
}

/** Who has the token, until a node of its own comes of it. */
export const invitationPermissions = (id: string): Permissions => ({
  publish: [subjects.join(id)],
  subscribe: [subjects.joined(id)],
})
