/** Applies reports of work, however they arrive. Progress is published at once, then every 50 ms, always with the last value. */
import { stallAfterMs } from '../core/eta.ts'
import { iso } from '../core/iso.ts'
import { activeMs, applyUpdate, newWorkProgress, percentOf, toProgressView } from '../core/progress.ts'
import { attemptOfRun, type Lifecycle, type RunRef } from '../core/state.ts'
import { toStepView } from '../core/steps.ts'
import type { WorkProgress } from '../core/work-progress.ts'
import type { World } from '../core/world.ts'
import type { RowOrigin } from '../core/world-jobs.ts'
import { PtrackError } from '../protocol/errors.ts'
import { limits } from '../protocol/limits.ts'
import { isEnded, isLive } from '../protocol/names.ts'
import type { TrackUpdate } from '../protocol/tracking.ts'
import type { Companion } from './companion.ts'
import type { Host } from './host.ts'
import { liveRunOf, type Managed, nameOf } from './registry.ts'
import { type LineSource, TrackLines } from './track-lines.ts'
import { Wheel } from './wheel.ts'

/** Between two `progress` events of one process. */
const PUBLISH_MS = 50

/** What was published of a run, and what is pending. */
interface Publication {
  lastSentMono: number
  pending: boolean
  pendingSteps: Set<string>
  stallWatched: boolean
}

type RowRun = Pick<RunRef, 'number' | 'attempt'>

const presentRun = ({ record: { tracked } }: Managed): RowRun => ({ number: tracked.runNumber, attempt: attemptOfRun(tracked) })

const jsonBytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value))

function refuseTooLarge(row: unknown): void {
  const bytes = jsonBytes(row)
  if (bytes > limits.resultBytes)
    throw new PtrackError('TOO_LARGE', `cannot take this row of results: it is ${bytes} bytes, over ${limits.resultBytes}`, {
      hint: 'put large data into a file and its name into the row',
    })
}

export class ProgressKeeper implements Companion {
  private readonly host: Host
  private readonly world: World
  private readonly wheel: Wheel
  private readonly lines: TrackLines
  private readonly publications = new Map<Managed, Publication>()
  private readonly counting = new Set<Managed>()
  private readonly resultListeners = new Map<Managed, Set<() => void>>()

  constructor(host: Host) {
    this.host = host
    this.world = host.world
    this.wheel = new Wheel(this.world.clock)
    this.lines = new TrackLines(this.world, this.wheel, {
      take: (managed, update, source) => this.take(managed, update, source),
      scanned: (managed, run, offset, worthSaving) => this.noteScanned(managed, run, offset, worthSaving),
    })
  }

  begin(): void {
    for (const managed of this.host.registry.all()) {
      const { tracked, tracking, definition } = managed.record
      if (!isLive(tracked.state.status)) continue
      if (definition.kind === 'job') this.lines.begin(managed)
      if (tracking === null) continue
      this.watchStall(managed, this.publicationOf(managed))
      this.recount(managed)
    }
  }

  /** Whole, or throws BAD_REQUEST, TOO_LARGE. A result resolves with its index (null = known) or rejects: STATE_WRITE_FAILED. */
  take(managed: Managed, update: TrackUpdate, source: LineSource | null): Promise<number | null> | null {
    const { result, ...rest } = update
    if (result !== undefined) refuseTooLarge(result)
    const run = presentRun(managed)
    // A line read late says nothing about the present run; its result counts all the same.
    if (source === null || source.run === run.number) this.apply(managed, rest)
    if (result === undefined) return null
    return source === null
      ? this.addResult(managed, result, run, null)
      : this.addResult(
          managed,
          result,
          { number: source.run, attempt: source.attempt },
          { stream: source.stream, next: source.next },
        )
  }

  /** One row. A key makes it idempotent; resolves with its index. Throws as take() does. */
  takeRow(managed: Managed, row: unknown, key: string | undefined): Promise<number | null> {
    refuseTooLarge(row)
    this.apply(managed, {})
    return this.addResult(managed, row, presentRun(managed), key === undefined ? null : { key })
  }

  private apply(managed: Managed, update: TrackUpdate): void {
    const { record } = managed
    const { clock } = this.world
    const before = this.trackingOf(managed)
    const now = { activeMs: activeMs(record.tracked.state, clock.mono()), wallMs: clock.wall() }
    record.tracking = applyUpdate(before, update, now, record.definition.metadata)
    if (before.stalled) this.publishStall(managed, 0, false)
    const publication = this.publicationOf(managed)
    if (update.step !== undefined) this.noteStep(managed, publication, update.step.id, before)
    const { progress, current, total, unit, message, step } = update
    if ([progress, current, total, unit, message, step].some((field) => field !== undefined))
      this.publishProgress(managed, publication)
    this.watchStall(managed, publication)
    this.host.changed(managed)
  }

  private async addResult(managed: Managed, row: unknown, of: RowRun, origin: RowOrigin | null): Promise<number | null> {
    const { record } = managed
    const at = iso(this.world.clock.wall())
    const { number: run, attempt } = of
    const { index, again } = await this.world.results.append(record.id, { at, run, attempt, row, origin })
    if (managed.removed) return index
    if (again || index === null) {
      // Stored by an earlier daemon, maybe after it had last saved the count.
      this.recount(managed)
      return index
    }
    // It may have changed during the write.
    const tracking = this.trackingOf(managed)
    record.tracking = { ...tracking, results: Math.max(tracking.results, index) }
    const large = jsonBytes(row) > limits.resultEventBytes
    this.host.events.publish('result', this.subject(managed), {
      run,
      attempt: attempt ?? null,
      index,
      row: large ? null : row,
      large,
    })
    this.host.changed(managed)
    for (const listener of this.resultListeners.get(managed) ?? []) listener()
    return index
  }

  /** The program asks at checkpoints: from now on a pause waits for the next one. */
  noteCheckpoint(managed: Managed): void {
    const tracking = this.trackingOf(managed)
    if (tracking.cooperative) return
    managed.record.tracking = { ...tracking, cooperative: true }
    this.host.changed(managed)
  }

  /** Calls back after each new row, until the returned function is called. */
  onResult(managed: Managed, listener: () => void): () => void {
    const listeners = this.resultListeners.get(managed) ?? new Set()
    this.resultListeners.set(managed, listeners)
    listeners.add(listener)
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0) this.resultListeners.delete(managed)
    }
  }

  /** Before the end of a run: resolves when its remaining lines have been processed; null = they have been. */
  beforeEnd(managed: Managed): Promise<void> | null {
    const { definition, id } = managed.record
    const drained = definition.kind === 'job' && liveRunOf(managed) !== null ? this.lines.drain(managed) : null
    const finish = (): Promise<void> | null => {
      this.flush(managed)
      return this.world.results.sync(id)
    }
    return drained === null ? finish() : drained.then(() => finish() ?? undefined)
  }

  stepped(managed: Managed, before: Lifecycle): void {
    const { record } = managed
    const { state, runNumber } = record.tracked
    if (runNumber !== before.runNumber) {
      this.forgetRun(managed)
      // The run's number determines where its log begins.
      if (record.tracking !== null)
        record.tracking = newWorkProgress(runNumber, { results: record.tracking.results, scanned: { out: 0, err: 0 } })
    }
    const live = 'live' in state && state.live !== null
    const wasLive = 'live' in before.state && before.state.live !== null
    if (live && (!wasLive || runNumber !== before.runNumber) && record.definition.kind === 'job') this.lines.begin(managed)
    if (!live && wasLive) this.lines.end(managed)
    if (isEnded(state.status) && !isEnded(before.state.status)) {
      this.forgetRun(managed)
      if (record.tracking?.stalled) record.tracking = { ...record.tracking, stalled: false }
    }
  }

  removed(managed: Managed): void {
    this.forgetRun(managed)
    this.lines.end(managed)
    for (const listener of this.resultListeners.get(managed) ?? []) listener()
  }

  close(): void {
    for (const managed of this.publications.keys()) this.flush(managed)
    this.wheel.close()
    this.lines.close()
  }

  private noteScanned(managed: Managed, run: number, offset: number, worthSaving: boolean): void {
    if (managed.record.tracked.runNumber !== run) return
    if (managed.record.tracking === null && !worthSaving) return
    managed.record.tracking = { ...this.trackingOf(managed), scanned: { out: offset, err: 0 } }
    if (worthSaving) this.host.changed(managed)
  }

  private trackingOf({ record }: Managed): WorkProgress {
    const { tracking, tracked } = record
    if (tracking?.run === tracked.runNumber) return tracking
    return newWorkProgress(tracked.runNumber, { results: tracking?.results ?? 0, scanned: { out: 0, err: 0 } })
  }

  private publicationOf(managed: Managed): Publication {
    const known = this.publications.get(managed)
    if (known !== undefined) return known
    const publication = {
      lastSentMono: Number.NEGATIVE_INFINITY,
      pending: false,
      pendingSteps: new Set<string>(),
      stallWatched: false,
    }
    this.publications.set(managed, publication)
    return publication
  }

  private forgetRun(managed: Managed): void {
    if (!this.publications.delete(managed)) return
    const { id } = managed.record
    this.wheel.unschedule(`tell ${id}`)
    this.wheel.unschedule(`stall ${id}`)
  }

  /** The start or end of a step is published at once; its percent with the next progress. */
  private noteStep(managed: Managed, publication: Publication, id: string, before: WorkProgress): void {
    const status = managed.record.tracking?.steps.find((step) => step.id === id)?.status
    publication.pendingSteps.add(id)
    if (before.steps.find((step) => step.id === id)?.status !== status) this.publishSteps(managed, publication)
  }

  private publishProgress(managed: Managed, publication: Publication): void {
    const { tracking, id } = managed.record
    const sinceMs = this.world.clock.mono() - publication.lastSentMono
    const waiting = publication.pending
    publication.pending = true
    if (sinceMs >= PUBLISH_MS || (tracking !== null && percentOf(tracking) === 100)) this.flush(managed)
    else if (!waiting) this.wheel.schedule(`tell ${id}`, PUBLISH_MS - sinceMs, () => this.flush(managed))
  }

  private flush(managed: Managed): void {
    const publication = this.publications.get(managed)
    if (publication === undefined || !publication.pending || managed.removed) return
    publication.pending = false
    publication.lastSentMono = this.world.clock.mono()
    this.wheel.unschedule(`tell ${managed.record.id}`)
    this.publishSteps(managed, publication)
    const progress = toProgressView(managed.record, publication.lastSentMono)
    const run = managed.record.tracked.runNumber
    if (progress !== null) this.host.events.publish('progress', this.subject(managed), { run, progress })
  }

  private publishSteps(managed: Managed, publication: Publication): void {
    const { tracking, tracked } = managed.record
    const wallMs = this.world.clock.wall()
    for (const id of publication.pendingSteps) {
      const step = tracking?.steps.find((each) => each.id === id)
      if (step === undefined) continue
      this.host.events.publish('step', this.subject(managed), {
        run: tracked.runNumber,
        step: { ...toStepView(step, wallMs), parent: step.parent },
      })
    }
    publication.pendingSteps.clear()
  }

  /** One timer per stall time and process, however many updates come in between. */
  private watchStall(managed: Managed, publication: Publication): void {
    const { tracking } = managed.record
    const afterMs = tracking === null ? null : stallAfterMs(tracking.pace)
    if (publication.stallWatched || afterMs === null) return
    publication.stallWatched = true
    this.wheel.schedule(`stall ${managed.record.id}`, afterMs, () => this.lookForStall(managed, publication))
  }

  private lookForStall(managed: Managed, publication: Publication): void {
    publication.stallWatched = false
    const { tracking, tracked, id } = managed.record
    if (managed.removed || tracking === null || !isLive(tracked.state.status)) return
    const afterMs = stallAfterMs(tracking.pace)
    if (afterMs === null || tracking.updatedMono === null || tracking.stalled || percentOf(tracking) === 100) return
    const quietMs = activeMs(tracked.state, this.world.clock.mono()) - tracking.updatedMono
    if (quietMs < afterMs) {
      publication.stallWatched = true
      this.wheel.schedule(`stall ${id}`, afterMs - quietMs, () => this.lookForStall(managed, publication))
      return
    }
    managed.record.tracking = { ...tracking, stalled: true }
    this.publishStall(managed, quietMs, true)
    this.host.changed(managed)
  }

  private publishStall(managed: Managed, sinceMs: number, on: boolean): void {
    const run = managed.record.tracked.runNumber
    this.host.events.publish('stalled', this.subject(managed), { run, sinceMs: Math.round(sinceMs), on })
  }

  /** Rows stored after the state was last written count too. */
  private recount(managed: Managed): void {
    if (this.counting.has(managed)) return
    this.counting.add(managed)
    this.world.results
      .look(managed.record.id)
      .then(({ rows, notices }) => {
        for (const notice of notices) this.world.log.warn('ProgressKeeper', `results of '${nameOf(managed)}': ${notice}`)
        const tracking = this.trackingOf(managed)
        if (managed.removed || rows <= tracking.results) return
        managed.record.tracking = { ...tracking, results: rows }
        this.host.changed(managed)
      })
      .catch((error: unknown) => this.world.log.error('ProgressKeeper', `cannot read the results of '${nameOf(managed)}'`, error))
      .finally(() => this.counting.delete(managed))
  }

  private subject(managed: Managed): { name: string; id: string } {
    return { name: nameOf(managed), id: managed.record.id }
  }
}
