/** Notices that logs grow. */
import { type FSWatcher, statSync, watch } from 'node:fs'
import type { Clock, DaemonLog } from '../../core/world.ts'
import { errnoOf, messageOf } from '../errno.ts'
import { STREAMS } from './paths.ts'
import type { ProcessLogs } from './process-logs.ts'
import { newToken } from './rotation.ts'
import type { Change, LogStream } from './stream.ts'

const SWEEP_MS = 1000
/** How often streams that cannot be watched are checked. */
const SLOW_MS = 5000
/** A stream that has not grown for this long, or never in its run, is watched instead of swept. */
const QUIET_MS = 10_000
/** Per sweep, so that a thousand processes started together do not cause one long turn: about 12 ms. */
const WATCHES_PER_SWEEP = 400
const FLUSHES_PER_SWEEP = 100
/** Times may stay in memory this long; starts of runs are written by the next sweep. */
const FLUSH_AFTER_MS = 10_000
/** Followers are notified of growth after this pause, so that a busy log gives pages and not single lines. */
const NOTIFY_MS = 30

interface Lane {
  logs: ProcessLogs
  log: LogStream
  /** When it was last seen to grow; -Infinity before. */
  grownMono: number
  watcher: FSWatcher | null
  listeners: Set<() => void>
  notifying: boolean
}

/** Notices growth. Growing streams are checked once a second; quiet ones are watched until the first event, and cost nothing. */
export class Sweeper {
  private readonly clock: Clock
  private readonly daemonLog: DaemonLog
  private readonly lanes = new Map<LogStream, Lane>()
  private readonly active = new Set<Lane>()
  private readonly slow = new Set<Lane>()
  private readonly dirty = new Set<ProcessLogs>()
  /** Started and silent: only empty runs are noted, in memory until the first line or the end of the daemon. */
  private readonly silent = new Set<ProcessLogs>()
  private readonly onGrown: (logs: ProcessLogs, log: LogStream) => void
  private cancel: (() => void) | null = null
  private dueMs = 0
  private slowMono = 0
  private flushFailed = false
  private closed = false

  constructor(clock: Clock, daemonLog: DaemonLog, onGrown: (logs: ProcessLogs, log: LogStream) => void) {
    this.clock = clock
    this.daemonLog = daemonLog
    this.onGrown = onGrown
  }

  add(logs: ProcessLogs): void {
    for (const stream of STREAMS) {
      const lane = this.lane(logs, logs.streams[stream])
      // Most programs write what they write at start before the first sweep, and many are silent afterwards.
      lane.grownMono = Number.NEGATIVE_INFINITY
      this.activate(lane)
    }
  }

  /** The process has ended; listeners stay and hear of what leftovers write. */
  drop(logs: ProcessLogs): void {
    for (const stream of STREAMS) {
      const lane = this.lanes.get(logs.streams[stream])
      if (!lane) continue
      this.active.delete(lane)
      this.slow.delete(lane)
      this.unwatch(lane)
      if (lane.listeners.size === 0) this.lanes.delete(lane.log)
      else this.notify(lane)
    }
  }

  observe(logs: ProcessLogs): void {
    const before = { out: logs.streams.out.end, err: logs.streams.err.end }
    const changes = STREAMS.map((stream) => ({ log: logs.streams[stream], change: logs.streams[stream].refresh() }))
    const now = this.clock.wall()
    const { last } = logs.index
    // After a time without a daemon: what was written then is dated by the file, once a writer is alive.
    const behind = logs.live && last !== null && STREAMS.some((stream) => logs.streams[stream].end > last[stream])
    if (behind || changes.some(({ change }) => change === 'grown' || change === 'truncated')) {
      // Quiet until last checked: otherwise a line after an hour of silence would be dated half an hour back.
      if (last && logs.checkedMs > last.t) logs.index.add({ t: logs.checkedMs, ...before })
      for (const { log, change } of changes) this.noteChange(logs, log, change, before, now)
      const writtenMs = Math.max(
        ...changes.map(({ log, change }) => (change === 'same' && !behind ? 0 : Math.floor(log.modifiedMs ?? 0))),
      )
      logs.mark(Math.min(now, Math.max(writtenMs, logs.checkedMs, logs.index.last?.t ?? 0)))
      this.unflushed(logs)
    }
    logs.checkedMs = now
    for (const { log, change } of changes) {
      if (change === 'same') continue
      if (change === 'removed') {
        this.noteChange(logs, log, change, before, now)
        continue
      }
      const lane = this.lanes.get(log)
      if (lane) {
        lane.grownMono = this.clock.mono()
        this.notify(lane)
      }
      this.onGrown(logs, log)
    }
  }

  unflushed(logs: ProcessLogs): void {
    this.silent.delete(logs)
    this.dirty.add(logs)
    this.schedule()
  }

  /** Calls back soon after the stream has grown. @returns a function that ends it */
  listen(logs: ProcessLogs, log: LogStream, listener: () => void): () => void {
    const lane = this.lane(logs, log)
    lane.listeners.add(listener)
    return () => {
      lane.listeners.delete(listener)
      if (lane.listeners.size > 0 || logs.live) return
      this.unwatch(lane)
      this.slow.delete(lane)
      this.lanes.delete(log)
    }
  }

  /** A listener has read everything: it is notified of the next growth. */
  rearm(log: LogStream): void {
    const lane = this.lanes.get(log)
    if (lane && lane.listeners.size > 0) this.watch(lane)
  }

  /** Notifies listeners without growth, as when a run has ended or logs were emptied. */
  nudge(logs: ProcessLogs): void {
    for (const stream of STREAMS) {
      const lane = this.lanes.get(logs.streams[stream])
      if (lane) this.notify(lane)
    }
  }

  /** Nothing is left of these logs. @returns false while they have listeners */
  forget(logs: ProcessLogs): boolean {
    this.dirty.delete(logs)
    this.silent.delete(logs)
    return !STREAMS.some((stream) => this.lanes.has(logs.streams[stream]))
  }

  /** Writes what is in memory; ends sweeping. */
  close(): void {
    this.closed = true
    this.cancel?.()
    for (const lane of this.lanes.values()) this.unwatch(lane)
    this.lanes.clear()
    this.active.clear()
    this.slow.clear()
    for (const logs of [...this.dirty, ...this.silent]) this.writeIndex(logs)
  }

  private lane(logs: ProcessLogs, log: LogStream): Lane {
    let lane = this.lanes.get(log)
    if (!lane) {
      lane = { logs, log, grownMono: Number.NEGATIVE_INFINITY, watcher: null, listeners: new Set(), notifying: false }
      this.lanes.set(log, lane)
    }
    return lane
  }

  private sweep(): void {
    const mono = this.clock.mono()
    const due = new Set([...this.active].map(({ logs }) => logs))
    if (mono - this.slowMono >= SLOW_MS - 50) {
      this.slowMono = mono
      for (const { logs } of this.slow) due.add(logs)
    }
    for (const logs of due) this.observe(logs)
    let watches = 0
    for (const lane of this.active) {
      if (mono - lane.grownMono < QUIET_MS || watches === WATCHES_PER_SWEEP) continue
      watches++
      this.active.delete(lane)
      this.watch(lane)
    }
    let flushes = 0
    const now = this.clock.wall()
    for (const logs of this.dirty) {
      if (STREAMS.every((stream) => logs.streams[stream].end === 0)) {
        // A new file costs up to half a millisecond, and a thousand programs may never write a line.
        this.silent.add(logs)
        this.dirty.delete(logs)
        continue
      }
      const { pendingSince } = logs.index
      if (pendingSince !== null && now - pendingSince < FLUSH_AFTER_MS && now >= pendingSince) continue
      if (flushes++ === FLUSHES_PER_SWEEP) break
      if (this.writeIndex(logs)) this.dirty.delete(logs)
    }
  }

  flush(logs: ProcessLogs): void {
    if (this.writeIndex(logs)) this.dirty.delete(logs)
    this.silent.delete(logs)
  }

  private writeIndex(logs: ProcessLogs): boolean {
    try {
      logs.index.flush(logs.oldest)
      this.flushFailed = false
      return true
    } catch (error) {
      if (errnoOf(error) === undefined) throw error
      if (!this.flushFailed)
        this.daemonLog.warn('logs', `cannot write the index of ${logs.name}: ${messageOf(error)}; it is kept in memory`)
      this.flushFailed = true
      return false
    }
  }

  private watch(lane: Lane): void {
    if (lane.watcher || this.closed) return
    try {
      const watcher = watch(lane.log.paths.live, { persistent: false }, () => this.woken(lane))
      watcher.on('error', () => this.watchless(lane))
      lane.watcher = watcher
      this.slow.delete(lane)
    } catch (error) {
      // ENOSPC, EMFILE: out of watches. ENOENT: no file yet. The slow sweep notices in time.
      if (errnoOf(error) === undefined) throw error
      this.watchless(lane)
      return
    }
    // A write before the watch was set gives no event.
    const { log, logs } = lane
    const { end } = log
    if (statSync(log.paths.live, { throwIfNoEntry: false })?.size === log.liveBytes) return
    this.observe(logs)
    if (log.end > end) this.woken(lane)
  }

  private watchless(lane: Lane): void {
    this.unwatch(lane)
    if (!this.active.has(lane)) this.slow.add(lane)
    this.schedule()
  }

  private unwatch(lane: Lane): void {
    lane.watcher?.close()
    lane.watcher = null
  }

  private woken(lane: Lane): void {
    this.unwatch(lane)
    // Nothing was written before now, so it dates what comes next.
    if (!this.active.has(lane)) lane.logs.checkedMs = Math.max(lane.logs.checkedMs, this.clock.wall())
    lane.grownMono = this.clock.mono()
    this.activate(lane)
    this.notify(lane)
  }

  private activate(lane: Lane): void {
    this.slow.delete(lane)
    if (lane.logs.live) this.active.add(lane)
    this.schedule()
  }

  private notify(lane: Lane): void {
    if (lane.listeners.size === 0 || lane.notifying) return
    lane.notifying = true
    this.clock.wakeAfter(NOTIFY_MS, () => {
      lane.notifying = false
      for (const listener of lane.listeners) listener()
    })
  }

  private noteChange(logs: ProcessLogs, log: LogStream, change: Change, ends: { out: number; err: number }, now: number): void {
    if (change === 'truncated') {
      // At the end of what is lost, where the new content begins.
      logs.index.add({ t: now, ...ends, [log.stream]: log.base, cut: log.stream })
      this.daemonLog.warn('logs', `${log.paths.live} was emptied by its program (or by hand); its content before is lost`)
      log
        .save(newToken())
        .catch((error: unknown) => this.daemonLog.error('logs', `cannot save the offsets of ${log.paths.live}`, error))
    } else if (change === 'removed' && logs.live && !log.missing) {
      log.missing = true
      this.daemonLog.warn(
        'logs',
        `${log.paths.live} was removed while it is written to; what its program writes is lost until its next run`,
      )
    }
  }

  private schedule(): void {
    if (this.closed) return
    const inMs = this.active.size > 0 || this.dirty.size > 0 ? SWEEP_MS : this.slow.size > 0 ? SLOW_MS : null
    if (inMs === null) return
    const dueMs = this.clock.mono() + inMs
    if (this.cancel && this.dueMs <= dueMs) return
    this.cancel?.()
    this.dueMs = dueMs
    this.cancel = this.clock.wakeAfter(inMs, () => {
      this.cancel = null
      this.sweep()
      this.schedule()
    })
  }
}
