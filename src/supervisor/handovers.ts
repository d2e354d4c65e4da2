/** Performs what core/handover.ts decides: spawns successors, checks them, opens their gates, drains and ends predecessors. */
import {
  type EndRules,
  type HandoverEffect,
  type HandoverEvent,
  handOver,
  noHandover,
  type Predecessor,
} from '../core/handover.ts'
import type { ExitFact, Identity, LiveRun, RunRef } from '../core/state.ts'
import type { LifecycleCommand } from '../protocol/names.ts'
import { type BesideEnd, type BesideStarter, evidenceBeside, leavingOf, noteEnd } from './beside-run.ts'
import type { Companion } from './companion.ts'
import type { Gates } from './gates.ts'
import type { Host } from './host.ts'
import type { Instances } from './instances.ts'
import { besideOf, hasBeside, type Managed, nameOf } from './registry.ts'
import { resumeHandover } from './resume-handover.ts'
import { RunWakes } from './run-wakes.ts'
import { SuccessorChecks } from './successor-checks.ts'
import type { TreeEnder } from './tree-ender.ts'
import type { Waiters } from './waiters.ts'

/** How a rolling reload of one slot ended. */
export type Outcome = { ok: true } | { ok: false; why: string }

/** Of the answer to a drain, beyond its time. */
const BEYOND_MS = 10_000
/** What can be replaced: a run that is just ending is not. */
const TAKEABLE = new Set(['starting', 'running', 'paused', 'retrying', 'failed'])

interface Coming {
  settle: (outcome: Outcome) => void
  healthy: boolean
}

export class Handovers {
  private readonly host: Host
  private readonly instances: Instances
  private readonly gates: Pick<Gates, 'open' | 'forget'>
  private readonly ender: Pick<TreeEnder, 'end' | 'news'>
  private readonly starter: BesideStarter
  private readonly waiters: Pick<Waiters, 'until'>
  private readonly companions: readonly Pick<Companion, 'runEnded'>[]
  private readonly checks: SuccessorChecks
  private readonly coming = new Map<string, Coming>()
  private readonly wakes: RunWakes
  /** Descendants that were seen while it was the run of the state. */
  private readonly known = new Map<string, readonly Identity[]>()
  /** Connections that predecessors still had at the end of their time, by process id. */
  private readonly cuts = new Map<string, number>()
  private closed = false

  constructor(
    host: Host,
    parts: {
      instances: Instances
      gates: Pick<Gates, 'open' | 'forget'>
      ender: Pick<TreeEnder, 'end' | 'news'>
      starter: BesideStarter
      waiters: Pick<Waiters, 'until'>
      /** Notified of the end of each such run; the others only care about the one in the state. */
      companions: readonly Pick<Companion, 'runEnded'>[]
    },
  ) {
    this.host = host
    this.instances = parts.instances
    this.gates = parts.gates
    this.ender = parts.ender
    this.starter = parts.starter
    this.waiters = parts.waiters
    this.companions = parts.companions
    this.wakes = new RunWakes(host.world.clock)
    this.checks = new SuccessorChecks(host.world, parts.instances, {
      programFound: (managed, run, program) => this.take(managed, { kind: 'programFound', run, program }),
      refused: (managed, run, why) => this.take(managed, { kind: 'refused', run, why }),
      healthy: (managed, run) => void this.healthy(managed, run),
    })
  }

  /** Starts a run beside the present one, and resolves when it serves instead, or is gone again. */
  begin(managed: Managed): Promise<Outcome> {
    const { world } = this.host
    const { tracked, handover = noHandover } = managed.record
    const number = Math.max(tracked.runNumber, handover.given) + 1
    const run: RunRef = { number, id: world.newId(16), attempt: 1 }
    return new Promise((settle) => {
      this.coming.set(run.id, { settle, healthy: false })
      this.take(managed, { kind: 'begun', run })
    })
  }

  /** Resolves when no run is left beside the one in the state. */
  async quiet(managed: Managed): Promise<void> {
    await this.waiters.until(managed, (each) => !hasBeside(each), null)
  }

  cutOf(managed: Managed): number {
    return this.cuts.get(managed.record.id) ?? 0
  }

  /** Before a stop, a restart or a cancel is taken: nothing else of it may go on. */
  hurry(managed: Managed): void {
    if (hasBeside(managed)) this.take(managed, { kind: 'hurried' })
  }

  /** True: that run was one of ours. */
  exited(managed: Managed, run: RunRef, exit: ExitFact): boolean {
    if (!besideOf(managed).some((each) => each.runId === run.id)) return false
    this.take(managed, { kind: 'exited', run: run.id, exit })
    return true
  }

  /** The run in the state changed: a successor may have waited for that. */
  stepped(managed: Managed): void {
    this.promote(managed)
  }

  /** At boot: continues what an earlier daemon had begun. `found`: leaders in the process table, by run id. */
  resume(managed: Managed, found: (runId: string) => LiveRun | null): void {
    const { handover, definition } = managed.record
    if (handover === undefined) return
    const { successor } = handover
    if (successor !== null) this.coming.set(successor.run.id, { settle: () => undefined, healthy: false })
    const take = (event: HandoverEvent): void => this.take(managed, event)
    const perform = (effect: HandoverEffect): void => this.perform(managed, effect)
    const watch = (run: RunRef, live: LiveRun): void => this.starter.watch(managed, run, live.leader)
    const check = (run: RunRef, live: LiveRun): void => this.checks.begin(managed, run, live)
    resumeHandover(handover, definition, this.host.world.clock.mono(), { found, take, perform, watch, check })
  }

  /** At boot after a reboot: nothing of them is alive. */
  lost(managed: Managed): void {
    for (const { runId } of besideOf(managed)) this.take(managed, { kind: 'gone', run: runId })
    const successor = managed.record.handover?.successor
    if (successor) this.take(managed, { kind: 'refused', run: successor.run.id, why: 'the machine was restarted' })
  }

  close(): void {
    this.closed = true
    this.checks.close()
    this.wakes.close()
  }

  private take(managed: Managed, event: HandoverEvent): void {
    const { record } = managed
    if (managed.removed || this.closed) return
    const before = record.handover ?? noHandover
    const { next, effects } = handOver(before, event, this.host.world.clock.mono())
    if (next === before && effects.length === 0) return
    record.handover = next
    this.host.changed(managed)
    for (const effect of effects) this.perform(managed, effect)
    this.host.observed(managed)
  }

  private perform(managed: Managed, effect: HandoverEffect): void {
    switch (effect.do) {
      case 'spawn':
        return void this.spawn(managed, effect.run)
      case 'open':
        return void this.afterWrite(() => this.gates.open(managed, effect.run))
      case 'drain':
        return void this.drain(managed, effect.run)
      case 'command':
        return void this.command(managed, effect.run, effect.name)
      case 'end':
        return void this.afterWrite(() => this.end(managed, effect.run, effect.force))
      case 'wake':
        return this.wakes.arm(effect.run, effect.afterMs, () => void this.elapsed(managed, effect.run, effect.phase))
      case 'reportRefused':
        return void this.reportRefused(managed, effect)
      case 'reportEnded':
        return this.reportEnded(managed, effect.predecessor)
    }
  }

  /** The intent is on disk first. */
  private async afterWrite(act: () => void): Promise<void> {
    await this.written()
    if (!this.closed) act()
  }

  private written(): Promise<void> {
    // A full disk keeps nothing from its end; the store reports it.
    return this.host.world.store.flush().catch(() => undefined)
  }

  private async spawn(managed: Managed, run: RunRef): Promise<void> {
    await this.written()
    const failure = this.isComing(managed, run.id) ? await this.execute(managed, run, 'pre-start', null) : null
    if (!this.isComing(managed, run.id)) return
    if (failure !== null) return this.take(managed, { kind: 'refused', run: run.id, why: `pre-start: ${failure}` })
    const started = this.starter.startBeside(managed, run)
    if (!started.ok) return this.take(managed, { kind: 'refused', run: run.id, why: started.why })
    const { live } = started
    this.take(managed, { kind: 'spawned', run: run.id, live })
    const { name, id } = this.subject(managed)
    this.host.events.publish('processStarted', { name, id }, { run: run.number, pid: live.leader.pid, adopted: false })
    this.host.world.log.info('Handovers', `'${name}' run ${run.number} starts beside run ${managed.record.tracked.runNumber}`)
    this.starter.watch(managed, run, live.leader)
    this.checks.begin(managed, run, live)
  }

  private async healthy(managed: Managed, runId: string): Promise<void> {
    const coming = this.coming.get(runId)
    const successor = managed.record.handover?.successor
    if (coming === undefined || successor?.run.id !== runId) return
    const failure = await this.execute(managed, successor.run, 'post-start', successor.live)
    if (this.coming.get(runId) !== coming || this.closed) return
    if (failure !== null) return this.take(managed, { kind: 'refused', run: runId, why: `post-start: ${failure}` })
    coming.healthy = true
    this.promote(managed)
  }

  private async command(managed: Managed, runId: string, name: 'pre-stop' | 'post-stop'): Promise<void> {
    await this.written()
    const leaving = this.predecessor(managed, runId)
    if (leaving?.phase !== name || this.closed) return
    await this.execute(managed, leaving.run, name, name === 'pre-stop' ? leaving.live : null, leaving.rules.commands)
    this.take(managed, { kind: 'commandEnded', run: runId, name })
  }

  /** `ptrack notify --ready`; false for any other run. */
  announce(runId: string): boolean {
    return this.checks.announce(runId)
  }

  /** As soon as the present run can be replaced. */
  private promote(managed: Managed): void {
    const { record } = managed
    const successor = record.handover?.successor
    if (successor === null || successor === undefined || successor.live === null || successor.phase !== 'checking') return
    const coming = this.coming.get(successor.run.id)
    const { state, wanted } = record.tracked
    if (!coming?.healthy || wanted !== 'up' || !TAKEABLE.has(state.status)) return
    if (state.status === 'starting' && !('live' in state && state.live !== null)) return
    const { run, live } = successor
    const from = leavingOf(managed)
    if (from !== null) this.known.set(from.run.id, managed.known)
    record.ranWith = undefined
    managed.known = []
    this.coming.delete(run.id)
    // Both in one write: the state never has the run twice, nor not at all.
    this.take(managed, { kind: 'promoted', run: run.id, from })
    this.host.submit(managed, { kind: 'tookOver', by: { run, live } })
    this.host.events.publish('instanceOpened', this.subject(managed), {
      run: run.number,
      pid: (live.program ?? live.leader).pid,
    })
    coming.settle({ ok: true })
  }

  private async drain(managed: Managed, runId: string): Promise<void> {
    await this.written()
    const leaving = this.predecessor(managed, runId)
    if (leaving === undefined || this.closed) return
    this.host.events.publish('instanceDraining', this.subject(managed), { run: leaving.run.number })
    // The end of its time is an event of its own, which counts what is still open.
    const drained = await this.instances.drain(managed, runId, leaving.rules.drainTimeoutMs + BEYOND_MS)
    if (this.predecessor(managed, runId)?.phase !== 'draining') return
    if (drained) this.host.events.publish('instanceDrained', this.subject(managed), { run: leaving.run.number })
    this.take(managed, { kind: 'drained', run: runId })
  }

  private async elapsed(managed: Managed, runId: string, phase: Predecessor['phase']): Promise<void> {
    if (phase === 'draining') {
      const status = await this.instances.status(managed, runId)
      const { id } = managed.record
      this.cuts.set(id, (this.cuts.get(id) ?? 0) + (status?.connections ?? 0))
    }
    this.take(managed, { kind: 'elapsed', run: runId, phase })
  }

  private end(managed: Managed, runId: string, force: boolean): void {
    const { handover, definition } = managed.record
    const present = evidenceBeside(managed, runId)
    if (present === null || handover === undefined) return
    const leaving = this.predecessor(managed, runId)
    const run = leaving?.run ?? handover.successor!.run
    const signal = force ? 'SIGKILL' : (leaving?.rules.signal ?? definition.stopSignal)
    this.ender.end({
      run,
      evidence: () => evidenceBeside(managed, runId, this.known.get(runId)),
      signal,
      leftSignal: null,
      mainFirst: definition.stopScope === 'main',
      ask: null,
      // One that was paused acts on the signal only once it is continued.
      paused: !force,
      exitKnown: () => !this.host.world.table.alive(present.leader),
      onGone: () => this.take(managed, { kind: 'gone', run: runId }),
    })
    // A successor has no phases: it never served.
    if (leaving === undefined && !force) this.wakes.arm(runId, definition.stopTimeoutMs, () => this.end(managed, runId, true))
  }

  private async reportRefused(managed: Managed, refused: Extract<HandoverEffect, { do: 'reportRefused' }>): Promise<void> {
    const { run, live, why, exit } = refused
    const coming = this.coming.get(run.id)
    this.forget(run.id)
    if (live !== null) await this.execute(managed, run, 'post-stop', null)
    if (live !== null) this.note(managed, run, live, { outcome: 'failed', reason: `rolled back: ${why}`, exit })
    coming?.settle({ ok: false, why })
  }

  private reportEnded(managed: Managed, { run, live, exit, forced }: Predecessor): void {
    this.forget(run.id)
    const reason = `replaced by run ${managed.record.tracked.runNumber}${forced ? ', and needed SIGKILL' : ''}`
    this.note(managed, run, live, { outcome: 'stopped', reason, exit })
  }

  private note(managed: Managed, run: RunRef, live: LiveRun, end: BesideEnd): void {
    const past = noteEnd(this.host.world, managed, run, live, end)
    for (const companion of this.companions) companion.runEnded?.(managed, past)
    this.host.changed(managed)
  }

  private forget(runId: string): void {
    this.starter.killCommands(runId)
    this.coming.delete(runId)
    this.checks.end(runId)
    this.known.delete(runId)
    this.gates.forget(runId)
    this.instances.forget(runId)
    this.wakes.cancel(runId)
  }

  private execute(managed: Managed, run: RunRef, name: LifecycleCommand, live: LiveRun | null, own?: EndRules['commands']) {
    const definition = { ...managed.record.definition, ...own }
    return this.starter.execute(managed, { run, name, definition, live })
  }

  private isComing({ record, removed }: Managed, runId: string): boolean {
    const successor = record.handover?.successor
    return !this.closed && !removed && successor?.run.id === runId && successor.phase === 'checking'
  }

  private predecessor(managed: Managed, runId: string): Predecessor | undefined {
    return managed.record.handover?.predecessors.find(({ run }) => run.id === runId)
  }

  private subject(managed: Managed): { name: string; id: string } {
    return { name: nameOf(managed), id: managed.record.id }
  }
}
