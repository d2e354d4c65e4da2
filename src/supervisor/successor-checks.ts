/** Checks runs that are to take over, each by itself, until one is healthy or its time is over. */
import type { Identity, LiveRun, RunRef } from '../core/state.ts'
import type { World } from '../core/world.ts'
import type { Instances } from './instances.ts'
import { type Managed, nameOf } from './registry.ts'

/** Soon at first, then every second, as for any process that starts. */
const FIRST_CHECK_MS = 20
const CHECK_FACTOR = 1.5
const CHECK_MAX_MS = 1000

interface Coming {
  managed: Managed
  run: RunRef
  live: LiveRun
  /** Monotonic ms at which it counts as not healthy. */
  deadlineMono: number
  delayMs: number
  cancelWake: () => void
  /** Follows the log for the line that it announces itself by. */
  endScan: () => void
}

export interface CheckReport {
  programFound(managed: Managed, runId: string, program: Identity): void
  healthy(managed: Managed, runId: string): void
  refused(managed: Managed, runId: string, why: string): void
}

export class SuccessorChecks {
  private readonly world: World
  private readonly instances: Pick<Instances, 'check' | 'announced'>
  private readonly report: CheckReport
  private readonly coming = new Map<string, Coming>()

  constructor(world: World, instances: Pick<Instances, 'check' | 'announced'>, report: CheckReport) {
    this.world = world
    this.instances = instances
    this.report = report
  }

  begin(managed: Managed, run: RunRef, live: LiveRun): void {
    const { health, readyTimeoutMs } = managed.record.definition
    const coming: Coming = {
      managed,
      run,
      live,
      deadlineMono: this.world.clock.mono() + readyTimeoutMs,
      delayMs: FIRST_CHECK_MS,
      cancelWake: () => {},
      endScan: () => {},
    }
    this.coming.set(run.id, coming)
    if (health?.kind === 'log') {
      // In a log that the old instance writes too, its lines count as well.
      const pattern = new RegExp(health.pattern)
      const scan = this.world.logs.scan(nameOf(managed), 'both', (line) => {
        if (pattern.test(line)) this.announce(run.id)
      })
      coming.endScan = () => scan.close()
    }
    this.schedule(coming, FIRST_CHECK_MS)
  }

  /** `ptrack notify --ready`, or the line that it waits for; false for any other run. */
  announce(runId: string): boolean {
    const coming = this.coming.get(runId)
    if (coming === undefined) return false
    this.instances.announced(runId)
    this.schedule(coming, 0)
    return true
  }

  end(runId: string): void {
    const coming = this.coming.get(runId)
    this.coming.delete(runId)
    coming?.cancelWake()
    coming?.endScan()
  }

  close(): void {
    for (const runId of [...this.coming.keys()]) this.end(runId)
  }

  private schedule(coming: Coming, afterMs: number): void {
    coming.cancelWake()
    coming.cancelWake = this.world.clock.wakeAfter(afterMs, () => void this.check(coming))
  }

  private async check(coming: Coming): Promise<void> {
    const { managed, run } = coming
    const isComing = (): boolean => this.coming.get(run.id) === coming
    if (!isComing()) return
    const program = coming.live.program ?? this.world.table.firstChild(coming.live.leader.pid)
    if (program !== null && coming.live.program === null) {
      coming.live = { ...coming.live, program }
      this.report.programFound(managed, run.id, program)
    }
    const failing = await this.instances.check(managed, { id: run.id, live: coming.live })
    if (!isComing()) return
    if (failing === null) {
      this.end(run.id)
      return this.report.healthy(managed, run.id)
    }
    if (this.world.clock.mono() >= coming.deadlineMono) {
      this.end(run.id)
      return this.report.refused(managed, run.id, failing)
    }
    coming.delayMs = Math.min(CHECK_MAX_MS, coming.delayMs * CHECK_FACTOR)
    this.schedule(coming, coming.delayMs)
  }
}
