/** What is to be known of the daemon itself, and its end. */
import { availableParallelism, freemem, loadavg, totalmem } from 'node:os'
import { isEnded, isLive } from '../../protocol/names.ts'
import type { Params } from '../../protocol/requests.ts'
import { PROTOCOL_VERSION, VERSION } from '../../protocol/version.ts'
import type { DaemonStatus } from '../../protocol/view.ts'
import { stopAll } from '../../supervisor/shutdown.ts'
import type { DaemonContext } from './daemon-context.ts'

export async function daemonStatus({ supervisor, boot, startedAtMs, clients, http }: DaemonContext): Promise<DaemonStatus> {
  const { world, registry, monitor, events } = supervisor
  const health = world.store.health()
  let live = 0
  for (const { record } of registry.all()) if (isLive(record.tracked.state.status)) live++
  return {
    pid: world.daemonPid,
    version: VERSION,
    protocol: PROTOCOL_VERSION,
    startedAt: new Date(startedAtMs).toISOString(),
    uptimeMs: world.clock.wall() - startedAtMs,
    home: world.home,
    processes: registry.size,
    live,
    clients: clients(),
    http: http(),
    rssBytes: process.memoryUsage.rss(),
    stateError:
      health.error === null ? null : { message: health.error, since: new Date(health.sinceMs ?? startedAtMs).toISOString() },
    stateBytes: health.bytes,
    stateWrites: health.writes,
    quarantined: boot.quarantined,
    eventSeq: events.seq,
    eventOldest: events.oldest,
    adopted: boot.adopted,
    halted: supervisor.halt.on,
    monitor: { intervalMs: monitor.intervalMs, lastRoundMs: monitor.lastRoundMs, rounds: monitor.rounds },
    rotation: world.logs.rotation(),
    system: {
      loadAverages: loadavg(),
      cpus: availableParallelism(),
      memoryBytes: totalmem(),
      memoryFreeBytes: freemem(),
    },
    notes: boot.notes,
  }
}

/** What was stopped with an earlier daemon starts again. */
export function daemonStart({ supervisor }: DaemonContext): Promise<{ started: string[] }> {
  return supervisor.halt.lift()
}

export async function daemonStop(
  context: DaemonContext,
  params: Params<'daemon.stop'>,
): Promise<{ stopping: true; left: number }> {
  const { supervisor } = context
  if (params.killChildren) {
    await supervisor.halt.begin()
    await stopAll(supervisor, 'halt')
  }
  let left = 0
  for (const { record } of supervisor.registry.all())
    if (!isEnded(record.tracked.state.status) && isLive(record.tracked.state.status)) left++
  context.shutDown('asked to by a client')
  return { stopping: true, left }
}
