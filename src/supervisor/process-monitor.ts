/**
 * The safety net under SIGCHLD: checks every interval that each run is alive, spread over the interval, which stretches when a
 * round costs more than a tenth of it. A child keeps its pid until it is reaped, so its group is its identity; adopted runs are
 * checked by their held /proc entry.
 */
import type { World } from '../core/world.ts'
import { formatDuration, parseDuration } from '../protocol/duration.ts'
import { PtrackError } from '../protocol/errors.ts'
import { isLive } from '../protocol/names.ts'
import type { EventLog } from './event-log.ts'
import type { FoundDead } from './found-dead.ts'
import type { Ground } from './host.ts'
import { liveRunOf, type Managed, type Registry } from './registry.ts'

const INTERVAL_MS = 3000
/** More often is pointless, as SIGCHLD reports exits at once; less often leaves those who rely on it waiting. */
const SHORTEST_MS = 500
const LONGEST_MS = 10 * 60_000
const MAX_INTERVAL_MS = 30_000
/** More slices smooth the load, fewer let the daemon sleep; one takes about a millisecond. */
const SLICE_SIZE = 500
const SUSPECT_MS = 500

export class ProcessMonitor {
  private readonly world: World
  private readonly events: EventLog
  private readonly registry: Registry
  private readonly dead: Pick<FoundDead, 'report'>
  private cancel: (() => void) | null = null
  private stopped = false
  intervalMs = INTERVAL_MS
  private wantedMs = INTERVAL_MS
  lastRoundMs: number | null = null
  rounds = 0
  private listeners = 0

  constructor({ world, events, registry }: Ground, dead: Pick<FoundDead, 'report'>) {
    this.world = world
    this.events = events
    this.registry = registry
    this.dead = dead
  }

  setListeners(count: number): void {
    this.listeners = count
  }

  start(): void {
    this.round()
  }

  /** Before the start. Throws USAGE for an invalid duration. */
  setInterval(text: string): void {
    const ms = parseDuration(text)
    if (ms === null || ms < SHORTEST_MS || ms > LONGEST_MS)
      throw new PtrackError('USAGE', `cannot use ${JSON.stringify(text)} as the interval of the monitor`, {
        hint: `give a time between ${formatDuration(SHORTEST_MS)} and ${formatDuration(LONGEST_MS)}`,
      })
    this.wantedMs = ms
    this.intervalMs = ms
  }

  stop(): void {
    this.stopped = true
    this.cancel?.()
  }

  private round(): void {
    const live = [...this.registry.all()].filter(
      (managed) => isLive(managed.record.tracked.state.status) && liveRunOf(managed) !== null,
    )
    const slices = Math.max(1, Math.ceil(live.length / SLICE_SIZE))
    let spentMs = 0
    const slice = (n: number): void => {
      const startMs = this.world.clock.mono()
      for (const managed of live.slice(n * SLICE_SIZE, (n + 1) * SLICE_SIZE)) this.check(managed)
      spentMs += this.world.clock.mono() - startMs
      if (n + 1 === slices) this.finish(live, spentMs)
      this.wake(this.intervalMs / slices, () => (n + 1 === slices ? this.round() : slice(n + 1)))
    }
    slice(0)
  }

  private check(managed: Managed): void {
    const live = liveRunOf(managed)
    if (live === null || managed.removed || live.adopted) return
    // What restore found only the exit record of has no leader that could be looked at: it is being ended.
    if (live.leader.bootId !== this.world.table.bootId) return
    if (!this.world.signaller.groupExists(live.leader.pid)) this.suspect(managed)
  }

  /** Its exit may be on the way; only what is still unexplained a moment later is found dead. */
  suspect(managed: Managed): void {
    const { runNumber } = managed.record.tracked
    this.world.clock.wakeAfter(SUSPECT_MS, () => {
      const live = liveRunOf(managed)
      if (live === null || managed.removed || live.adopted || managed.record.tracked.runNumber !== runNumber) return
      if (!this.world.table.alive(live.leader)) this.dead.report(managed)
    })
  }

  private finish(live: readonly Managed[], spentMs: number): void {
    this.rounds++
    this.lastRoundMs = spentMs
    this.intervalMs = Math.max(this.wantedMs, Math.min(MAX_INTERVAL_MS, spentMs * 10))
    // Rounds are published only to subscribers: the ring is for what happened.
    if (this.listeners === 0) return
    let healthy = 0
    let unhealthy = 0
    for (const { observed } of live) {
      if (observed.health.health === 'healthy') healthy++
      else if (observed.health.health === 'unhealthy') unhealthy++
    }
    this.events.publish('healthCheck', null, {
      checked: live.length,
      healthy,
      unhealthy,
      tookMs: Math.round(spentMs * 100) / 100,
    })
  }

  private wake(ms: number, callback: () => void): void {
    if (!this.stopped) this.cancel = this.world.clock.wakeAfter(ms, callback)
  }
}
