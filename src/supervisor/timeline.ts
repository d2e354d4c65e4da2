/** What a step means for people: the record's timeline, and the events that publish it. Decides nothing. */
import type { Event } from '../core/events.ts'
import { describeExit, exitCodeOf, signalOf } from '../core/exit-meaning.ts'
import type { HealthRecord } from '../core/health.ts'
import { iso } from '../core/iso.ts'
import { restartRules } from '../core/restart.ts'
import { type External, isPausing, type Lifecycle } from '../core/state.ts'
import { liveOf } from '../core/to-view.ts'
import type { PastRun, World } from '../core/world.ts'
import { limits } from '../protocol/limits.ts'
import { isEnded, type Kind, type LifecycleCommand, type Status } from '../protocol/names.ts'
import type { TimelineEntry } from '../protocol/view.ts'
import type { EventLog } from './event-log.ts'
import { type Managed, nameOf } from './registry.ts'

/** If another run follows, the outcome is derived from the exit. */
function outcomeOf(kind: Kind, after: Lifecycle, event: Event): Status {
  const { status } = after.state
  if (isEnded(status)) return status
  if (event.kind === 'rebooted') return 'interrupted'
  // Only a person's request begins a run without counting it as a restart.
  if ((status === 'starting' || status === 'pending') && after.restarts === 0) return kind === 'service' ? 'stopped' : 'cancelled'
  return after.error === null ? 'done' : 'failed'
}

/** A flapping health keeps its first turn to unhealthy and back, and its last: the rest has to fit beside it. */
const FLAPPING = 4
function withoutFlapping(timeline: TimelineEntry[]): TimelineEntry[] {
  const turns = timeline.slice(-FLAPPING)
  return turns.length === FLAPPING && turns.every(({ health }) => health !== undefined) ? timeline.slice(0, -2) : timeline
}

export class Timeline {
  private readonly world: World
  private readonly events: EventLog

  constructor(world: World, events: EventLog) {
    this.world = world
    this.events = events
  }

  /** After every step that changed something; answers whether a run ended. */
  note(managed: Managed, before: Lifecycle, event: Event): { runEnded: PastRun | null } {
    const { record } = managed
    const after = record.tracked
    if (event.kind === 'spawned') this.noteSpawned(managed, event.live.adopted)
    if (event.kind === 'tookOver')
      Object.assign(record, { startedAtMs: event.by.live.startedAtMs, endedAtMs: null, lastExit: null })
    if (event.kind === 'externalBegan') this.noteReported(managed)
    if (event.kind === 'commandBegan' && event.name === 'pre-start')
      Object.assign(record, { startedAtMs: event.live.startedAtMs, endedAtMs: null, lastExit: null })
    if (event.kind === 'commandEnded' && event.failure !== null)
      this.noteCommandFailed(managed, event.run, event.name, event.failure, before)
    if (event.kind === 'exited') {
      record.lastExit = event.exit
      record.endedAtMs = this.world.clock.wall()
    }
    const runEnded = this.endRun(managed, before, event)
    if (before.state.status !== after.state.status || before.reason !== after.reason || event.kind === 'tookOver')
      this.noteStatus(managed, before)
    if (event.kind === 'exited') this.tellExit(managed, event)
    if (event.kind === 'spawnFailed') {
      this.events.publish('processError', this.subject(managed), { run: event.run, ...event.error })
      this.world.log.warn('ProcessManager', `cannot start '${nameOf(managed)}': ${event.error.message}`)
    }
    if (before.crashLoop !== after.crashLoop)
      this.events.publish('crashLoop', this.subject(managed), {
        failures: after.failures.length,
        windowMs: restartRules.crashLoopWindowMs,
        on: after.crashLoop,
      })
    if (isEnded(after.state.status) && !isEnded(before.state.status)) this.publishEnd(managed)
    return { runEnded }
  }

  noteSpawned(managed: Managed, adopted: boolean): void {
    const { record } = managed
    const live = liveOf(record.tracked.state)
    if (live === null) return
    record.startedAtMs = live.startedAtMs
    record.endedAtMs = null
    record.lastExit = null
    const { pid } = live.program ?? live.leader
    const run = record.tracked.runNumber
    this.events.publish('processStarted', this.subject(managed), { run, pid, adopted })
    if (record.definition.kind === 'service') this.events.publish('serverStarted', this.subject(managed), { run, pid })
    this.world.log.info('ProcessManager', `'${nameOf(managed)}' ${adopted ? 'adopted' : 'started'} (PID: ${pid}, run ${run})`)
  }

  noteCommandFailed(
    managed: Managed,
    run: number,
    command: LifecycleCommand,
    reason: string,
    { state: { status } } = managed.record.tracked,
  ): void {
    const { record } = managed
    this.events.publish('lifecycleFailed', this.subject(managed), { run, command, reason })
    this.world.log.warn('ProcessManager', `${command} of '${nameOf(managed)}' run ${run}: ${reason}`)
    // That of a start is the reason of what follows.
    if (command === 'pre-start' || command === 'post-start') return
    const entry = { at: iso(this.world.clock.wall()), status, run, reason: `${command}: ${reason}` }
    record.timeline = [...record.timeline, entry].slice(-limits.timeline)
  }

  private endRun(managed: Managed, before: Lifecycle, event: Event): PastRun | null {
    const { record } = managed
    const after = record.tracked
    if ('external' in before.state) return this.endReported(managed, before.state.external)
    const live = liveOf(before.state)
    // It still runs, beside the one that took over.
    if (event.kind === 'tookOver') return null
    if (live === null || !('run' in before.state)) return null
    if (liveOf(after.state) !== null && after.runNumber === before.runNumber) return null
    const exit = event.kind === 'exited' ? event.exit : before.state.status === 'completing' ? before.state.exit : record.lastExit
    record.lastExit = exit
    record.endedAtMs ??= this.world.clock.wall()
    const past: PastRun = {
      ref: before.state.run,
      startedAtMs: live.startedAtMs,
      endedAtMs: record.endedAtMs,
      outcome: outcomeOf(record.definition.kind, after, event),
      reason: event.kind === 'rebooted' ? event.reason : (after.reason ?? (exit ? describeExit(exit) : null)),
      exit,
      adopted: live.adopted,
      leader: live.leader,
      program: live.program,
      outage: event.kind === 'rebooted' || (event.kind === 'exited' && event.outage),
      inHistory: false,
    }
    record.runs = [...record.runs, past].slice(-limits.runs)
    return past
  }

  private noteReported(managed: Managed): void {
    const { record } = managed
    const { state } = record.tracked
    if (!('external' in state)) return
    const { external } = state
    record.startedAtMs = external.startedAtMs
    record.endedAtMs = null
    record.lastExit = null
    const run = record.tracked.runNumber
    if (external.pid !== null)
      this.events.publish('processStarted', this.subject(managed), { run, pid: external.pid, adopted: false })
    this.world.log.info('Orchestrator', `'${nameOf(managed)}' reports itself (run ${run})`)
  }

  private endReported({ record }: Managed, external: External): PastRun | null {
    const { state, reason } = record.tracked
    if (!isEnded(state.status)) return null
    record.endedAtMs = this.world.clock.wall()
    const past: PastRun = {
      ref: external.run,
      startedAtMs: external.startedAtMs,
      endedAtMs: record.endedAtMs,
      outcome: state.status,
      reason,
      exit: null,
      adopted: false,
      leader: null,
      program: null,
      outage: false,
      inHistory: false,
    }
    record.runs = [...record.runs, past].slice(-limits.runs)
    return past
  }

  private noteStatus(managed: Managed, before: Lifecycle): void {
    const { record, observed } = managed
    const after = record.tracked
    const entry = {
      at: iso(after.sinceMs),
      status: after.state.status,
      run: after.runNumber,
      reason: after.reason,
    }
    // A run that ended by itself is `completing` only while its tree is checked: not worth an entry.
    const passing =
      before.state.status === 'completing' &&
      'live' in before.state &&
      before.state.exit !== null &&
      before.reason === after.reason
    record.timeline = [...(passing ? record.timeline.slice(0, -1) : record.timeline), entry].slice(-limits.timeline)
    // A requested pause is published at once, so that the owner of an external process hears of it.
    if (before.state.status === after.state.status && isPausing(before.state) === isPausing(after.state)) return
    this.events.publish('statusChange', this.subject(managed), {
      from: before.state.status,
      to: after.state.status,
      reason: after.reason,
      health: observed.health.health,
      run: after.runNumber,
    })
    if (after.state.status === 'paused' && before.state.status !== 'paused')
      this.events.publish('paused', this.subject(managed), { run: after.runNumber })
    if (before.state.status === 'paused' && after.state.status === 'running')
      this.events.publish('resumed', this.subject(managed), { run: after.runNumber })
  }

  /** Its health changed, or the reason; `before` is what was known. Changes while it runs are recorded. */
  noteHealth(managed: Managed, before: HealthRecord): void {
    const { record } = managed
    const { health, reason } = managed.observed.health
    const { status } = record.tracked.state
    const run = record.tracked.runNumber
    this.events.publish('statusChange', this.subject(managed), { from: status, to: status, reason, health, run })
    if (health === 'unhealthy') this.world.log.warn('ProcessMonitor', `'${nameOf(managed)}' is unhealthy: ${reason}`)
    if (before.health === health || (before.health === 'unknown' && health === 'healthy')) return
    const words = health === 'unhealthy' ? `unhealthy: ${reason}` : 'healthy again'
    const entry = { at: iso(this.world.clock.wall()), status, run, reason: words, health }
    record.timeline = [...withoutFlapping(record.timeline), entry].slice(-limits.timeline)
    this.world.store.put(record.id)
  }

  private tellExit(managed: Managed, event: Extract<Event, { kind: 'exited' }>): void {
    const reason = describeExit(event.exit)
    this.events.publish('processExit', this.subject(managed), {
      run: event.run,
      exitCode: exitCodeOf(event.exit),
      signal: signalOf(event.exit),
      reason,
    })
    this.world.log.info('ProcessManager', `'${nameOf(managed)}' run ${event.run} ended: ${reason}`)
  }

  private publishEnd(managed: Managed): void {
    const { definition, tracked } = managed.record
    const { status } = tracked.state
    if (!isEnded(status)) return
    const run = tracked.runNumber
    if (definition.kind === 'service') this.events.publish('serverStopped', this.subject(managed), { run })
    else if (status === 'cancelled') this.events.publish('cancelled', this.subject(managed), { run })
    else this.events.publish('completed', this.subject(managed), { run, status })
  }

  private subject(managed: Managed): { name: string; id: string } {
    return { name: nameOf(managed), id: managed.record.id }
  }
}
