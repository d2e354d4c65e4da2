/** The mailbox: events come in through submit(), the table decides, effects are performed. Only this changes a process. */
import { AssertionError } from 'node:assert'
import { rearm } from '../core/cells/returning.ts'
import type { Effect, Event, EventKind, Step } from '../core/events.ts'
import { asDefined } from '../core/exit-meaning.ts'
import { step } from '../core/machine.ts'
import { policyOf } from '../core/policy.ts'
import type { Restored } from '../core/restore.ts'
import type { RunRef } from '../core/state.ts'
import { liveOf } from '../core/to-view.ts'
import type { ProcessRecord } from '../core/world.ts'
import { sameForRun } from '../protocol/fields.ts'
import { limits } from '../protocol/limits.ts'
import type { AdoptedWatcher } from './adopted-watcher.ts'
import type { Companion } from './companion.ts'
import type { FinalDrain } from './final-drain.ts'
import type { Handovers } from './handovers.ts'
import type { Ground, Host } from './host.ts'
import type { LifecycleCommands } from './lifecycle-commands.ts'
import { limitsAgain } from './limits-again.ts'
import type { ProcessManager } from './process-manager.ts'
import { liveRunOf, type Managed, nameOf } from './registry.ts'
import type { RunEnder } from './run-ender.ts'
import { StepContext, type Waits } from './step-context.ts'
import type { Timeline } from './timeline.ts'
import type { TreeEnder } from './tree-ender.ts'
import type { Trees } from './trees.ts'
import type { Waiters } from './waiters.ts'
import { armWake, clearWakes } from './wakes.ts'

/** Events that end a run, or nearly. */
const ENDINGS: ReadonlySet<EventKind> = new Set(['exited', 'gone', 'rebooted', 'externalEnded', 'leaseElapsed'])

/** What runs beside its present run ends too. */
const WISHES_TO_END: ReadonlySet<EventKind> = new Set(['stopRequested', 'restartRequested', 'cancelRequested'])

export interface Parts {
  /** In the order in which they are notified. */
  companions: readonly Companion[]
  waits: Waits
  waiters: Waiters
  timeline: Timeline
  finalDrain: FinalDrain
  manager: ProcessManager
  ender: TreeEnder
  runEnder: RunEnder
  adopted: AdoptedWatcher
  commands: LifecycleCommands
  handovers: Pick<Handovers, 'hurry' | 'stepped'>
  trees: Trees
}

export class Orchestrator implements Pick<Host, 'submit' | 'changed' | 'observed'> {
  private readonly ground: Ground
  private readonly parts: Parts
  private readonly mailbox: { managed: Managed; event: Event }[] = []
  private draining = false

  constructor(ground: Ground, parts: Parts) {
    this.ground = ground
    this.parts = parts
  }

  /** Takes a process into the registry; from the state at boot, or newly defined. */
  add(record: ProcessRecord): Managed {
    const managed = this.ground.registry.add(record)
    for (const companion of this.parts.companions) companion.added?.(managed)
    return managed
  }

  /** At boot: sets the lifecycle that was found, before any event. */
  restore(managed: Managed, { tracked, passed }: Pick<Restored, 'tracked' | 'passed'>): void {
    const { record } = managed
    record.runs = [...record.runs, ...passed].slice(-limits.runs)
    const live = liveOf(tracked.state)
    if (live?.adopted && tracked.runNumber !== record.tracked.runNumber) {
      record.startedAtMs = live.startedAtMs
      record.endedAtMs = null
    }
    record.tracked = tracked
  }

  remove(managed: Managed): void {
    const { registry, world, views } = this.ground
    clearWakes(managed)
    registry.remove(managed)
    world.logs.disown(nameOf(managed), managed.record.id)
    for (const companion of this.parts.companions) companion.removed?.(managed)
    world.store.remove(managed.record.id)
    views.touch(managed)
    this.parts.waiters.look(managed)
  }

  submit(managed: Managed, event: Event): void {
    if (!ENDINGS.has(event.kind)) return this.enqueue(managed, event)
    const { finalDrain, ender } = this.parts
    const ending = event.kind === 'exited' ? { ...event, exit: asDefined(event.exit, managed.policy) } : event
    const reading = finalDrain.of(managed)
    if (reading !== undefined) {
      // The same exit, found again in the process table while the last lines are read, must not count twice.
      if (ending.kind !== 'exited') void reading.then(() => this.submit(managed, ending))
      return
    }
    const report = (): void => {
      if (ending.kind === 'exited' && liveRunOf(managed) === null) return
      this.enqueue(managed, ending)
      ender.news()
    }
    if (!finalDrain.holdBack(managed, report)) this.enqueue(managed, ending)
  }

  private enqueue(managed: Managed, event: Event): void {
    this.mailbox.push({ managed, event })
    if (this.draining) return
    this.draining = true
    try {
      for (let next = this.mailbox.shift(); next !== undefined; next = this.mailbox.shift()) this.take(next.managed, next.event)
    } finally {
      this.draining = false
    }
  }

  private take(managed: Managed, event: Event): void {
    if (managed.removed) return
    const { companions, timeline, waiters } = this.parts
    const { record } = managed
    const before = record.tracked
    if (event.kind === 'steady' && managed.observed.health.health === 'unhealthy')
      return this.perform(managed, { do: 'wake', key: 'steady', afterMs: 60_000, event }, false)
    if (WISHES_TO_END.has(event.kind)) this.parts.handovers.hurry(managed)
    const result = this.decide(managed, event)
    if (result === null || (result.next === before && result.effects.length === 0)) return
    record.tracked = result.next
    if (event.kind === 'spawned') record.ranWith = undefined
    const wasPaused = before.state.status === 'paused'
    for (const effect of result.first ?? []) this.perform(managed, effect, wasPaused)
    const { runEnded } = timeline.note(managed, before, event)
    if (runEnded) this.afterRun(managed, runEnded.ref, result.first !== undefined)
    this.changed(managed)
    for (const effect of result.effects) this.perform(managed, effect, wasPaused)
    // What an ended run left behind is not part of the next one, and must not end with it.
    if (runEnded) managed.known = []
    for (const companion of companions) {
      if (runEnded) companion.runEnded?.(managed, runEnded)
      companion.stepped?.(managed, before, event)
    }
    waiters.look(managed)
    this.parts.handovers.stepped(managed)
  }

  /** Null for a programming error: reported loudly, but one process must not take down the supervisor of the others. */
  private decide(managed: Managed, event: Event): Step | null {
    const { world, events } = this.ground
    const { id, tracked } = managed.record
    try {
      return step(tracked, event, new StepContext(world, this.parts.waits, managed, event))
    } catch (error) {
      if (!(error instanceof AssertionError)) throw error
      const { message } = error
      world.log.error('Orchestrator', `impossible: '${nameOf(managed)}' got ${message}`, error)
      events.publish('processError', { name: nameOf(managed), id }, { run: tracked.runNumber, code: 'INTERNAL', message })
      return null
    }
  }

  redefine(managed: Managed, definition: ProcessRecord['definition']): void {
    const earlier = managed.record.definition
    const { record } = managed
    if (liveRunOf(managed) !== null) record.ranWith ??= earlier
    if (record.ranWith !== undefined && sameForRun(record.ranWith, definition)) record.ranWith = undefined
    managed.record.definition = definition
    managed.policy = policyOf(definition)
    this.performAll(managed, limitsAgain(managed, earlier, this.ground.world.clock.mono()))
    for (const companion of this.parts.companions) companion.redefined?.(managed, earlier)
    this.changed(managed)
  }

  changed(managed: Managed): void {
    if (managed.removed) return
    this.ground.world.store.put(managed.record.id)
    this.ground.views.touch(managed)
  }

  observed(managed: Managed): void {
    this.ground.views.touch(managed)
    this.parts.waiters.look(managed)
    for (const companion of this.parts.companions) companion.observed?.(managed)
  }

  /** Arms the timers of its state, from its own timestamps, and continues what was being ended. */
  rearm(managed: Managed): void {
    const { record, policy } = managed
    this.performAll(managed, rearm(record.tracked, { policy, monoMs: this.ground.world.clock.mono() }))
  }

  /** For the saved intent of a run that was never spawned, and for a lifecycle command that had not ended. */
  respawn(managed: Managed): void {
    const { state } = managed.record.tracked
    if (!('run' in state)) return
    const { run } = state
    const command = 'command' in state && state.command !== undefined && !state.command.over ? state.command : null
    if (command === null) return this.perform(managed, { do: 'spawn', run, durable: false }, false)
    const limitMs = ('rules' in state ? state.rules?.commandMs : null) ?? null
    this.perform(managed, { do: 'command', run, name: command.name, durable: false, limitMs, again: true }, false)
  }

  private performAll(managed: Managed, effects: readonly Effect[]): void {
    for (const effect of effects) this.perform(managed, effect, false)
  }

  private perform(managed: Managed, effect: Effect, wasPaused: boolean): void {
    const { manager, runEnder, trees } = this.parts
    if (runEnder.holdsBack(managed, effect, wasPaused)) return
    switch (effect.do) {
      case 'spawn':
        return manager.start(managed, effect.run, effect.durable)
      case 'endTree':
        return runEnder.end(managed, effect, wasPaused)
      case 'sweep':
        return runEnder.sweep(managed, effect.run)
      case 'command':
        return void this.parts.commands.perform(managed, effect)
      case 'endCommand':
        return this.parts.commands.kill(effect.run)
      case 'freeze':
        return trees.signal(managed, 'SIGSTOP')
      case 'thaw':
        return trees.signal(managed, 'SIGCONT')
      case 'wake':
        return armWake(this.ground.world.clock, managed, effect, this)
      case 'clearWakes':
        return clearWakes(managed)
    }
  }

  /** `hasSuccessor`: the next run has begun, and its logs with it. */
  private afterRun(managed: Managed, run: RunRef, hasSuccessor: boolean): void {
    const { world } = this.ground
    this.parts.adopted.forget(run.id)
    this.parts.ender.drop(run)
    if (!hasSuccessor) world.logs.endRun(nameOf(managed))
    managed.memoryStrikes = 0
    managed.observed = { ...managed.observed, cpuPercent: null, memoryBytes: null, diskReadBytes: null, diskWriteBytes: null }
  }
}
