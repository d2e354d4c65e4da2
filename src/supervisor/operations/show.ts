/** show: everything known about a process. */
import { iso } from '../../core/iso.ts'
import { stepsOutcome, stepTree } from '../../core/steps.ts'
import { toRunView } from '../../core/to-view.ts'
import type { Definition } from '../../protocol/definition.ts'
import { isForNextRun } from '../../protocol/fields.ts'
import { isLive } from '../../protocol/names.ts'
import type { Params } from '../../protocol/requests.ts'
import { addressOf, socketsNameOf } from '../../protocol/sockets.ts'
import type { ProcessDetail, RefusedView, SocketView } from '../../protocol/view.ts'
import type { Supervisor } from '../create-supervisor.ts'
import type { Managed } from '../registry.ts'
import { liveRunViews } from './shared/live-runs.ts'
import { selectAll } from './shared/select.ts'
import { descendantsOf } from './tree.ts'

export async function show(supervisor: Supervisor, params: Params<'show'>): Promise<ProcessDetail[]> {
  const index = supervisor.trees.index()
  const all = selectAll(supervisor, params.targets)
  const live = await Promise.all(all.map((managed) => liveRunViews(supervisor, managed)))
  return all.map((managed, at) => ({
    ...supervisor.views.of(managed),
    definition: managed.record.definition,
    refused: refusedView(managed),
    sockets: socketViews(supervisor, managed),
    runs: [...managed.record.runs.map(toRunView), ...live[at]!],
    steps: stepTree(
      managed.record.tracking?.steps ?? [],
      endOfSteps(supervisor, managed),
      stepsOutcome(managed.record.tracked.state.status),
    ),
    descendants: descendantsOf(supervisor, managed, index),
  }))
}

function socketViews({ sockets, world }: Supervisor, { record: { definition } }: Managed): SocketView[] {
  const open = definition.sockets.length === 0 ? null : sockets.of(socketsNameOf(definition))
  if (open === null) return []
  const queued = new Map(world.table.listeners().map((listener) => [listener.inode, listener.queued]))
  const holders = open.holders.filter((holder) => world.sockets.alive(holder)).length
  return open.sockets.map((socket) => ({
    name: socket.name,
    address: addressOf(socket),
    inode: socket.inode,
    queued: queued.get(socket.inode) ?? null,
    holders,
  }))
}

/** What is different in the version that was rolled back. */
function refusedView({ record: { definition, refused } }: Managed): RefusedView | null {
  if (refused === undefined) return null
  const { why, atMs } = refused
  const changed = Object.entries(refused.definition).filter(
    ([field, value]) => isForNextRun(field) && JSON.stringify(value) !== JSON.stringify(definition[field as keyof Definition]),
  )
  return { at: iso(atMs), why, changed: Object.fromEntries(changed) }
}

/** Steps of an ended run lasted until its end at the latest. */
function endOfSteps({ world }: Supervisor, { record }: Managed): number {
  return isLive(record.tracked.state.status) ? world.clock.wall() : (record.endedAtMs ?? world.clock.wall())
}
