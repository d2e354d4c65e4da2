/** Performs what ends a run. Requests are on disk before the first signal, or the next daemon would restart what they end. */
import type { Effect } from '../core/events.ts'
import type { RunRef } from '../core/state.ts'
import { recordFileOf } from '../protocol/input-files.ts'
import type { AdoptedWatcher } from './adopted-watcher.ts'
import type { Host } from './host.ts'
import type { Instances } from './instances.ts'
import { evidenceOf, type Managed } from './registry.ts'
import { hasTerminal } from './terminals.ts'
import type { TreeEnder } from './tree-ender.ts'
import { armWake } from './wakes.ts'

type EndTree = Extract<Effect, { do: 'endTree' }>

interface Held {
  effect: EndTree | Extract<Effect, { do: 'wake' }>
  wasPaused: boolean
}

export class RunEnder {
  private readonly host: Pick<Host, 'world' | 'submit'>
  private readonly ender: Pick<TreeEnder, 'end' | 'sweep'>
  private readonly adopted: Pick<AdoptedWatcher, 'check'>
  private readonly instances: Pick<Instances, 'isControlled' | 'status' | 'drain'>
  /** Effects that wait for the disk, by process and in order. */
  private readonly held = new Map<Managed, Held[]>()

  constructor(
    host: Pick<Host, 'world' | 'submit'>,
    ender: Pick<TreeEnder, 'end' | 'sweep'>,
    adopted: Pick<AdoptedWatcher, 'check'>,
    instances: Pick<Instances, 'isControlled' | 'status' | 'drain'>,
  ) {
    this.host = host
    this.ender = ender
    this.adopted = adopted
    this.instances = instances
  }

  /** True: it is performed after the write. The time until SIGKILL counts from the signal, so it waits too. */
  holdsBack(managed: Managed, effect: Effect, wasPaused: boolean): boolean {
    if (effect.do !== 'endTree' && effect.do !== 'wake') return false
    const waiting = this.held.get(managed)
    if (waiting !== undefined) {
      waiting.push({ effect, wasPaused })
      return true
    }
    if (effect.do !== 'endTree' || !effect.durable) return false
    this.held.set(managed, [{ effect: { ...effect, durable: false }, wasPaused }])
    const drain = async (): Promise<void> => {
      const graces = (this.held.get(managed) ?? []).flatMap(({ effect }) => (effect.do === 'wake' ? [effect.afterMs] : []))
      if (!wasPaused) await this.drained(managed, effect.run, Math.min(...graces))
    }
    const release = (): void => void drain().then(() => this.release(managed))
    // A full disk must not keep anything alive; it is reported elsewhere.
    this.host.world.store.flush().then(release, release)
    return true
  }

  /** An instance behind shared sockets first finishes what it has begun, for as long as it then has until SIGKILL. */
  async drained(managed: Managed, { id }: RunRef, limitMs: number): Promise<void> {
    if (!(limitMs > 0) || !this.instances.isControlled(managed, id)) return
    // One that does not answer this will not drain either.
    if ((await this.instances.status(managed, id)) !== null) await this.instances.drain(managed, id, limitMs)
  }

  private release(managed: Managed): void {
    const effects = this.held.get(managed) ?? []
    this.held.delete(managed)
    if (managed.removed) return
    for (const { effect, wasPaused } of effects) {
      if (this.holdsBack(managed, effect, wasPaused)) continue
      if (effect.do === 'endTree') this.end(managed, effect, wasPaused)
      else armWake(this.host.world.clock, managed, effect, this.host)
    }
  }

  end(managed: Managed, { run, force, signal }: EndTree, paused: boolean): void {
    const { record } = managed
    this.ender.end({
      run,
      evidence: () => evidenceOf(managed),
      signal: force ? 'SIGKILL' : (signal ?? record.definition.stopSignal),
      leftSignal: force || signal === undefined ? null : record.definition.stopSignal,
      ...this.manner(managed, run, force || signal !== undefined),
      paused,
      exitKnown: () => {
        // An adopted run sends no exit: check it along with its tree.
        this.adopted.check(run.id)
        const { state } = record.tracked
        return state.status !== 'completing' || !('live' in state) || state.exit !== null || state.unspawned === true
      },
      onGone: () => this.host.submit(managed, { kind: 'gone', run: run.number }),
    })
  }

  /** `byForce`: with a signal of the caller's choice. */
  private manner({ record }: Managed, run: RunRef, byForce: boolean): { mainFirst: boolean; ask: (() => boolean) | null } {
    const { stopScope, stopSend } = record.definition
    if (byForce || stopSend === null || !hasTerminal(record)) return { mainFirst: stopScope === 'main', ask: null }
    const { home, terminals } = this.host.world
    const typed = Buffer.from(`${stopSend}\r`)
    return { mainFirst: true, ask: () => terminals.type(recordFileOf(home, record.id, run.number), typed) === typed.length }
  }

  /** Leftovers of an ended run, right after its successor has begun. */
  sweep(managed: Managed, run: RunRef): void {
    const past = managed.record.runs.find((each) => each.ref.id === run.id)
    if (!past?.leader) return
    this.ender.sweep(
      { runId: run.id, leader: past.leader, program: past.program, known: managed.known },
      managed.record.definition.stopSignal,
      managed.record.definition.stopTimeoutMs,
    )
  }
}
