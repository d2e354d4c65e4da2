/** daemon.status: the supervisor's part of it. */
import { isLive } from '../../protocol/names.ts'
import type { Reply } from '../../protocol/requests.ts'
import type { BootReport } from '../boot.ts'
import type { Supervisor } from '../create-supervisor.ts'

/** Filled in by the API and the daemon. */
type Outside = 'version' | 'protocol' | 'clients' | 'http' | 'rssBytes' | 'system'

export function daemonStatus(
  { world, registry, events, halt, monitor }: Supervisor,
  boot: BootReport,
  startedAtMs: number,
): Omit<Reply<'daemon.status'>, Outside> {
  const health = world.store.health()
  let live = 0
  for (const { record } of registry.all()) if (isLive(record.tracked.state.status)) live++
  return {
    pid: world.daemonPid,
    startedAt: new Date(startedAtMs).toISOString(),
    uptimeMs: world.clock.wall() - startedAtMs,
    home: world.home,
    processes: registry.size,
    live,
    stateError:
      health.error === null ? null : { message: health.error, since: new Date(health.sinceMs ?? startedAtMs).toISOString() },
    stateBytes: health.bytes,
    stateWrites: health.writes,
    quarantined: boot.quarantined,
    eventSeq: events.seq,
    eventOldest: events.oldest,
    adopted: boot.adopted,
    halted: halt.on,
    monitor: { intervalMs: monitor.intervalMs, lastRoundMs: monitor.lastRoundMs, rounds: monitor.rounds },
    rotation: world.logs.rotation(),
    notes: boot.notes,
  }
}
