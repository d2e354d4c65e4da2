/**
 * One mailbox, one step at a time: every wish, exit, timer and probe comes in through submit(); the table in core decides;
 * the effects are carried out and come back as facts. Nobody else changes a process.
 */
import { AssertionError } from 'node:assert'
import type { Context, Effect, Event } from '../core/events.ts'
import { step } from '../core/machine.ts'
import type { RunRef } from '../core/state.ts'
import { identityOfRow, membersOf, type TableIndex } from '../core/tree.ts'
import type { ProcessRecord, World } from '../core/world.ts'
import type { Wanted } from '../protocol/names.ts'
import { AdoptedWatcher } from './adopted-watcher.ts'
import { Chronicle } from './chronicle.ts'
import type { EventLog } from './event-log.ts'
import { HealthChecker } from './health-checker.ts'
import { readIndex } from './process-index.ts'
import { ProcessManager } from './process-manager.ts'
import { ProcessMonitor } from './process-monitor.ts'
import { evidenceOf, liveRunOf, type Managed, nameOf, Registry } from './registry.ts'
import { ResourceSampler } from './resource-sampler.ts'
import { Settler } from './settle.ts'
import { TreeEnder } from './tree-ender.ts'
import { ViewHub } from './view-hub.ts'

/** An exit record is removed only once the state that tells of the exit has surely been written. */
const RECORD_KEEP_MS = 5000
const RECENT_MS = 50

export class Orchestrator {
  readonly world: World
  readonly events: EventLog
  readonly registry = new Registry()
  readonly views: ViewHub
  readonly settler: Settler
  readonly manager: ProcessManager
  readonly monitor: ProcessMonitor
  readonly health: HealthChecker
  readonly sampler: ResourceSampler
  readonly adopted: AdoptedWatcher
  private readonly ender: TreeEnder
  private readonly chronicle: Chronicle
  private readonly mailbox: { managed: Managed; event: Event }[] = []
  private draining = false
  private recent: { atMono: number; index: TableIndex } | null = null

  constructor(world: World, events: EventLog) {
    this.world = world
    this.events = events
    this.views = new ViewHub(world, this.registry)
    this.settler = new Settler(world.clock)
    this.ender = new TreeEnder(world)
    this.adopted = new AdoptedWatcher(world)
    this.chronicle = new Chronicle(world, events)
    this.manager = new ProcessManager(world, {
      spawned: (managed, run, live) => this.submit(managed, { kind: 'spawned', run: run.number, live }),
      spawnFailed: (managed, run, error) => this.submit(managed, { kind: 'spawnFailed', run: run.number, error }),
      exited: (managed, run, exit, facts) => {
        this.submit(managed, { kind: 'exited', run: run.number, exit, ...facts, outage: false })
        this.ender.news()
      },
      programFound: (managed) => this.changed(managed),
    })
    this.health = new HealthChecker(world, events, {
      ready: (managed, run) => this.submit(managed, { kind: 'ready', run }),
      violated: (managed, run, reason) =>
        this.submit(managed, { kind: 'violated', run, reason, error: { code: 'UNHEALTHY', message: reason } }),
      changed: (managed) => this.observe(managed),
    })
    this.sampler = new ResourceSampler(world, this.registry, {
      sampled: (managed) => this.views.touch(managed),
      overMemory: (managed, run, reason) =>
        this.submit(managed, { kind: 'violated', run, reason, error: { code: 'MEMORY_LIMIT', message: reason } }),
      leaderMissing: (managed) => this.monitor.suspect(managed),
    })
    this.monitor = new ProcessMonitor(world, events, this.registry, {
      died: (managed) => this.foundDead(managed),
    })
  }

  /** Takes a process into the registry without any event; from the state at boot, or newly defined. */
  track(record: ProcessRecord): Managed {
    return this.registry.add(record)
  }

  /** Forgets an ended process. */
  untrack(managed: Managed): void {
    for (const cancel of managed.wakes.values()) cancel()
    managed.wakes.clear()
    this.health.stop(managed)
    this.registry.remove(managed)
    this.world.store.remove(managed.record.id)
    this.views.touch(managed)
    this.settler.look(managed)
  }

  submit(managed: Managed, event: Event): void {
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
    const { record } = managed
    const before = record.tracked
    if (event.kind === 'steady' && managed.observed.health.health === 'unhealthy') return this.wakeAgain(managed, event)
    let result: ReturnType<typeof step>
    try {
      result = step(before, event, this.context(managed))
    } catch (error) {
      if (!(error instanceof AssertionError)) throw error
      // A programmer's error about one process must not take the others' supervisor away; it is told loudly.
      this.world.log.error('Orchestrator', `impossible: '${nameOf(managed)}' got ${error.message}`, error)
      this.events.publish(
        'processError',
        { name: nameOf(managed), id: record.id },
        { run: before.runNumber, code: 'INTERNAL', message: error.message },
      )
      return
    }
    if (result.next === before && result.effects.length === 0) return
    record.tracked = result.next
    // A successor that need not wait for the disk is started before anything is written or told of its predecessor's end.
    const successor = result.effects.find((effect) => effect.do === 'spawn' && !effect.durable)
    if (successor) this.perform(managed, successor, false)
    const { runEnded } = this.chronicle.note(managed, before, event)
    if (runEnded) this.afterRun(managed, runEnded.ref, successor !== undefined)
    this.changed(managed)
    const wasPaused = before.state.status === 'paused'
    for (const effect of result.effects) if (effect !== successor) this.perform(managed, effect, wasPaused)
    // What an ended run left behind is no part of the next one, and must not end with it.
    if (runEnded) managed.known = []
    this.followRun(managed, before.state)
    this.settler.look(managed)
  }

  /** Saved and told: something that belongs to the record changed. */
  changed(managed: Managed): void {
    if (managed.removed) return
    this.world.store.put(managed.record.id)
    this.views.touch(managed)
  }

  /** Told only: something observed changed. */
  private observe(managed: Managed): void {
    this.views.touch(managed)
    this.settler.look(managed)
  }

  context(managed: Managed): Context {
    const { world } = this
    return {
      policy: managed.policy,
      monoMs: world.clock.mono(),
      wallMs: world.clock.wall(),
      jitter: world.random(),
      // Made only where a run begins: most steps need none.
      get newRunId() {
        return world.newId(16)
      },
      slotFree: true,
    }
  }

  private perform(managed: Managed, effect: Effect, wasPaused: boolean): void {
    switch (effect.do) {
      case 'spawn':
        return this.manager.start(managed, effect.run, effect.durable)
      case 'endTree':
        return this.endTree(managed, effect.run, effect.force, wasPaused)
      case 'sweep':
        return this.sweep(managed, effect.run)
      case 'freeze':
        return this.signalMembers(managed, 'SIGSTOP')
      case 'thaw':
        return this.signalMembers(managed, 'SIGCONT')
      case 'wake':
        managed.wakes.get(effect.key)?.()
        managed.wakes.set(
          effect.key,
          this.world.clock.wakeAfter(effect.afterMs, () => this.submit(managed, effect.event)),
        )
        return
      case 'clearWakes':
        for (const cancel of managed.wakes.values()) cancel()
        managed.wakes.clear()
        return
    }
  }

  performAll(managed: Managed, effects: readonly Effect[]): void {
    for (const effect of effects) this.perform(managed, effect, false)
  }

  private wakeAgain(managed: Managed, event: Event & { kind: 'steady' }): void {
    this.perform(managed, { do: 'wake', key: 'steady', afterMs: 60_000, event }, false)
  }

  private endTree(managed: Managed, run: RunRef, force: boolean, paused: boolean): void {
    const { record } = managed
    this.ender.end({
      run,
      evidence: () => evidenceOf(managed),
      signal: force ? 'SIGKILL' : record.definition.stopSignal,
      paused,
      exitKnown: () => {
        // An adopted run sends no exit; it is looked at when the tree is.
        this.adopted.check(record.id)
        const { state } = record.tracked
        return state.status !== 'completing' || state.exit !== null
      },
      onGone: () => this.submit(managed, { kind: 'gone', run: run.number }),
    })
  }

  private sweep(managed: Managed, run: RunRef): void {
    const past = managed.record.runs.find((each) => each.ref.id === run.id)
    if (!past?.leader) return
    this.ender.sweep(
      { runId: run.id, leader: past.leader, program: null, known: managed.known },
      managed.record.definition.stopSignal,
      managed.record.definition.stopTimeoutMs,
    )
  }

  /** Starts and stops what accompanies a live run: probes, polling of adopted leaders, log sweeps. */
  private followRun(managed: Managed, before: ProcessRecord['tracked']['state']): void {
    const { state } = managed.record.tracked
    const live = liveRunOf(managed)
    const wasLive = 'live' in before && before.live !== null
    const probing = live !== null && (state.status === 'starting' || state.status === 'running')
    if (probing) this.health.follow(managed)
    else this.health.stop(managed)
    if (live !== null && !wasLive) this.sampler.soon()
  }

  /** `goesOn`: the next run has begun, and its logs with it. */
  private afterRun(managed: Managed, run: RunRef, goesOn: boolean): void {
    const { record } = managed
    this.adopted.forget(record.id)
    this.ender.drop(run)
    if (!goesOn) this.world.logs.endRun(nameOf(managed))
    managed.memoryStrikes = 0
    managed.observed = { ...managed.observed, cpuPercent: null, memoryBytes: null, diskReadBytes: null, diskWriteBytes: null }
    const file = this.manager.recordFileOf(managed, run.number)
    if (file !== null) this.removeRecordLater(file)
  }

  private removeRecordLater(file: string): void {
    this.world.clock.wakeAfter(RECORD_KEEP_MS, () => {
      if (this.world.store.health().error !== null) this.removeRecordLater(file)
      else this.world.spawner.removeRecord(file)
    })
  }

  /** An adopted run ended, or the monitor found dead what no exit was told for. */
  foundDead(managed: Managed): void {
    const live = liveRunOf(managed)
    const { tracked, id } = managed.record
    if (live === null || !('run' in tracked.state)) return
    const { run } = tracked.state
    const file = this.manager.recordFileOf(managed, run.number)
    const exit = (file === null ? null : this.world.spawner.recordedExit(file)) ?? { kind: 'unknown' as const }
    // While it is being ended its death is what was asked for.
    if (tracked.state.status !== 'completing') {
      this.events.publish('processDied', { name: nameOf(managed), id }, { run: run.number, pid: live.leader.pid })
      this.world.log.warn('ProcessMonitor', `'${nameOf(managed)}' (PID: ${live.leader.pid}) was found dead`)
    }
    const leftovers =
      managed.known.some((identity) => this.world.table.alive(identity)) || this.members(managed, this.recentIndex()).length > 0
    this.submit(managed, { kind: 'exited', run: run.number, exit, leftovers, background: false, outage: false })
  }

  /** From now on this run, which another daemon spawned, is watched by polling. */
  watchAdopted(managed: Managed): void {
    const live = liveRunOf(managed)
    if (live === null) return
    this.adopted.watch(managed.record.id, live.leader, () => this.foundDead(managed))
    const { definition } = managed.record
    this.world.logs.adopt(definition.name, managed.record.tracked.runNumber, {
      maxBytes: definition.logMaxBytes,
      keep: definition.logKeep,
    })
    this.followRun(managed, { status: 'pending', why: 'queue' })
  }

  index(): TableIndex {
    return readIndex(this.world)
  }

  /** Many adopted runs that end together share one pass; what it shows too much of is settled by the passes of the ender. */
  private recentIndex(): TableIndex {
    const nowMono = this.world.clock.mono()
    if (this.recent === null || nowMono - this.recent.atMono > RECENT_MS) this.recent = { atMono: nowMono, index: this.index() }
    const { index } = this.recent
    setImmediate(() => {
      this.recent = null
    })
    return index
  }

  members(managed: Managed, index = this.index()) {
    const evidence = evidenceOf(managed)
    return evidence === null ? [] : membersOf(index, evidence)
  }

  signalMembers(managed: Managed, signal: string): void {
    for (const row of this.members(managed)) this.world.signaller.signal(identityOfRow(row, this.world.table.bootId), signal)
  }

  /** Stops the tree for the moment of a log rotation where the file system cannot collapse; answers how to let it go on. */
  freezeTree(name: string): (() => void) | null {
    const managed = this.registry.named(name)
    if (managed === undefined || liveRunOf(managed) === null) return null
    const paused = () => managed.record.tracked.state.status === 'paused'
    if (!paused()) this.signalMembers(managed, 'SIGSTOP')
    return () => {
      if (!paused()) this.signalMembers(managed, 'SIGCONT')
    }
  }

  /** The supervisor ends a process for its own sake; what a person wants of it has not changed. */
  keepWanted(managed: Managed, wanted: Wanted): void {
    managed.record.tracked = { ...managed.record.tracked, wanted }
    this.changed(managed)
  }

  close(): void {
    this.monitor.stop()
    this.sampler.stop()
    this.health.close()
    this.adopted.close()
  }
}
