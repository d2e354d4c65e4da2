/** Counters for Prometheus, from 0 with each daemon: an addition per step and event. Gauges are computed in api/metrics.ts. */
import type { Event } from '../core/events.ts'
import type { Lifecycle } from '../core/state.ts'
import type { PastRun } from '../core/world.ts'
import type { PtrackEvent } from '../protocol/events.ts'
import type { Companion } from './companion.ts'
import type { EventLog } from './event-log.ts'
import type { Managed } from './registry.ts'

/** Upper edges in seconds. */
const CHECK_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1, 2, 5]
const WAIT_SECONDS = [0.1, 1, 5, 15, 60, 300, 900, 3600, 14_400]
const RUN_SECONDS = [0.1, 1, 10, 60, 300, 1800, 7200, 43_200, 86_400, 604_800]
/** Codes and outcomes come from short closed lists; a safety limit, beyond which the rest is one series. */
const LABEL_VALUES = 40
const OTHER = 'other'

export interface Histogram {
  /** Upper edges in seconds, rising; the last bucket has none. */
  readonly edges: readonly number[]
  /** One more than there are edges; not cumulative. */
  readonly counts: number[]
  sum: number
}

export class Metrics implements Companion {
  readonly checks = histogram(CHECK_SECONDS)
  readonly queueWaits = histogram(WAIT_SECONDS)
  readonly runs = histogram(RUN_SECONDS)
  readonly outcomes = new Map<string, number>()
  readonly spawnFailures = new Map<string, number>()
  readonly orphansKilled = new Map<string, number>()
  readonly orphansFound = new Map<string, number>()
  spawned = 0
  restarts = 0
  checksFailed = 0
  stateWriteErrors = 0

  constructor(events: EventLog) {
    events.onEvent((event) => this.countEvent(event))
  }

  checked(tookMs: number, passed: boolean): void {
    observe(this.checks, tookMs / 1000)
    if (!passed) this.checksFailed++
  }

  stepped({ record: { tracked } }: Managed, before: Lifecycle, event: Event): void {
    if (event.kind === 'spawned') {
      this.spawned++
      if (tracked.runNumber > 1) this.restarts++
    } else if (event.kind === 'spawnFailed') count(this.spawnFailures, event.error.code)
    const { state } = before
    // Turn 0: only defined, never requested.
    if (tracked.state.status === 'starting' && state.status === 'pending' && state.why === 'queue' && state.turn > 0)
      observe(this.queueWaits, (tracked.sinceMs - before.sinceMs) / 1000)
  }

  runEnded(_managed: Managed, past: PastRun): void {
    count(this.outcomes, past.outcome)
    observe(this.runs, (past.endedAtMs - past.startedAtMs) / 1000)
  }

  private countEvent(event: PtrackEvent): void {
    if (event.type === 'orphanFound') count(this.orphansFound, event.kind)
    else if (event.type === 'orphanKilled') count(this.orphansKilled, event.result)
    else if (event.type === 'stateWriteFailed' && !event.recovered) this.stateWriteErrors++
  }
}

const histogram = (edges: readonly number[]): Histogram => ({
  edges,
  counts: new Array<number>(edges.length + 1).fill(0),
  sum: 0,
})

function observe(into: Histogram, seconds: number): void {
  // A wall clock that was set back must not make a sum fall.
  const value = Math.max(0, seconds)
  const edge = into.edges.findIndex((upper) => value <= upper)
  into.counts[edge < 0 ? into.edges.length : edge]!++
  into.sum += value
}

function count(into: Map<string, number>, label: string): void {
  const key = into.has(label) || into.size < LABEL_VALUES ? label : OTHER
  into.set(key, (into.get(key) ?? 0) + 1)
}
