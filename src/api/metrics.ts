/** GET /metrics: counters (supervisor/metrics.ts), and gauges by one pass per scrape, named as Prometheus asks. */
import type { Clock, StateStore } from '../core/world.ts'
import type { Supervisor } from '../supervisor/create-supervisor.ts'
import type { Managed } from '../supervisor/registry.ts'
import { liveRunOf, nameOf } from '../supervisor/registry.ts'
import { family, histogramFamily, type Sample, single } from './prometheus-text.ts'

/** Each process costs its reader four series for good; the rest is summed up. */
export const PROCESS_SERIES = 500
const TYPE_SERIES = 50
/** No process name has brackets. */
const THE_REST = '(rest)'
const DELAY_PROBE_MS = 10

export interface MetricsSource {
  supervisor: Pick<Supervisor, 'registry' | 'events' | 'admission' | 'monitor' | 'metrics'>
  clock: Clock
  stateHealth: StateStore['health']
  startedAtMs: number
  clients(): number
}

export async function renderMetrics(source: MetricsSource): Promise<string> {
  const { clock } = source
  const began = clock.mono()
  const delayMs = await new Promise<number>((resolve) =>
    clock.wakeAfter(DELAY_PROBE_MS, () => resolve(Math.max(0, clock.mono() - began - DELAY_PROBE_MS))),
  )
  return [...processFamilies(source), ...countedFamilies(source), ...daemonFamilies(source, delayMs / 1000)].join('')
}

interface Figures {
  cpu: number
  memory: number
  uptime: number
  restarts: number
}

function processFamilies({ supervisor: { registry }, clock }: MetricsSource): string[] {
  const byStatus = new Map<string, Map<string, number>>()
  const shown: [string, Figures][] = []
  const rest: Figures = { cpu: 0, memory: 0, uptime: 0, restarts: 0 }
  let summed = 0
  let crashLoops = 0
  const nowMono = clock.mono()
  for (const managed of registry.all()) {
    const { definition, tracked } = managed.record
    const type = byStatus.has(definition.type) || byStatus.size < TYPE_SERIES ? definition.type : THE_REST
    const counts = byStatus.get(type) ?? new Map<string, number>()
    byStatus.set(type, counts.set(tracked.state.status, (counts.get(tracked.state.status) ?? 0) + 1))
    if (tracked.crashLoop) crashLoops++
    const figures = figuresOf(managed, nowMono)
    if (figures === null) continue
    if (shown.length < PROCESS_SERIES) shown.push([nameOf(managed), figures])
    else {
      summed++
      for (const key of ['cpu', 'memory', 'uptime', 'restarts'] as const) rest[key] += figures[key]
    }
  }
  if (summed > 0) shown.push([THE_REST, rest])
  const each = (key: keyof Figures): Sample[] => shown.map(([process, figures]) => [{ process }, figures[key]])
  const statuses: Sample[] = [...byStatus].flatMap(([type, counts]) =>
    [...counts].map(([status, number]): Sample => [{ type, status }, number]),
  )
  return [
    family('ptrack_processes', 'gauge', 'Processes by type and status.', statuses),
    single('ptrack_crash_loops', 'gauge', 'Processes that are marked as crash loops.', crashLoops),
    single(
      'ptrack_processes_summed',
      'gauge',
      `Live processes beyond the first ${PROCESS_SERIES}; their series are one, process="${THE_REST}".`,
      summed,
    ),
    family('ptrack_process_cpu_ratio', 'gauge', 'CPU of a process and its descendants; 1 is one core.', each('cpu')),
    family('ptrack_process_memory_bytes', 'gauge', 'Resident memory of a process and its descendants.', each('memory')),
    family('ptrack_process_uptime_seconds', 'gauge', 'How long the present run lives.', each('uptime')),
    family('ptrack_process_restarts', 'gauge', 'Restarts since a person last asked for it.', each('restarts')),
  ]
}

/** null while nothing of it is alive. Figures not sampled yet are 0. */
function figuresOf(managed: Managed, nowMono: number): Figures | null {
  const { tracked } = managed.record
  const external = 'external' in tracked.state ? tracked.state.external : null
  const startedMono = liveRunOf(managed)?.startedMono ?? external?.startedMono
  if (startedMono === undefined) return null
  return {
    cpu: (managed.observed.cpuPercent ?? 0) / 100,
    memory: managed.observed.memoryBytes ?? 0,
    uptime: Math.max(0, nowMono - startedMono) / 1000,
    restarts: tracked.restarts,
  }
}

function countedFamilies({ supervisor: { admission, monitor, metrics } }: MetricsSource): string[] {
  const { queued, live } = admission.counts
  const by = (label: string, counts: ReadonlyMap<string, number>): Sample[] =>
    [...counts].map(([value, number]) => [{ [label]: value }, number])
  return [
    single('ptrack_spawns_total', 'counter', 'Runs whose program was started.', metrics.spawned),
    family('ptrack_spawn_failures_total', 'counter', 'Runs that could not be started.', by('code', metrics.spawnFailures)),
    single('ptrack_restarts_total', 'counter', 'Runs started of processes that had run before.', metrics.restarts),
    family('ptrack_runs_ended_total', 'counter', 'Ended runs by outcome.', by('outcome', metrics.outcomes)),
    histogramFamily('ptrack_run_duration_seconds', 'How long ended runs have lived.', metrics.runs),
    histogramFamily('ptrack_health_check_duration_seconds', 'Health checks that were made, and what each took.', metrics.checks),
    single('ptrack_health_check_failures_total', 'counter', 'Health checks that did not pass.', metrics.checksFailed),
    single('ptrack_monitor_interval_seconds', 'gauge', 'Time between two rounds of the monitor.', monitor.intervalMs / 1000),
    single('ptrack_monitor_rounds_total', 'counter', 'Rounds of the monitor.', monitor.rounds),
    single('ptrack_queue_depth', 'gauge', 'Jobs that wait for a free slot.', queued),
    single('ptrack_queue_slots_used', 'gauge', 'Slots that are taken by jobs.', live),
    histogramFamily('ptrack_queue_wait_seconds', 'How long jobs that had to queue have waited.', metrics.queueWaits),
    family('ptrack_orphans_found_total', 'counter', 'Orphans found, by kind.', by('kind', metrics.orphansFound)),
    family('ptrack_orphans_killed_total', 'counter', 'Orphans ended on request, by result.', by('result', metrics.orphansKilled)),
  ]
}

function daemonFamilies({ supervisor, stateHealth, clients, startedAtMs }: MetricsSource, delaySeconds: number): string[] {
  const { events, metrics } = supervisor
  const state = stateHealth()
  const { user, system } = process.cpuUsage()
  return [
    single('ptrack_state_bytes', 'gauge', 'Size of the saved state.', state.bytes ?? 0),
    single('ptrack_state_writes_total', 'counter', 'Writes of the state.', state.writes),
    single('ptrack_state_write_errors_total', 'counter', 'How often the state began to be unwritable.', metrics.stateWriteErrors),
    single('ptrack_state_writable', 'gauge', '1 while the state can be written, else 0.', state.error === null ? 1 : 0),
    single('ptrack_events_total', 'counter', 'Events told.', events.seq),
    single('ptrack_clients', 'gauge', 'Connected clients.', clients()),
    single('ptrack_daemon_start_time_seconds', 'gauge', 'When the daemon started, as epoch time.', startedAtMs / 1000),
    single('ptrack_daemon_memory_bytes', 'gauge', 'Resident memory of the daemon.', process.memoryUsage.rss()),
    single('ptrack_daemon_cpu_seconds_total', 'counter', 'CPU time of the daemon.', (user + system) / 1e6),
    single('ptrack_daemon_event_loop_delay_seconds', 'gauge', 'How late a timer was during this scrape.', delaySeconds),
  ]
}
