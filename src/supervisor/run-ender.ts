/**
 * Carries out what ends a run. The wish of a person is on disk before the first signal: a daemon that dies in between would
 * otherwise bring back what it had begun to stop. All that are asked for at one time share a write.
 */
import type { Effect } from '../core/events.ts'
import type { RunRef } from '../core/state.ts'
import type { World } from '../core/world.ts'
import { evidenceOf, type Managed } from './registry.ts'
import type { TreeEnder } from './tree-ender.ts'

interface Held {
  effect: Effect
  wasPaused: boolean
}

export interface RunEnderEvents {
  /** Nothing of the run is alive any more. */
  gone(managed: Managed, run: RunRef): void
  /** An adopted run sends no exit: it is looked at when its tree is. */
  look(managed: Managed): void
  perform(managed: Managed, effect: Effect, wasPaused: boolean): void
}

export class RunEnder {
  private readonly world: World
  private readonly ender: TreeEnder
  private readonly events: RunEnderEvents
  /** What waits for the disk, by process and in order. */
  private readonly held = new Map<Managed, Held[]>()

  constructor(world: World, ender: TreeEnder, events: RunEnderEvents) {
    this.world = world
    this.ender = ender
    this.events = events
  }

  /** True: it is performed once the disk has the wish. The time until SIGKILL counts from the signal, so it waits too. */
  holdsBack(managed: Managed, effect: Effect, wasPaused: boolean): boolean {
    const waiting = this.held.get(managed)
    if (waiting !== undefined) {
      if (effect.do !== 'endTree' && effect.do !== 'wake') return false
      waiting.push({ effect, wasPaused })
      return true
    }
    if (effect.do !== 'endTree' || !effect.durable) return false
    this.held.set(managed, [{ effect: { ...effect, durable: false }, wasPaused }])
    const release = (): void => this.release(managed)
    // A disk that takes nothing must not keep anything alive; it is reported elsewhere.
    this.world.store.flush().then(release, release)
    return true
  }

  private release(managed: Managed): void {
    const effects = this.held.get(managed) ?? []
    this.held.delete(managed)
    if (managed.removed) return
    for (const { effect, wasPaused } of effects) this.events.perform(managed, effect, wasPaused)
  }

  end(managed: Managed, run: RunRef, force: boolean, paused: boolean): void {
    const { record } = managed
    this.ender.end({
      run,
      evidence: () => evidenceOf(managed),
      signal: force ? 'SIGKILL' : record.definition.stopSignal,
      paused,
      exitKnown: () => {
        this.events.look(managed)
        const { state } = record.tracked
        return state.status !== 'completing' || !('live' in state) || state.exit !== null
      },
      onGone: () => this.events.gone(managed, run),
    })
  }

  /** What an ended run left behind, right after its successor has begun. */
  sweep(managed: Managed, run: RunRef): void {
    const past = managed.record.runs.find((each) => each.ref.id === run.id)
    if (!past?.leader) return
    this.ender.sweep(
      { runId: run.id, leader: past.leader, program: null, known: managed.known },
      managed.record.definition.stopSignal,
      managed.record.definition.stopTimeoutMs,
    )
  }
}
