/** The live runs of a process: the present one, and during a reload those beside it. */
import { iso } from '../../../core/iso.ts'
import type { LiveRun, RunRef } from '../../../core/state.ts'
import { socketsNameOf } from '../../../protocol/sockets.ts'
import type { RunView } from '../../../protocol/view.ts'
import type { Supervisor } from '../../create-supervisor.ts'
import type { Managed } from '../../registry.ts'

interface Shown {
  run: RunRef
  live: LiveRun
  phase: NonNullable<RunView['phase']> | null
}

/** The run that its state knows, begun or about to; null = none. */
export function presentRunOf({ record: { tracked } }: Pick<Managed, 'record'>): RunRef | null {
  const { state } = tracked
  return 'external' in state ? state.external.run : 'run' in state ? state.run : null
}

/** When the run that lives began, epoch ms; null = none lives. */
export function liveSince({ record: { tracked } }: Pick<Managed, 'record'>): number | null {
  const { state } = tracked
  if ('external' in state) return state.external.startedAtMs
  return 'live' in state && state.live !== null ? state.live.startedAtMs : null
}

export function liveRunViews(supervisor: Supervisor, managed: Managed): Promise<RunView[]> {
  const { tracked, handover } = managed.record
  const { state } = tracked
  const shown: Shown[] = (handover?.predecessors ?? []).map(({ run, live, phase }) => ({
    run,
    live,
    phase: phase === 'draining' ? phase : 'ending',
  }))
  if ('run' in state && state.live !== null) shown.push({ run: state.run, live: state.live, phase: null })
  const successor = handover?.successor
  if (successor && successor.live !== null) shown.push({ run: successor.run, live: successor.live, phase: successor.phase })
  return Promise.all(shown.map((one) => view(supervisor, managed, one)))
}

async function view(supervisor: Supervisor, managed: Managed, { run, live, phase }: Shown): Promise<RunView> {
  return {
    run: run.number,
    runId: run.id,
    startedAt: iso(live.startedAtMs),
    endedAt: null,
    outcome: null,
    reason: null,
    exitCode: null,
    signal: null,
    adopted: live.adopted,
    ...(phase !== null && { phase }),
    ...(managed.record.definition.sockets.length > 0 && (await serving(supervisor, managed, run, live))),
  }
}

/** How it takes the shared sockets, as its preload says or the kernel. */
async function serving({ instances, sockets, world }: Supervisor, managed: Managed, run: RunRef, live: LiveRun) {
  const status = await instances.status(managed, run.id)
  if (status !== null)
    return {
      serving: status.sockets.some(({ listening }) => listening) ? ('preload' as const) : null,
      gate: status.gate,
      connections: status.connections,
      drainingConnections: status.draining ? status.connections : 0,
    }
  const open = sockets.of(socketsNameOf(managed.record.definition))
  const pids = world.table.below(live.leader.pid)
  const inherited = open?.sockets.some(({ inode }) => world.table.serving(pids, inode) === 'waits') ?? false
  return { serving: inherited ? ('inherited' as const) : null, gate: null, connections: null, drainingConnections: null }
}
