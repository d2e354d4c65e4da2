/** Polls adopted runs, which send us no SIGCHLD. An open /proc/PID/stat answers ESRCH after death, even if the pid is reused. */
import type { Identity } from '../core/state.ts'
import type { HeldProcess, World } from '../core/world.ts'

const POLL_MS = 250
/** One poll costs about 5 us; many adopted runs are polled less often, to stay under 0.5 % of a core. */
const POLL_COST_MS = 0.005
const POLL_SHARE = 0.005

interface Watched {
  held: HeldProcess | null
  onDeath: () => void
}

export class AdoptedWatcher {
  private readonly world: World
  private readonly watched = new Map<string, Watched>()
  private cancel: (() => void) | null = null

  constructor(world: World) {
    this.world = world
  }

  watch(runId: string, leader: Identity, onDeath: () => void): void {
    this.forget(runId)
    this.watched.set(runId, { held: this.world.table.hold(leader), onDeath })
    if (this.cancel === null) this.schedule()
  }

  forget(runId: string): void {
    this.watched.get(runId)?.held?.close()
    this.watched.delete(runId)
  }

  check(runId: string): void {
    const watched = this.watched.get(runId)
    if (watched === undefined || watched.held?.alive()) return
    this.forget(runId)
    watched.onDeath()
  }

  close(): void {
    this.cancel?.()
    for (const runId of [...this.watched.keys()]) this.forget(runId)
  }

  private schedule(): void {
    const ms = Math.max(POLL_MS, (this.watched.size * POLL_COST_MS) / POLL_SHARE)
    this.cancel = this.world.clock.wakeAfter(ms, () => {
      this.cancel = null
      for (const runId of [...this.watched.keys()]) this.check(runId)
      if (this.watched.size > 0) this.schedule()
    })
  }
}
