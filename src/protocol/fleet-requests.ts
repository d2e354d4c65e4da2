/** Requests about the fleet: membership, its nodes, and the way to another node's daemon. */
import { z } from 'zod'
import { Filter } from './filter.ts'
import {
  type FleetNode,
  type FleetStatus,
  NODE_NAME,
  NODE_NAME_RULE,
  type OnNode,
  type ResolvedWord,
  type SilentNode,
  wrongBusAddress,
} from './fleet.ts'
import { limits } from './limits.ts'
import { ROLES } from './names.ts'
import { OwnerName } from './request-parts.ts'
import type { ProcessView } from './view.ts'

const NodeName = z.string().regex(NODE_NAME, `a node's name has ${NODE_NAME_RULE}`)

const BusAddress = z
  .string()
  .max(limits.busAddressChars)
  .refine((text) => wrongBusAddress(text) === null, 'must be an address such as nats://10.0.0.5:4222')

export const fleetRequests = {
  'fleet.join': z.strictObject({
    /** Of one bus; any of them will do. */
    servers: z.array(BusAddress).min(1).max(16),
    /** A file of credentials, as `nsc` writes them; it is read at each connection. */
    credentials: z.string().startsWith('/').max(4096).optional(),
    /** Default: the name of the machine. */
    name: NodeName.optional(),
    trustBus: z.boolean().default(false),
  }),
  'fleet.leave': z.strictObject({}),
  'fleet.status': z.strictObject({}),
  'fleet.ls': z.strictObject({}),
  /** Rows of all nodes that are here, and the last known ones of those that are not. */
  'fleet.list': z.strictObject({ where: Filter.prefault({}) }),
  /** What words of a command line mean: NAME@NODE, unless a local process has that name. */
  'fleet.resolve': z.strictObject({ words: z.array(z.string().max(512)).max(10_000) }),
  /**
   * From the reply on this connection is one to the daemon of that node, beginning with its own `hello`. Only on daemon.sock, as
   * a frame per line, with nothing else unanswered.
   */
  'fleet.open': z.strictObject({ node: NodeName }),
  /** ptrackd-fleet's answer to `fleet.open`: instead of `hello`, the other end of that connection. */
  'fleet.carry': z.strictObject({ ticket: z.string().max(64) }),
  /** Before `hello`: whom this connection speaks for. It can only lose rights by it. */
  admit: z.strictObject({ user: OwnerName, role: z.enum(ROLES), node: NodeName }),
} as const

export interface FleetReplies {
  /** `shadowed`: local processes whose names end in `@NODE` of a node there; such a name means the local one. */
  'fleet.join': FleetStatus & { shadowed: string[] }
  'fleet.leave': { node: string }
  'fleet.status': FleetStatus
  'fleet.ls': FleetNode[]
  /** `silent`: nodes of which no rows came in time. */
  'fleet.list': { rows: (ProcessView & OnNode)[]; silent: SilentNode[] }
  /** In the order of the words. `unknown`: nodes that nobody has heard of. */
  'fleet.resolve': { node: string | null; words: (ResolvedWord | null)[]; unknown: string[] }
  'fleet.open': { node: string }
  'fleet.carry': { node: string }
  admit: { ok: boolean }
}
