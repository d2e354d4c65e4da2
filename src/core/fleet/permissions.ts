/** What each of a fleet may say and hear on its bus; everything else is denied. A table, which the server enforces. */
import { ROLES, type Role } from '../../protocol/names.ts'
import { subjects, toToken } from './names.ts'

export interface Permissions {
  publish: string[]
  subscribe: string[]
}

/** A role and those that are weaker. */
export const rolesUpTo = (role: Role): readonly Role[] => ROLES.slice(ROLES.indexOf(role))

export const weakerOf = (one: Role, other: Role): Role => ROLES[Math.max(ROLES.indexOf(one), ROLES.indexOf(other))]!

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
      ...(isFounder ? [subjects.kicks, 'ptf.joined.*'] : []),
    ],
    subscribe: [
      subjects.beats,
      subjects.ping,
      subjects.claims,
      subjects.kicks,
      subjects.allRows,
      `ptf.rpc.${own}.>`,
      `ptf.in.${own}.>`,
      ...(isFounder ? [subjects.joins] : []),
    ],
  }
}

/** Who has the token, until a node of its own comes of it. */
export const invitationPermissions = (id: string): Permissions => ({
  publish: [subjects.join(id)],
  subscribe: [subjects.joined(id)],
})
