/** CPU, memory and disk of trees by one pass over /proc: every 3 s while watched or limited, otherwise rarely. */
import { MACHINE, type MetricSample, RING_LEVELS } from '../core/metrics-ring.ts'
import type { Identity, Lifecycle } from '../core/state.ts'
import { liveOf } from '../core/to-view.ts'
import { identityOfRow, membersOf, type TableIndex } from '../core/tree.ts'
import type { ProcessRow, World } from '../core/world.ts'
import { formatSize } from '../protocol/duration.ts'
import type { Companion } from './companion.ts'
import type { Host } from './host.ts'
import type { MetricsKeeper } from './metrics-keeper.ts'
import { readIndex } from './process-index.ts'
import type { ProcessManager } from './process-manager.ts'
import type { ProcessMonitor } from './process-monitor.ts'
import { evidenceOf, liveRunOf, type Managed, type Registry } from './registry.ts'

export const SAMPLE_IDLE_MS = 15_000
/** Without a viewer, passes take at most this share of the time; with thousands of processes they are rarer. */
const IDLE_SHARE = 0.001
const SAMPLE_IDLE_MS_MAX = 60_000
export const SAMPLE_WATCHED_MS = 3000
/** How long after its beginning a pass meets a slot of kept measurements: timers and the wall clock differ by less. */
const SLOT_BEGUN_MS = 500
/** After a start, so that `ls` soon knows the memory. */
const SAMPLE_SOON_MS = 700
/** Samples in a row above the limit; one peak is no leak. */
const MEMORY_STRIKES = 2

export class ResourceSampler implements Companion {
  private readonly host: Host
  private readonly world: World
  private readonly registry: Registry
  private readonly manager: Pick<ProcessManager, 'busy'>
  private readonly monitor: Pick<ProcessMonitor, 'suspect'>
  private readonly keeper: Pick<MetricsKeeper, 'sampled'>
  private lastMachine: { busyMs: number; totalMs: number } | null = null
  /** Of all processors, 0 to 100, between the last two passes; null until then, or where it is unknown. */
  machinePercent: number | null = null
  private last = new Map<number, { startTicks: number; cpuMs: number }>()
  private lastMono: number | null = null
  private cancel: (() => void) | null = null
  private soonArmed = false
  private stopped = false
  private watchers = 0
  private passMs = 0

  constructor(
    host: Host,
    manager: Pick<ProcessManager, 'busy'>,
    monitor: Pick<ProcessMonitor, 'suspect'>,
    keeper: Pick<MetricsKeeper, 'sampled'>,
  ) {
    this.host = host
    this.world = host.world
    this.registry = host.registry
    this.manager = manager
    this.monitor = monitor
    this.keeper = keeper
  }

  stepped(managed: Managed, before: Lifecycle): void {
    if (liveOf(before.state) === null && liveRunOf(managed) !== null) this.soon()
  }

  redefined({ record }: Managed): void {
    if (record.definition.maxMemoryBytes !== null) this.soon()
  }

  start(): void {
    this.schedule()
  }

  stop(): void {
    this.stopped = true
    this.cancel?.()
  }

  setWatchers(count: number): void {
    const before = this.watchers
    this.watchers = count
    if ((before === 0) !== (count === 0)) {
      if (count > 0) this.soon()
      this.schedule()
    }
  }

  soon(): void {
    if (this.soonArmed || this.stopped) return
    this.soonArmed = true
    this.world.clock.wakeAfter(SAMPLE_SOON_MS, () => {
      this.soonArmed = false
      if (this.stopped) return
      // During mass starts: one pass at the end, not three on the way.
      if (this.manager.busy) return this.soon()
      this.sample()
      // A process just started, or given a limit, must not wait for an idle daemon's next pass.
      this.schedule()
    })
  }

  /** For a list requested now: the next one will be fresher. */
  refreshIfOld(): void {
    if (this.lastMono === null || this.world.clock.mono() - this.lastMono > SAMPLE_WATCHED_MS) this.soon()
  }

  private schedule(): void {
    this.cancel?.()
    if (this.stopped) return
    this.cancel = this.world.clock.wakeAfter(this.intervalMs(), () => {
      if (this.manager.busy) this.soon()
      else this.sample()
      this.schedule()
    })
  }

  private intervalMs(): number {
    if (this.watchers > 0) return SAMPLE_WATCHED_MS
    for (const { record } of this.registry.all())
      if (record.definition.maxMemoryBytes !== null && 'live' in record.tracked.state) return SAMPLE_WATCHED_MS
    const idleMs = Math.min(SAMPLE_IDLE_MS_MAX, Math.max(SAMPLE_IDLE_MS, this.passMs / IDLE_SHARE))
    // Soon after a slot of kept measurements begins: passes that drift would now and then miss one.
    const [{ slotMs }] = RING_LEVELS
    const late = (this.world.clock.wall() % slotMs) - SLOT_BEGUN_MS
    return idleMs - (late < slotMs / 2 ? late : late - slotMs)
  }

  private sample(): void {
    const nowMono = this.world.clock.mono()
    const elapsedMs = this.lastMono === null ? null : nowMono - this.lastMono
    let index: TableIndex | null = null
    const seen = new Map<number, { startTicks: number; cpuMs: number }>()
    const samples: MetricSample[] = []
    for (const managed of this.registry.all()) {
      const evidence = evidenceOf(managed)
      if (evidence === null) continue
      index ??= readIndex(this.world)
      const members = membersOf(index, evidence)
      this.note(managed, members, elapsedMs, seen)
      const { cpuPercent, memoryBytes } = managed.observed
      samples.push({ series: managed.record.number, cpuPercent, memoryBytes })
    }
    this.last = seen
    this.lastMono = index === null ? null : nowMono
    samples.push(this.machineSample())
    this.keeper.sampled(samples)
    this.passMs = this.world.clock.mono() - nowMono
  }

  private machineSample(): MetricSample {
    const now = this.world.table.cpuTimes()
    const before = this.lastMachine
    this.lastMachine = now
    const totalMs = now === null || before === null ? 0 : now.totalMs - before.totalMs
    if (totalMs > 0) this.machinePercent = Math.round(((now!.busyMs - before!.busyMs) / totalMs) * 1000) / 10
    const { totalBytes, freeBytes } = this.world.table.memory()
    return { series: MACHINE, cpuPercent: totalMs > 0 ? this.machinePercent : null, memoryBytes: totalBytes - freeBytes }
  }

  private note(
    managed: Managed,
    members: readonly ProcessRow[],
    elapsedMs: number | null,
    seen: Map<number, { startTicks: number; cpuMs: number }>,
  ): void {
    const { bootId } = this.world.table
    const { state } = managed.record.tracked
    if (!('live' in state) || state.live === null) return
    const { leader, program } = state.live
    const known: Identity[] = []
    let rss = 0
    let usedMs = 0
    let comparable = false
    for (const row of members) {
      rss += row.rssBytes
      seen.set(row.pid, { startTicks: row.startTicks, cpuMs: row.cpuMs })
      const before = this.last.get(row.pid)
      if (before && before.startTicks === row.startTicks) {
        usedMs += row.cpuMs - before.cpuMs
        comparable = true
      } else usedMs += row.cpuMs
      if (row.pid !== leader.pid && row.pid !== program?.pid) known.push(identityOfRow(row, bootId))
    }
    managed.known = known
    if (!members.some((row) => row.pid === leader.pid)) this.monitor.suspect(managed)
    const { observed } = managed
    const { cpuPercent, memoryBytes, diskReadBytes, diskWriteBytes } = observed
    observed.memoryBytes = members.length > 0 ? rss : null
    observed.cpuPercent =
      elapsedMs !== null && elapsedMs > 0 && comparable ? Math.round((usedMs / elapsedMs) * 1000) / 10 : observed.cpuPercent
    if (this.watchers > 0) this.noteDisk(managed, members)
    this.checkLimit(managed, rss, state.run.number)
    // Views are published of those whose figures have changed: of a thousand that sleep, none. An estimate of the time left changes with the time.
    if (
      observed.cpuPercent !== cpuPercent ||
      observed.memoryBytes !== memoryBytes ||
      observed.diskReadBytes !== diskReadBytes ||
      observed.diskWriteBytes !== diskWriteBytes ||
      managed.record.tracking !== null
    )
      this.host.observed(managed)
  }

  private noteDisk(managed: Managed, members: readonly ProcessRow[]): void {
    let read = 0
    let written = 0
    for (const row of members) {
      const io = this.world.table.diskIo(row.pid)
      read += io?.readBytes ?? 0
      written += io?.writeBytes ?? 0
    }
    managed.observed.diskReadBytes = read
    managed.observed.diskWriteBytes = written
  }

  private checkLimit(managed: Managed, rss: number, run: number): void {
    const limit = managed.record.definition.maxMemoryBytes
    if (limit === null || rss <= limit) {
      managed.memoryStrikes = 0
      return
    }
    managed.memoryStrikes++
    if (managed.memoryStrikes < MEMORY_STRIKES) return
    managed.memoryStrikes = 0
    const reason = `used ${formatSize(rss)}, more than its limit of ${formatSize(limit)}`
    this.host.submit(managed, { kind: 'violated', run, reason, error: { code: 'MEMORY_LIMIT', message: reason } })
  }
}
