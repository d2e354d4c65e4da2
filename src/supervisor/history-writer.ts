/** One row of history per ended run, marked in the state. Runs without a mark after a crash are looked up at the next start. */
import type { Event } from '../core/events.ts'
import { exitCodeOf, signalOf } from '../core/exit-meaning.ts'
import { iso } from '../core/iso.ts'
import { lastSeenMs } from '../core/observed.ts'
import { spansOf } from '../core/run-spans.ts'
import type { Lifecycle, RunRef } from '../core/state.ts'
import type { PastRun } from '../core/world.ts'
import { PtrackError } from '../protocol/errors.ts'
import type { HistoryRow } from '../protocol/history.ts'
import { limits } from '../protocol/limits.ts'
import type { EndedStatus } from '../protocol/names.ts'
import type { Companion } from './companion.ts'
import type { Host } from './host.ts'
import type { Managed } from './registry.ts'

/** A row has the time at which the run ended, and the clock may have been set since: how much earlier to look. */
const CLOCK_SET_MS = 24 * 3_600_000

interface Ended {
  managed: Managed
  past: PastRun
  row: HistoryRow
  /** This daemon saw the end, so the row counts the results that this daemon received. */
  counted: boolean
}

export class HistoryWriter implements Companion {
  private readonly host: Host
  /** Ends since the start, until it is known which runs have a row; then null. */
  private early: Ended[] | null = []
  /** Unmarked runs of the daemon before that have a row. */
  private readonly known = new Set<string>()
  /** Processes with a mark that may not be saved yet. */
  private readonly unsaved = new Set<string>()
  private lookedUp: Promise<void> = Promise.resolve()
  private adding: Promise<void> = Promise.resolve()
  private counting = 0

  constructor(host: Host) {
    this.host = host
  }

  runEnded(managed: Managed, past: PastRun): void {
    const ended = { managed, past, row: rowOf(managed, past), counted: !past.adopted && !past.outage }
    if (this.early !== null) this.early.push(ended)
    else this.add(ended)
  }

  /** A run that could not begin has failed. */
  stepped(managed: Managed, before: Lifecycle, event: Event): void {
    if (event.kind !== 'spawnFailed' || !('run' in before.state) || managed.record.tracked.state.status !== 'failed') return
    const { reason, sinceMs } = managed.record.tracked
    this.runEnded(managed, {
      ref: before.state.run,
      startedAtMs: sinceMs,
      endedAtMs: sinceMs,
      outcome: 'failed',
      reason,
      exit: null,
      adopted: false,
      leader: null,
      program: null,
      outage: false,
      inHistory: false,
    })
  }

  /** After the boot: looks up unmarked runs, newest first. `savedMs`: the clock when the last daemon was seen, or null. */
  start(savedMs: number | null = lastSeenMs(this.host.settings.now.observed.spans)): Promise<void> {
    this.lookedUp = this.begin(savedMs)
    return this.lookedUp
  }

  private async begin(savedMs: number | null): Promise<void> {
    const { world, registry } = this.host
    const unmarked = [...registry.all()].flatMap((managed) =>
      managed.record.runs.filter((past) => !past.inHistory).map((past) => ({ managed, past })),
    )
    const sought = new Set<string>()
    let sinceMs = Number.POSITIVE_INFINITY
    for (const { managed, past } of unmarked) {
      sought.add(keyOf(managed, past.ref))
      sinceMs = Math.min(sinceMs, past.endedAtMs)
    }
    for (const managed of registry.all()) {
      const run = presentRun(managed)
      if (run === null) continue
      sought.add(keyOf(managed, run))
      sinceMs = Math.min(sinceMs, savedMs ?? Number.NEGATIVE_INFINITY)
    }
    let readable = true
    try {
      if (sought.size > 0) await this.lookUp(sought, sinceMs - CLOCK_SET_MS)
    } catch (error) {
      if (!(error instanceof PtrackError)) throw error
      world.log.error('HistoryWriter', `${error.message}; what ended before now may lack a row`)
      readable = false
    }
    const early = this.early ?? []
    this.early = null
    const met = new Set(early.map(({ past }) => past))
    const missing = readable ? unmarked.filter(({ past }) => !met.has(past)) : []
    const rows = missing.map(({ managed, past }) => ({ managed, past, row: rowOf(managed, past), counted: false }))
    for (const ended of [...rows, ...early].sort((a, b) => (a.row.endedAt < b.row.endedAt ? -1 : 1))) this.add(ended)
  }

  /** Resolves when every end until now has been handed to the history. */
  async settled(): Promise<void> {
    await this.lookedUp
    await this.adding
  }

  private async lookUp(sought: Set<string>, sinceMs: number): Promise<void> {
    const { history, log } = this.host.world
    const { unreadable } = await history.scan({ sinceMs: Number.isFinite(sinceMs) ? sinceMs : undefined }, (row) => {
      const key = `${row.id} ${row.runId}`
      if (sought.delete(key)) this.known.add(key)
      return sought.size > 0
    })
    if (unreadable > 0) log.warn('HistoryWriter', `${unreadable} lines of the history could not be read and are passed over`)
  }

  private add(ended: Ended): void {
    const { managed, past, row, counted } = ended
    if (this.known.has(keyOf(managed, past.ref))) return this.mark(managed, past)
    const results = counted && row.results === 0 ? null : this.countResults(managed, past.ref)
    const append = (row: HistoryRow): void => this.host.world.history.append(row, () => this.mark(managed, past))
    // In the order of the ends; a count that must be asked for delays those behind it.
    if (results === null && this.counting === 0) return append(row)
    this.counting++
    this.adding = this.adding.then(async () => {
      append(results === null ? row : { ...row, results: await results })
      this.counting--
    })
  }

  /** The rows on disk, whatever the state knew. */
  private async countResults({ record: { id, definition } }: Managed, run: RunRef): Promise<number> {
    const { results, log } = this.host.world
    try {
      return await results.count(id, run.number)
    } catch (error) {
      log.error('HistoryWriter', `cannot count the results of '${definition.name}'`, error)
      return 0
    }
  }

  /** Saved with the next change of the process, or at the next sweep: a short job is not saved twice. */
  private mark(managed: Managed, past: PastRun): void {
    past.inHistory = true
    if (!managed.removed) this.unsaved.add(managed.record.id)
  }

  /** So that the next daemon has few runs to look up. */
  saveMarks(): void {
    for (const id of this.unsaved) if (this.host.registry.get(id) !== undefined) this.host.world.store.put(id)
    this.unsaved.clear()
  }
}

const keyOf = ({ record }: Managed, run: RunRef): string => `${record.id} ${run.id}`

function presentRun({ record: { tracked } }: Managed): RunRef | null {
  const { state } = tracked
  return 'external' in state ? state.external.run : 'run' in state ? state.run : null
}

function rowOf({ record }: Managed, past: PastRun): HistoryRow {
  const { definition, tracked } = record
  // Of a run begun by an older daemon. Attempts count what ended by itself; a cancelled run is one more.
  const endedAt = iso(past.endedAtMs)
  const spans = spansOf(record.timeline, past.ref.number, endedAt).slice(-limits.spans)
  const attempts = past.outcome === 'cancelled' ? tracked.attempts + 1 : tracked.attempts
  return {
    id: record.id,
    name: definition.name,
    kind: definition.kind,
    type: definition.type,
    owner: record.owner,
    tags: definition.tags,
    run: past.ref.number,
    runId: past.ref.id,
    outcome: past.outcome as EndedStatus,
    reason: past.reason,
    exitCode: exitCodeOf(past.exit),
    signal: signalOf(past.exit),
    startedAt: iso(past.startedAtMs),
    endedAt,
    durationMs: Math.max(0, past.endedAtMs - past.startedAtMs),
    attempt: past.ref.attempt ?? (definition.kind === 'job' ? Math.max(1, attempts) : 1),
    results: record.tracking?.results ?? 0,
    ...(spans.length > 0 && { spans }),
  }
}
