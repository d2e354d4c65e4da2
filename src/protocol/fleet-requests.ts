/** Requests about the fleet: membership, its nodes, and the way to another node's daemon. */
import { z } from 'zod'
import { Definition } from './definition.ts'
import { Filter } from './filter.ts'
import {
  type FleetCheck,
  type FleetEventsPage,
  type FleetNode,
  type FleetStatus,
  INVITATION_MS,
  NODE_NAME,
  NODE_NAME_RULE,
  NODE_OR_TAG,
  NODE_TAG,
  type OnNode,
  type ResolvedWord,
  type SilentNode,
  wrongBusAddress,
} from './fleet.ts'
import { type FleetJobView, type FleetLimitsView, ON_LOST } from './fleet-jobs.ts'
import { fleetLimits } from './fleet-limits.ts'
import { jobRequests } from './job-requests.ts'
import { ROLES, type Role } from './names.ts'
import { OwnerName } from './request-parts.ts'
import type { ProcessView } from './view.ts'

const NodeName = z.string().regex(NODE_NAME, `a node's name has ${NODE_NAME_RULE}`)

const NodeTags = z
  .array(z.string().regex(NODE_TAG, `a node's tag has ${NODE_NAME_RULE}`))
  .max(fleetLimits.tags)
  .default([])

const BusAddress = z
  .string()
  .max(fleetLimits.busAddressChars)
  .refine((text) => wrongBusAddress(text) === null, 'must be an address such as nats://10.0.0.5:4222')

/** A name or an id. */
const JobWord = z.string().min(1).max(200)

export const fleetRequests = {
  'fleet.join': z.strictObject({
    /** Of one bus that others run; any of them will do. */
    servers: z.array(BusAddress).min(1).max(16).optional(),
    /** What `fleet invite` gave, instead of servers. It is used up by this. */
    token: z.string().max(fleetLimits.tokenChars).optional(),
    /** A file of credentials, as `nsc` writes them; it is read at each connection. */
    credentials: z.string().startsWith('/').max(4096).optional(),
    /** Default: the name of the machine. */
    name: NodeName.optional(),
    trustBus: z.boolean().default(false),
    /** By which jobs may be bound to it. */
    tags: NodeTags,
  }),
  /** The first node: keys, certificates, a nats-server as the service `fleet-bus`. */
  'fleet.create': z.strictObject({
    name: NodeName.optional(),
    /** An address of this machine; 0.0.0.0 and :: are all of them. */
    host: z.string().min(1).max(255),
    port: z.number().int().min(1).max(65_535),
    /** The program nats-server. */
    serverBinary: z.string().startsWith('/').max(4096),
    tags: NodeTags,
  }),
  /** `role`: the most that anybody of that node may do on others. */
  'fleet.invite': z.strictObject({
    role: z.enum(ROLES).default('viewer'),
    ttlMs: z
      .number()
      .int()
      .min(1000)
      .max(30 * 86_400_000)
      .default(INVITATION_MS),
  }),
  'fleet.kick': z.strictObject({ node: NodeName }),
  'fleet.doctor': z.strictObject({}),
  /** `force`: also as the node that made the fleet, whose bus ends with it. */
  'fleet.leave': z.strictObject({ force: z.boolean().default(false) }),
  'fleet.status': z.strictObject({}),
  'fleet.ls': z.strictObject({}),
  /** Rows of all nodes that are here, and the last known ones of those that are not. */
  'fleet.list': z.strictObject({ where: Filter.prefault({}) }),
  /** Events of all nodes, from the stream of the bus. Without `since`: none, but the numbers of the first and the last. */
  'fleet.events': z.strictObject({
    /** After this number (`fleetSeq`). */
    since: z.number().int().min(0).optional(),
    /** Of which stream the number is, as a page says. */
    stream: z.string().max(64).optional(),
    /** How long to wait for the first one. */
    waitMs: z.number().int().min(0).max(fleetLimits.eventsWaitMs).default(0),
  }),
  /** A job for whichever node has room. */
  'fleet.run': z.strictObject({
    definition: Definition,
    /** Variables that it gets; of the caller's environment nothing is taken along. */
    set: z.record(z.string().min(1).max(1024), z.string().max(131_072)).default({}),
    /** The only node that it may run on; `tag:T`: any with that tag. */
    node: z.string().regex(NODE_OR_TAG, `a node's name, or tag:TAG, has ${NODE_NAME_RULE}`).optional(),
    onLost: z.enum(ON_LOST).default('keep'),
    owner: OwnerName.optional(),
    /** Names or ids of jobs of the fleet that must be done before. */
    after: z.array(JobWord).max(64).default([]),
  }),
  /** Jobs of the fleet, in the order of their submission; `open`: without those that have ended. */
  'fleet.jobs': z.strictObject({ words: z.array(JobWord).max(1000).default([]), open: z.boolean().default(false) }),
  /** One that waits ends at once; one that runs is ended by its node, when that hears of it. */
  'fleet.cancel': z.strictObject({ words: z.array(JobWord).min(1).max(1000) }),
  'fleet.limits.get': z.strictObject({}),
  /** Of jobs of the fleet that are at work at once. Changes only what is named; null removes a limit. */
  'fleet.limits.set': jobRequests['limits.set'],
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
  admit: z.strictObject({
    user: OwnerName,
    role: z.enum(ROLES),
    node: NodeName,
    /** Of the ptrackd-fleet that the daemon has: one of a former life is refused. */
    key: z.string().max(64).optional(),
  }),
} as const

export interface FleetReplies {
  /** `shadowed`: local processes whose names end in `@NODE` of a node there; such a name means the local one. */
  'fleet.join': FleetStatus & { shadowed: string[] }
  'fleet.create': FleetStatus & { shadowed: string[]; pid: number | null }
  /** `token` is shown here once, and used once. `servers`: the addresses in it. */
  'fleet.invite': { token: string; role: Role; expires: string; servers: string[] }
  /** `wasHere`: it was on the bus, and knows why it is not any more. */
  'fleet.kick': { node: string; wasHere: boolean }
  'fleet.doctor': FleetCheck[]
  'fleet.leave': { node: string }
  'fleet.status': FleetStatus
  'fleet.ls': FleetNode[]
  /** `silent`: nodes of which no rows came in time. */
  'fleet.list': { rows: (ProcessView & OnNode)[]; silent: SilentNode[] }
  /** Of others' processes and daemons only with the role of an admin. */
  'fleet.events': FleetEventsPage
  'fleet.run': FleetJobView
  'fleet.jobs': FleetJobView[]
  'fleet.cancel': FleetJobView[]
  'fleet.limits.get': FleetLimitsView
  'fleet.limits.set': FleetLimitsView
  /** In the order of the words. `unknown`: nodes that nobody has heard of. */
  'fleet.resolve': { node: string | null; words: (ResolvedWord | null)[]; unknown: string[] }
  'fleet.open': { node: string }
  'fleet.carry': { node: string }
  admit: { ok: boolean }
}
