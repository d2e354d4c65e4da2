/** How long work is expected to take, and when jobs that wait are expected to start. Nothing is computed before somebody asks. */
import { expectedStarts } from '../core/forecast.ts'
import { iso } from '../core/iso.ts'
import { toProgressView } from '../core/progress.ts'
import type { JobQueue } from '../core/queue.ts'
import { liveOf } from '../core/to-view.ts'
import type { PastRun, ProcessRecord, World } from '../core/world.ts'
import type { QueueView } from '../protocol/view.ts'
import type { Companion } from './companion.ts'
import type { Managed, Registry } from './registry.ts'

/** Durations remembered for each command and type, and how many of these: some hundred KB. */
const KEPT = 20
const KEYS = 1000
/** Jobs whose turn is foretold: later ones would be guesses upon guesses. */
const FORETOLD = 300
/** A forecast serves all views built in this time. */
const FRESH_MS = 1000

export class Forecasts implements Companion {
  private readonly world: Pick<World, 'clock'>
  private readonly registry: Registry
  private readonly queue: Pick<JobQueue, 'facts' | 'heldBackBy' | 'waits'>
  /** Of jobs that were done, newest last; null until somebody asks. */
  private durations: Map<string, number[]> | null = null
  private starts: { atMono: number; of: Map<string, number> } | null = null

  constructor(world: Pick<World, 'clock'>, registry: Registry, queue: Pick<JobQueue, 'facts' | 'heldBackBy' | 'waits'>) {
    this.world = world
    this.registry = registry
    this.queue = queue
  }

  runEnded({ record }: Managed, past: PastRun): void {
    if (this.durations !== null) learn(this.durations, record, past)
  }

  queueOf({ record: { id } }: Managed): QueueView | null {
    if (!this.queue.waits(id)) return null
    const hit = this.queue.heldBackBy(id)
    const startMs = this.startsNow().get(id)
    return {
      limit: hit?.limit ?? null,
      value: hit?.value ?? null,
      expectedStartAt: startMs === undefined ? null : iso(startMs),
    }
  }

  /** Epoch ms at which its present run is expected to end; null = not known, or already later than that. */
  endOf(managed: Managed): number | null {
    const { record } = managed
    const live = liveOf(record.tracked.state)
    const nowMs = this.world.clock.wall()
    const { etaMs } = toProgressView(record, this.world.clock.mono()) ?? { etaMs: null }
    if (etaMs !== null) return nowMs + etaMs
    const usualMs = record.definition.kind === 'job' ? this.usualMs(record) : null
    if (live === null || usualMs === null || record.tracked.state.status === 'paused') return null
    return Math.max(nowMs, live.startedAtMs + live.pausedMs + usualMs)
  }

  /** The median of what the same command took, else jobs of the same type; null = no idea. */
  usualMs({ definition }: ProcessRecord): number | null {
    const known = this.known()
    for (const key of keysOf(definition)) {
      const durations = known.get(key)
      if (durations !== undefined) return [...durations].sort((a, b) => a - b)[durations.length >> 1]!
    }
    return null
  }

  private known(): Map<string, number[]> {
    if (this.durations !== null) return this.durations
    const durations = new Map<string, number[]>()
    const past = [...this.registry.all()].flatMap(({ record }) => record.runs.map((run) => ({ record, run })))
    for (const { record, run } of past.sort((a, b) => a.run.endedAtMs - b.run.endedAtMs)) learn(durations, record, run)
    this.durations = durations
    return durations
  }

  private startsNow(): Map<string, number> {
    const { clock } = this.world
    const nowMono = clock.mono()
    if (this.starts !== null && nowMono - this.starts.atMono < FRESH_MS) return this.starts.of
    const { limits, slots, waiting } = this.queue.facts(FORETOLD)
    const holders = [...slots].map(([id, lane]) => {
      const managed = this.registry.get(id)
      return { ...lane, endsAtMs: managed === undefined ? null : this.endOf(managed) }
    })
    const queue = waiting.map((entry) => {
      const managed = this.registry.get(entry.id)
      return { ...entry, tookMs: managed === undefined ? null : this.usualMs(managed.record) }
    })
    const of = expectedStarts(clock.wall(), limits, holders, queue)
    this.starts = { atMono: nowMono, of }
    return of
  }
}

/** The most exact first. The type that every job has by default says nothing about how long it takes. */
const keysOf = ({ command, cwd, type, kind }: ProcessRecord['definition']): string[] => [
  `command ${cwd} ${command.join(' ')}`,
  ...(type === kind ? [] : [`type ${type}`]),
]

function learn(durations: Map<string, number[]>, { definition }: ProcessRecord, run: PastRun): void {
  if (definition.kind !== 'job' || run.outcome !== 'done') return
  for (const key of keysOf(definition)) {
    const known = durations.get(key) ?? []
    known.push(Math.max(0, run.endedAtMs - run.startedAtMs))
    if (known.length > KEPT) known.shift()
    // The most recent last, so that the first is the one to drop.
    durations.delete(key)
    durations.set(key, known)
  }
  for (const key of durations.keys()) {
    if (durations.size <= KEYS) return
    durations.delete(key)
  }
}
