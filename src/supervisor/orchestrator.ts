/**
 * One mailbox, one step at a time: every wish, exit, timer and probe comes in through submit(); the table in core decides;
 * the effects are carried out and come back as facts. Nobody else changes a process.
 */
import { AssertionError } from 'node:assert'
import type { Effect, Event } from '../core/events.ts'
import { asDefined } from '../core/exit-meaning.ts'
import { step } from '../core/machine.ts'
import type { RunRef } from '../core/state.ts'
import type { TableIndex } from '../core/tree.ts'
import type { ProcessRecord, ProcessRow, World } from '../core/world.ts'
import { Admission } from './admission.ts'
import { AdoptedWatcher } from './adopted-watcher.ts'
import { Chronicle } from './chronicle.ts'
import type { Companion } from './companion.ts'
import type { EventLog } from './event-log.ts'
import { Halt } from './halt.ts'
import { HealthChecker } from './health-checker.ts'
import { LastWords } from './last-words.ts'
import { Leases } from './leases.ts'
import { limitsAgain } from './limits-again.ts'
import { Notices } from './notices.ts'
import { ProcessManager } from './process-manager.ts'
import { ProcessMonitor } from './process-monitor.ts'
import { liveRunOf, type Managed, nameOf, Registry } from './registry.ts'
import { ResourceSampler } from './resource-sampler.ts'
import { RunEnder } from './run-ender.ts'
import { SettingsKeeper } from './settings-keeper.ts'
import { Settler } from './settle.ts'
import { SpentRecords } from './spent-records.ts'
import { StepContext } from './step-context.ts'
import { Tracker } from './tracker.ts'
import { TreeEnder } from './tree-ender.ts'
import { Trees } from './trees.ts'
import { ViewHub } from './view-hub.ts'
import { clearWakes, setWake } from './wakes.ts'

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
  readonly trees: Trees
  readonly settings: SettingsKeeper
  readonly notices: Notices
  readonly admission: Admission
  readonly halt: Halt
  readonly tracker: Tracker
  readonly leases: Leases
  readonly companions: Companion[]
  private readonly ender: TreeEnder
  private readonly runEnder: RunEnder
  private readonly chronicle: Chronicle
  private readonly mailbox: { managed: Managed; event: Event }[] = []
  private readonly lastWords: LastWords
  private readonly spent: SpentRecords
  private draining = false

  constructor(world: World, events: EventLog) {
    this.world = world
    this.events = events
    this.views = new ViewHub(world, this.registry, (managed) => this.admission.positionOf(managed))
    this.settler = new Settler(world.clock)
    this.settings = new SettingsKeeper(world.store)
    this.notices = new Notices(world, this.settings)
    this.admission = new Admission(this)
    this.halt = new Halt(this)
    this.tracker = new Tracker(this)
    this.leases = new Leases(this)
    this.companions = [this.tracker, this.leases, this.admission]
    this.lastWords = new LastWords(world.log, this.companions, {
      heard: (managed, event) => {
        this.enqueue(managed, event)
        this.ender.news()
      },
      again: (managed, event) => this.submit(managed, event),
    })
    this.trees = new Trees(world, this.registry)
    this.spent = new SpentRecords(world)
    this.ender = new TreeEnder(world)
    this.runEnder = new RunEnder(world, this.ender, {
      gone: (managed, run) => this.submit(managed, { kind: 'gone', run: run.number }),
      look: (managed) => this.adopted.check(managed.record.id),
      perform: (managed, effect, wasPaused) => this.perform(managed, effect, wasPaused),
    })
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
    this.health = new HealthChecker(world, this.chronicle, {
      ready: (managed, run) => this.submit(managed, { kind: 'ready', run }),
      violated: (managed, run, reason) =>
        this.submit(managed, { kind: 'violated', run, reason, error: { code: 'UNHEALTHY', message: reason } }),
      changed: (managed) => this.observe(managed),
    })
    this.sampler = new ResourceSampler(world, this.registry, {
      busy: () => this.manager.busy,
      sampled: (managed) => {
        this.views.touch(managed)
        for (const companion of this.companions) companion.observed?.(managed)
      },
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
    const managed = this.registry.add(record)
    for (const companion of this.companions) companion.tracked?.(managed)
    return managed
  }

  /** Forgets an ended process. */
  untrack(managed: Managed): void {
    clearWakes(managed)
    this.health.stop(managed)
    this.registry.remove(managed)
    this.world.logs.disown(nameOf(managed), managed.record.id)
    for (const companion of this.companions) companion.removed?.(managed)
    this.world.store.remove(managed.record.id)
    this.views.touch(managed)
    this.settler.look(managed)
  }

  submit(managed: Managed, event: Event): void {
    if (event.kind === 'exited') event = { ...event, exit: asDefined(event.exit, managed.policy) }
    if (!this.lastWords.holdBack(managed, event)) this.enqueue(managed, event)
  }

  /** Ends that were found are told by then; for the boot, which answers nobody before. */
  async allHeardOut(): Promise<void> {
    await this.lastWords.all()
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
    const { record } = managed
    const before = record.tracked
    if (event.kind === 'steady' && managed.observed.health.health === 'unhealthy')
      return this.perform(managed, { do: 'wake', key: 'steady', afterMs: 60_000, event }, false)
    let result: ReturnType<typeof step>
    try {
      result = step(before, event, new StepContext(this.world, this.admission, managed, event))
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
    const wasPaused = before.state.status === 'paused'
    for (const effect of result.first ?? []) this.perform(managed, effect, wasPaused)
    const { runEnded } = this.chronicle.note(managed, before, event)
    if (runEnded) this.afterRun(managed, runEnded.ref, result.first !== undefined)
    this.changed(managed)
    for (const effect of result.effects) this.perform(managed, effect, wasPaused)
    // What an ended run left behind is no part of the next one, and must not end with it.
    if (runEnded) managed.known = []
    this.followRun(managed, before.state)
    for (const companion of this.companions) {
      if (runEnded) companion.runEnded?.(managed, runEnded)
      companion.stepped?.(managed, before, event)
    }
    this.settler.look(managed)
  }

  /** A person changed its definition, which was `earlier`. */
  redefined(managed: Managed, earlier: ProcessRecord['definition']): void {
    for (const effect of limitsAgain(managed, earlier, this.world.clock.mono())) this.perform(managed, effect, false)
    for (const companion of this.companions) companion.redefined?.(managed, earlier)
    if (managed.record.definition.maxMemoryBytes !== null) this.sampler.soon()
    this.changed(managed)
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
    for (const companion of this.companions) companion.observed?.(managed)
  }

  private perform(managed: Managed, effect: Effect, wasPaused: boolean): void {
    if (this.runEnder.holdsBack(managed, effect, wasPaused)) return
    switch (effect.do) {
      case 'spawn':
        return this.manager.start(managed, effect.run, effect.durable)
      case 'endTree':
        return this.runEnder.end(managed, effect.run, effect.force, wasPaused)
      case 'sweep':
        return this.runEnder.sweep(managed, effect.run)
      case 'freeze':
        return this.trees.signal(managed, 'SIGSTOP')
      case 'thaw':
        return this.trees.signal(managed, 'SIGCONT')
      case 'wake':
        return setWake(
          managed,
          effect.key,
          this.world.clock.wakeAfter(effect.afterMs, () => this.submit(managed, effect.event)),
        )
      case 'clearWakes':
        return clearWakes(managed)
    }
  }

  performAll(managed: Managed, effects: readonly Effect[]): void {
    for (const effect of effects) this.perform(managed, effect, false)
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
    if (file !== null) this.spent.add(file)
  }

  /** An adopted run ended, or the monitor found dead what no exit was told for. */
  foundDead(managed: Managed): void {
    const live = liveRunOf(managed)
    const { tracked, id } = managed.record
    if (live === null || !('run' in tracked.state) || this.lastWords.has(managed)) return
    const { run } = tracked.state
    const file = this.manager.recordFileOf(managed, run.number)
    const exit = (file === null ? null : this.world.spawner.recordedExit(file)) ?? { kind: 'unknown' as const }
    // While it is being ended its death is what was asked for.
    if (tracked.state.status !== 'completing') {
      this.events.publish('processDied', { name: nameOf(managed), id }, { run: run.number, pid: live.leader.pid })
      this.world.log.warn('ProcessMonitor', `'${nameOf(managed)}' (PID: ${live.leader.pid}) was found dead`)
    }
    const leftovers =
      managed.known.some((identity) => this.world.table.alive(identity)) ||
      this.members(managed, this.trees.recentIndex()).length > 0
    const programAlive = live.program !== null && this.world.table.alive(live.program)
    this.submit(managed, { kind: 'exited', run: run.number, exit, leftovers, background: false, outage: false, programAlive })
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
    this.followRun(managed, { status: 'pending', why: 'queue', turn: 0 })
  }

  index(): TableIndex {
    return this.trees.index()
  }

  members(managed: Managed, index = this.index()): ProcessRow[] {
    return this.trees.members(managed, index)
  }

  close(): void {
    this.monitor.stop()
    this.sampler.stop()
    this.health.close()
    this.adopted.close()
    this.leases.close()
    this.tracker.close()
  }
}
