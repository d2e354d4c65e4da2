/**
 * One row of history for each ended run, also over a crash: whatever the state tells of and the history does not is
 * added at the next start, and a run that a later daemon ends once more has its row already.
 */
import type { Event } from '../core/events.ts'
import { exitCodeOf, signalOf } from '../core/exit-meaning.ts'
import { iso } from '../core/iso.ts'
import type { Tracked } from '../core/state.ts'
import type { PastRun } from '../core/world.ts'
import { PtrackError } from '../protocol/errors.ts'
import type { HistoryRow } from '../protocol/history.ts'
import type { EndedStatus } from '../protocol/names.ts'
import type { Companion } from './companion.ts'
import type { Orchestrator } from './orchestrator.ts'
import type { Managed } from './registry.ts'

/** State and history are written within seconds of each other: runs that ended earlier than this before the last row are told. */
const OVERLAP_MS = 60_000
/** A crash leaves no more rows than this to compare with, at a thousand short runs a second. */
const OVERLAP_ROWS = 60_000
/** What the daemon before has ended without saving it ends again soon after the start. */
const REMEMBER_MS = 60_000

export class Historian implements Companion {
  private readonly orchestrator: Orchestrator
  /** Rows since the start, until it is known what stands in the history; null from then on. */
  private untold: HistoryRow[] | null = []
  /** Runs of the daemon before that have a row; emptied some time after the start. */
  private readonly told = new Set<string>()

  constructor(orchestrator: Orchestrator) {
    this.orchestrator = orchestrator
  }

  runEnded(managed: Managed, past: PastRun): void {
    const row = rowOf(managed, past)
    if (this.untold !== null) this.untold.push(row)
    else this.add(row)
  }

  /** A run that could not even begin is one that failed. */
  stepped(managed: Managed, before: Tracked, event: Event): void {
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
      outage: false,
    })
  }

  /** After the boot: the end of the history is compared with what the state knows of. */
  async start(): Promise<void> {
    const { world, registry } = this.orchestrator
    let newestMs: number | null = null
    const look = (row: HistoryRow): boolean => {
      const endedMs = Date.parse(row.endedAt)
      newestMs ??= endedMs
      if (endedMs < newestMs - OVERLAP_MS || this.told.size >= OVERLAP_ROWS) return false
      this.told.add(keyOf(row))
      return true
    }
    let sinceMs = 0
    try {
      const { unreadable } = await world.history.scan({}, look)
      if (unreadable > 0) world.log.warn('Historian', `${unreadable} lines of the history could not be read and are passed over`)
      if (newestMs !== null) sinceMs = newestMs - OVERLAP_MS
    } catch (error) {
      if (!(error instanceof PtrackError)) throw error
      world.log.error('Historian', `${error.message}; what ended before now may lack a row`)
      sinceMs = Number.POSITIVE_INFINITY
    }
    const untold = this.untold ?? []
    this.untold = null
    const missing = [...registry.all()].flatMap((managed) =>
      managed.record.runs.filter((past) => past.endedAtMs >= sinceMs).map((past) => rowOf(managed, past)),
    )
    const rows = new Map([...missing, ...untold].map((row) => [keyOf(row), row]))
    for (const row of [...rows.values()].sort((a, b) => (a.endedAt < b.endedAt ? -1 : 1))) this.add(row)
    world.clock.wakeAfter(REMEMBER_MS, () => this.told.clear())
  }

  private add(row: HistoryRow): void {
    if (!this.told.has(keyOf(row))) this.orchestrator.world.history.append(row)
  }
}

const keyOf = ({ id, runId }: HistoryRow): string => `${id} ${runId}`

function rowOf({ record }: Managed, past: PastRun): HistoryRow {
  const { definition, tracked } = record
  // Attempts count what has ended by itself; a cancelled run is one more.
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
    endedAt: iso(past.endedAtMs),
    durationMs: Math.max(0, past.endedAtMs - past.startedAtMs),
    attempt: definition.kind === 'job' ? Math.max(1, attempts) : 1,
    results: record.tracking?.run === past.ref.number ? record.tracking.results : 0,
  }
}
