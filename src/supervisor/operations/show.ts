/** show: everything known about a process. */
import { iso } from '../../core/iso.ts'
import { isProbed } from '../../core/policy.ts'
import { stepsOutcome, stepTree } from '../../core/steps.ts'
import { toRunView } from '../../core/to-view.ts'
import type { Definition } from '../../protocol/definition.ts'
import { isForNextRun } from '../../protocol/fields.ts'
import { fileOf } from '../../protocol/file-key.ts'
import { isLive } from '../../protocol/names.ts'
import type { Params } from '../../protocol/requests.ts'
import { addressOf, portsOf, socketsNameOf } from '../../protocol/sockets.ts'
import type { DefinedByView, NeededByView, ProcessDetail, ProcessView, RefusedView, SocketView } from '../../protocol/view.ts'
import type { Supervisor } from '../create-supervisor.ts'
import type { Managed } from '../registry.ts'
import { liveRunViews } from './shared/live-runs.ts'
import { selectAll } from './shared/select.ts'
import { descendantsOf } from './tree.ts'

export async function show(supervisor: Supervisor, params: Params<'show'>): Promise<ProcessDetail[]> {
  const index = supervisor.trees.index()
  const all = selectAll(supervisor, params.targets)
  const connections = supervisor.world.table.connections(new Set(all.flatMap((managed) => portsAlive(managed))))
  const live = await Promise.all(all.map((managed) => liveRunViews(supervisor, managed)))
  return all.map((managed, at) => ({
    ...withConnections(supervisor.views.of(managed), connections),
    definition: managed.record.definition,
    definedBy: definedByView(managed),
    neededBy: neededBy(supervisor, managed),
    checks: managed.observed.checks.view(),
    readyAt: readyAt(managed),
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

/** Those that somebody may be connected to. */
const portsAlive = ({ record: { definition, tracked } }: Managed): number[] =>
  isLive(tracked.state.status) ? portsOf(definition) : []

const withConnections = (view: ProcessView, counts: ReadonlyMap<number, number> | null): ProcessView => ({
  ...view,
  ports: view.ports.map((port) => ({ ...port, connections: counts?.get(port.port) ?? null })),
})

function definedByView({ record: { definedBy, definition } }: Managed): DefinedByView | null {
  if (definedBy === undefined) return null
  const { atMs, user, client, command } = definedBy
  return { at: iso(atMs), user, client, command, file: fileOf(definition.metadata) }
}

/** As its timeline says, which also knows runs that an earlier daemon saw become ready. */
function readyAt({ record: { definition, tracked, timeline } }: Managed): string | null {
  if (!isProbed(definition) || !isLive(tracked.state.status)) return null
  return timeline.find(({ run, status }) => run === tracked.runNumber && status === 'running')?.at ?? null
}

/** Of all instances of a set the set is meant too. */
function neededBy({ registry }: Supervisor, { record: { definition } }: Managed): NeededByView[] {
  const names = new Set([definition.name, ...(definition.instance === null ? [] : [definition.instance.of])])
  return [...registry.all()].flatMap(({ record }) =>
    record.definition.after
      .filter(({ name }) => names.has(name))
      .map(({ condition }) => ({ name: record.definition.name, condition })),
  )
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
