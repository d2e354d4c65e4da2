/** show: everything known about a process. */
import { stepsOutcome, stepTree } from '../../core/steps.ts'
import { liveOf, toRunView } from '../../core/to-view.ts'
import { isLive } from '../../protocol/names.ts'
import type { Params } from '../../protocol/requests.ts'
import { addressOf, socketsNameOf } from '../../protocol/sockets.ts'
import type { ProcessDetail, RunView, SocketView } from '../../protocol/view.ts'
import type { Supervisor } from '../create-supervisor.ts'
import type { Managed } from '../registry.ts'
import { selectAll } from './shared/select.ts'
import { descendantsOf } from './tree.ts'

export async function show(supervisor: Supervisor, params: Params<'show'>): Promise<ProcessDetail[]> {
  const index = supervisor.trees.index()
  return selectAll(supervisor, params.targets).map((managed) => ({
    ...supervisor.views.of(managed),
    definition: managed.record.definition,
    sockets: socketViews(supervisor, managed),
    runs: [...managed.record.runs.map(toRunView), ...liveRunView(managed)],
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

function liveRunView({ record }: Managed): RunView[] {
  const { state } = record.tracked
  const live = liveOf(state)
  if (live === null || !('run' in state)) return []
  return [
    {
      run: state.run.number,
      runId: state.run.id,
      startedAt: new Date(live.startedAtMs).toISOString(),
      endedAt: null,
      outcome: null,
      reason: null,
      exitCode: null,
      signal: null,
      adopted: live.adopted,
    },
  ]
}

/** Steps of an ended run lasted until its end at the latest. */
function endOfSteps({ world }: Supervisor, { record }: Managed): number {
  return isLive(record.tracked.state.status) ? world.clock.wall() : (record.endedAtMs ?? world.clock.wall())
}
