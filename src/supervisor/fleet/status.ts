/** What `fleet status` shows, of what the daemon and its ptrackd-fleet know. */
import type { BusFacts, Membership } from '../../core/fleet/messages.ts'
import { iso } from '../../core/iso.ts'
import { type FleetEventsStatus, type FleetNode, type FleetStatus, withoutPassword } from '../../protocol/fleet.ts'

interface Known {
  facts: BusFacts
  nodes: readonly FleetNode[]
  /** Of a ptrackd-fleet that does not answer. */
  stuckPid: number | null
  process: FleetStatus['process']
  /** null: it was not answered. */
  events: FleetEventsStatus | null
}

export function statusOf(membership: Membership, { facts, nodes, stuckPid, process, events }: Known): FleetStatus {
  const stuck = stuckPid === null ? null : `ptrackd-fleet (pid ${stuckPid}) does not answer`
  const reason = stuck ?? facts.reason ?? (facts.state === 'up' ? null : 'it has just started')
  return {
    node: membership.node,
    id: membership.id,
    servers: membership.servers.map(withoutPassword),
    credentials: membership.credentials,
    own: membership.own,
    trustBus: membership.trustBus,
    state: stuck === null ? facts.state : 'stuck',
    since: iso(facts.sinceMs),
    reason,
    server: stuck === null ? facts.server : null,
    process,
    nodes: {
      here: nodes.filter(({ state }) => state === 'here').length,
      away: nodes.filter(({ state }) => state === 'away').length,
    },
    events: events ?? { waiting: null, reason: reason ?? 'it is not known', stream: null },
  }
}
