/** `::ptrack` lines of jobs, found by log offset: rotation, a crash and adoption lose none and double none. */
import { attemptOfRun } from '../core/state.ts'
import { parseTrackLine, TRACK_PREFIX } from '../core/track-line.ts'
import type { World } from '../core/world.ts'
import type { LogScan, ScanPage } from '../core/world-logs.ts'
import { PtrackError } from '../protocol/errors.ts'
import type { TrackUpdate } from '../protocol/tracking.ts'
import { type Managed, nameOf } from './registry.ts'
import type { Wheel } from './wheel.ts'

/** Most jobs that end sooner are read only when they end, and cost no watch. */
const BEGIN_MS = 25
/** A disk that refuses results for this long must not delay the end of a run any further. */
const DRAIN_MS = 10_000
/** After this much output without a line the offset is saved, so that a crash does not cost reading it again. */
const SAVE_BYTES = 1024 * 1024

export interface LineSource {
  run: number
  attempt: number | undefined
  stream: 'out'
  /** Logical offset after the line. */
  next: number
}

export interface LineTaker {
  /** Resolves when processed; rejects when it has to be offered again. */
  take(managed: Managed, update: TrackUpdate, source: LineSource): Promise<unknown> | null
  /** Everything before this offset is processed; `worthSaving`: reading it again would take long. */
  scanned(managed: Managed, run: number, offset: number, worthSaving: boolean): void
}

interface Scan {
  run: number
  attempt: number | undefined
  log: LogScan
  saved: number
  /** When a line was last processed; monotonic, ms. */
  takenMono: number
  late: boolean
  loggedMalformed: boolean
}

export class TrackLines {
  private readonly world: World
  private readonly wheel: Wheel
  private readonly taker: LineTaker
  private readonly scans = new Map<Managed, Scan>()

  constructor(world: World, wheel: Wheel, taker: LineTaker) {
    this.world = world
    this.wheel = wheel
    this.taker = taker
  }

  /** A run of a job is live: its log is followed from the last offset. */
  begin(managed: Managed): void {
    this.wheel.schedule(`scan ${managed.record.id}`, BEGIN_MS, () => {
      if (!managed.removed) this.scanOf(managed).log.follow()
    })
  }

  /** The run is ending: resolves when its lines have been processed; null when they have been. */
  drain(managed: Managed): Promise<void> | null {
    const scan = this.scanOf(managed)
    if (!scan.log.behind()) return null
    const { clock, log } = this.world
    scan.takenMono = clock.mono()
    return new Promise((resolve) => {
      let cancel: () => void
      const giveUpAfter = (ms: number): void => {
        cancel = clock.wakeAfter(ms, () => {
          const leftMs = scan.takenMono + DRAIN_MS - clock.mono()
          if (leftMs > 0) return giveUpAfter(leftMs)
          scan.late = true
          log.warn(
            'ProgressKeeper',
            `the last lines of '${nameOf(managed)}' cannot be taken yet; its end is published before them`,
          )
          resolve()
        })
      }
      giveUpAfter(DRAIN_MS)
      void scan.log.drain().then(() => {
        cancel()
        resolve()
      })
    })
  }

  end(managed: Managed): void {
    this.wheel.unschedule(`scan ${managed.record.id}`)
    const scan = this.scans.get(managed)
    if (scan === undefined) return
    this.scans.delete(managed)
    if (scan.late && !managed.removed) void scan.log.drain().then(() => scan.log.close())
    else scan.log.close()
  }

  close(): void {
    for (const { log } of this.scans.values()) log.close()
    this.scans.clear()
  }

  private scanOf(managed: Managed): Scan {
    const { tracking, tracked } = managed.record
    const run = tracked.runNumber
    const known = this.scans.get(managed)
    if (known?.run === run) return known
    this.end(managed)
    const from = tracking?.run === run && tracking.scanned.out > 0 ? tracking.scanned.out : { run }
    const scan: Scan = {
      run,
      // Noted now: its last lines may be read when the next attempt has begun.
      attempt: attemptOfRun(tracked),
      log: this.world.logs.scanFrom(nameOf(managed), 'out', from, TRACK_PREFIX, (page) => this.takePage(managed, scan, page)),
      saved: typeof from === 'number' ? from : 0,
      takenMono: 0,
      late: false,
      loggedMalformed: false,
    }
    this.scans.set(managed, scan)
    return scan
  }

  private async takePage(managed: Managed, scan: Scan, { lines, scanned, lost }: ScanPage): Promise<void> {
    if (managed.removed) return
    if (lost > 0)
      this.world.log.warn(
        'ProgressKeeper',
        `${lost} bytes of the log of '${nameOf(managed)}' were dropped before they could be scanned`,
      )
    const results: Promise<unknown>[] = []
    for (const { text, next } of lines) {
      const update = parseTrackLine(text)
      const taken = update === null ? this.malformed(managed, scan, 'it is none') : this.offer(managed, scan, update, next)
      if (taken !== null) results.push(taken)
    }
    if (results.length > 0) await Promise.all(results)
    const worthSaving = lines.length > 0 || scanned - scan.saved >= SAVE_BYTES
    if (worthSaving) scan.saved = scanned
    this.taker.scanned(managed, scan.run, scanned, worthSaving)
  }

  private offer(managed: Managed, scan: Scan, update: TrackUpdate, next: number): Promise<unknown> | null {
    const refused = (error: unknown): null => {
      // What can never be stored is an ordinary line; what a disk refuses is offered again.
      if (!(error instanceof PtrackError) || error.code === 'STATE_WRITE_FAILED') throw error
      return this.malformed(managed, scan, error.message)
    }
    try {
      const taken = this.taker.take(managed, update, { run: scan.run, attempt: scan.attempt, stream: 'out', next })
      if (taken === null) return null
      return taken.then(() => {
        scan.takenMono = this.world.clock.mono()
      }, refused)
    } catch (error) {
      return refused(error)
    }
  }

  private malformed(managed: Managed, scan: Scan, why: string): null {
    if (!scan.loggedMalformed)
      this.world.log.debug('ProgressKeeper', `a ::ptrack line of '${nameOf(managed)}' (run ${scan.run}) is no update: ${why}`)
    scan.loggedMalformed = true
    return null
  }
}
