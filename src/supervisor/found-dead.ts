/** Runs whose end no exit reports: adopted ones, which are not our children, and those the monitor finds dead. */
import { recordedExit } from './exit-record.ts'
import type { FinalDrain } from './final-drain.ts'
import type { Host } from './host.ts'
import { liveRunOf, type Managed, nameOf } from './registry.ts'
import type { Trees } from './trees.ts'

export class FoundDead {
  private readonly host: Host
  private readonly trees: Trees
  private readonly finalDrain: FinalDrain

  constructor(host: Host, trees: Trees, finalDrain: FinalDrain) {
    this.host = host
    this.trees = trees
    this.finalDrain = finalDrain
  }

  report(managed: Managed): void {
    const { world, events } = this.host
    const live = liveRunOf(managed)
    const { tracked, id } = managed.record
    if (live === null || !('run' in tracked.state) || this.finalDrain.of(managed) !== undefined) return
    const run = tracked.state.run.number
    const exit = recordedExit(world, managed.record, run) ?? { kind: 'unknown' as const }
    // While it is being ended, its death was requested.
    if (tracked.state.status !== 'completing') {
      events.publish('processDied', { name: nameOf(managed), id }, { run, pid: live.leader.pid })
      world.log.warn('ProcessMonitor', `'${nameOf(managed)}' (PID: ${live.leader.pid}) was found dead`)
    }
    const leftovers =
      managed.known.some((identity) => world.table.alive(identity)) ||
      this.trees.members(managed, this.trees.indexOfThisTurn()).length > 0
    const programAlive = live.program !== null && world.table.alive(live.program)
    this.host.submit(managed, { kind: 'exited', run, exit, leftovers, background: false, outage: false, programAlive })
  }
}
