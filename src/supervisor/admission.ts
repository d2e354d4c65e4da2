/** Who may begin, and who waits for a slot, for processes (`--after`) or a time. Decides only when to submit `admitted`. */
import { HALTED } from '../core/cells/moves.ts'
import { type Awaited, unmet } from '../core/dependencies.ts'
import type { Context, Event } from '../core/events.ts'
import { isProbed } from '../core/policy.ts'
import type { JobQueue } from '../core/queue.ts'
import type { Lifecycle, State } from '../core/state.ts'
import { resolve } from '../core/targets.ts'
import { isLive } from '../protocol/names.ts'
import type { QueueLimits } from '../protocol/settings.ts'
import type { Companion } from './companion.ts'
import type { Host } from './host.ts'
import { liveRunOf, type Managed, nameOf } from './registry.ts'
import type { Scheduler } from './scheduler.ts'
import type { Waits } from './step-context.ts'

/** Admitted in one turn of the event loop: each is spawned at once, which takes about 1 ms. */
const BURST = 8
/** Views whose place in the queue changed are published together, and only the front of the queue. */
const MOVED_MS = 1000
const MOVED_VIEWS = 100
const FOR_A_SLOT = 'waiting for a free slot'

type Wait = NonNullable<Context['wait']>

type Grounds = Pick<Host, 'registry' | 'submit' | 'events' | 'world' | 'views'>

export class Admission implements Companion, Waits {
  private readonly host: Grounds
  private readonly queue: JobQueue
  private readonly times: Pick<Scheduler, 'reasonOf'>
  private readonly reserved = new Set<Managed>()
  /** In the queue, but since then asked to wait for others first. */
  private readonly lookAgain = new Set<Managed>()
  /** Of an earlier daemon that stopped all it had started: they wait until somebody starts them. */
  private readonly held = new Set<Managed>()
  /** Those that wait for other processes, by each name they wait for. */
  private readonly awaiting = new Map<string, Set<Managed>>()
  private lastTurn = 0
  private opened = false
  private admittedInTurn = 0
  private moved = false

  constructor(host: Grounds, queue: JobQueue, times: Pick<Scheduler, 'reasonOf'>) {
    this.host = host
    this.queue = queue
    this.times = times
  }

  /** From now on jobs begin: the state is loaded, and it is known which of them are alive. */
  open(limits: QueueLimits, halted = false): void {
    this.queue.setLimits(limits)
    const all = [...this.host.registry.all()]
    if (halted) for (const managed of all) if (managed.record.tracked.state.status === 'pending') this.held.add(managed)
    for (const { record } of all)
      if (record.tracked.state.status === 'pending') this.lastTurn = Math.max(this.lastTurn, record.tracked.state.turn)
    for (const managed of all) this.follow(managed)
    this.opened = true
    this.begin(all)
  }

  /** No longer held: it waits like any other. */
  release(managed: Managed): void {
    if (!this.held.delete(managed)) return
    this.follow(managed)
    this.begin([managed])
  }

  releaseAll(): void {
    const all = [...this.held]
    this.held.clear()
    for (const managed of all) this.follow(managed)
    this.begin(all)
  }

  private begin(all: readonly Managed[]): void {
    // Defined, but not yet looked at by the daemon before; or waiting for something that may be met.
    const unsettled = all
      .filter((managed) => {
        const { state } = managed.record.tracked
        return state.status === 'pending' && (state.turn === 0 || this.held.has(managed))
      })
      .sort((a, b) => a.record.createdAtMs - b.record.createdAtMs)
    for (const managed of unsettled) this.host.submit(managed, { kind: 'admitted' })
    this.drain()
  }

  close(): void {
    this.opened = false
  }

  setLimits(limits: QueueLimits): void {
    this.queue.setLimits(limits)
    this.drain()
  }

  get counts(): { live: number; queued: number } {
    return { live: this.queue.live, queued: this.queue.size }
  }

  positionOf(managed: Managed): number | null {
    return this.queue.positionOf(managed.record.id)
  }

  waits(managed: Managed): boolean {
    return this.queue.waits(managed.record.id)
  }

  firstWaiting(count: number, passes: (id: string) => boolean): Managed[] {
    const entries = this.queue.head(count, ({ id }) => passes(id))
    return entries.map(({ id }) => this.host.registry.get(id)).filter((managed) => managed !== undefined)
  }

  takeTurn(): number {
    return ++this.lastTurn
  }

  /** What keeps this process from a run; asked at the moment of the event that would begin one. */
  waitOf(managed: Managed, event: Event): Wait | null {
    const { definition, tracked } = managed.record
    const { state } = tracked
    if (this.held.has(managed) && event.kind === 'admitted' && state.status === 'pending')
      return { why: state.why, reason: HALTED }
    if (event.kind === 'admitted' && state.status === 'pending') {
      if (this.reserved.has(managed)) return null
      const isNew = state.why === 'queue' && state.turn === 0
      // A service runs between its scheduled times too: they restart it.
      if (definition.cron !== null && definition.kind === 'job' && (isNew || state.why === 'time'))
        return { why: 'time', reason: this.times.reasonOf(managed) }
    }
    const queued = isQueued(state) && !this.lookAgain.has(managed)
    // A retry waited for its dependencies before the first attempt; so has anything in the queue.
    if (event.kind !== 'delayElapsed' && !(queued && event.kind === 'admitted')) {
      const reason = this.unmet(managed)
      if (reason !== null) return { why: 'dependency', reason }
    }
    return definition.kind === 'job' && !this.hasRoom(managed) ? { why: 'queue', reason: FOR_A_SLOT } : null
  }

  private hasRoom(managed: Managed): boolean {
    const { record } = managed
    if (this.queue.holds(record.id)) return true
    if (!this.opened || this.queue.limitHit(laneOf(managed)) !== null) return false
    // Others that may begin and have not been admitted yet go first.
    return this.queue.size === 0 || this.queue.next() === null
  }

  stepped(managed: Managed, before: Lifecycle, event: Event): void {
    const { tracked } = managed.record
    if (event.kind === 'admitted') this.reserved.delete(managed)
    this.lookAgain.delete(managed)
    if (before.state !== tracked.state) {
      this.follow(managed)
      this.notifyAwaiting(managed)
    } else if (before.backoffStep !== tracked.backoffStep) this.notifyAwaiting(managed)
    this.drain()
  }

  observed(managed: Managed): void {
    this.notifyAwaiting(managed)
  }

  removed(managed: Managed): void {
    this.reserved.delete(managed)
    this.lookAgain.delete(managed)
    this.held.delete(managed)
    if (this.queue.remove(managed.record.id)) this.noteMoved()
    this.queue.release(managed.record.id)
    for (const { name } of managed.record.definition.after) this.forget(name, managed)
    this.notifyAwaiting(managed)
    this.drain()
  }

  /** Its place in the queue, or its dependencies, may have changed. */
  redefined(managed: Managed, earlier: Managed['record']['definition']): void {
    for (const { name } of earlier.after) this.forget(name, managed)
    this.follow(managed)
    const { definition, tracked } = managed.record
    const { state } = tracked
    const others = JSON.stringify(definition.after) !== JSON.stringify(earlier.after)
    if (isQueued(state) && others && this.unmet(managed) !== null) this.lookAgain.add(managed)
    if ((state.status === 'pending' && state.why === 'dependency') || this.lookAgain.has(managed))
      this.host.submit(managed, { kind: 'admitted' })
    this.drain()
  }

  /** Updates slots, queue and waiters to the state of this process. */
  private follow(managed: Managed): void {
    const { id, definition, tracked } = managed.record
    const { state } = tracked
    const pending = state.status === 'pending'
    if (definition.kind === 'job' && !(pending && this.reserved.has(managed))) {
      if (isLive(state.status)) this.queue.hold(id, laneOf(managed))
      else this.queue.release(id)
      if (isQueued(state) && !this.held.has(managed)) this.enqueue(managed, state.turn)
      else if (this.queue.remove(id)) this.noteMoved()
    }
    for (const { name } of definition.after)
      if (pending && state.why === 'dependency') this.awaiting.set(name, (this.awaiting.get(name) ?? new Set()).add(managed))
      else this.forget(name, managed)
  }

  private enqueue(managed: Managed, turn: number): void {
    const { id, definition } = managed.record
    const lane = laneOf(managed)
    const first = this.queue.size === 0
    this.queue.add({ id, ...lane, priority: definition.priority, turn })
    const reached = first && this.opened ? this.queue.limitHit(lane) : null
    // Published when a queue forms, not for each of ten thousand that join it.
    if (reached !== null) this.host.events.publish('limitReached', { name: nameOf(managed), id }, { ...reached })
    this.noteMoved()
  }

  private forget(name: string, managed: Managed): void {
    const those = this.awaiting.get(name)
    if (those?.delete(managed) && those.size === 0) this.awaiting.delete(name)
  }

  /** Looks again at everything that waits for this process. */
  private notifyAwaiting(managed: Managed): void {
    const { definition } = managed.record
    for (const name of definition.instance === null ? [definition.name] : [definition.name, definition.instance.of])
      for (const each of this.awaiting.get(name) ?? [])
        if (this.unmet(each) !== each.record.tracked.reason) this.host.submit(each, { kind: 'admitted' })
  }

  private unmet({ record }: Managed): string | null {
    const { after } = record.definition
    if (after.length === 0) return null
    return unmet(after, (name) => resolve(name, this.host.registry).map(awaitedOf))
  }

  private drain(): void {
    while (this.opened && this.queue.size > 0 && this.admittedInTurn < BURST) {
      const next = this.queue.next()
      if (next === null) return
      if (this.admittedInTurn++ === 0)
        setImmediate(() => {
          this.admittedInTurn = 0
          this.drain()
        })
      const managed = this.host.registry.get(next.id)
      this.queue.remove(next.id)
      this.noteMoved()
      if (managed === undefined) continue
      this.queue.hold(next.id, next)
      this.reserved.add(managed)
      this.host.submit(managed, { kind: 'admitted' })
    }
  }

  private noteMoved(): void {
    if (this.moved || !this.host.views.watched) return
    this.moved = true
    this.host.world.clock.wakeAfter(MOVED_MS, () => {
      this.moved = false
      for (const { id } of this.queue.head(MOVED_VIEWS)) {
        const managed = this.host.registry.get(id)
        if (managed !== undefined) this.host.views.touch(managed)
      }
    })
  }
}

const isQueued = (state: State): state is State & { status: 'pending' } =>
  state.status === 'pending' && state.why === 'queue' && state.turn > 0
const laneOf = ({ record }: Managed): { owner: string; type: string } => ({ owner: record.owner, type: record.definition.type })

export function awaitedOf(managed: Managed): Awaited {
  const { definition, tracked } = managed.record
  return {
    name: definition.name,
    kind: definition.kind,
    status: tracked.state.status,
    spawned: liveRunOf(managed) !== null || 'external' in tracked.state,
    runs: tracked.runNumber,
    health: managed.observed.health.health,
    probed: isProbed(definition),
    shaken: tracked.backoffStep > 0 && tracked.error !== null,
  }
}
