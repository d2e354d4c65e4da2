/** Notices that logs grow. */
import { type FSWatcher, statSync, watch } from 'node:fs'
import type { Clock, DaemonLog } from '../../core/world.ts'
import { errnoOf, messageOf } from '../errno.ts'
import { STREAMS, type StreamName } from './paths.ts'
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

interface Swept {
  logs: ProcessLogs
  stream: StreamName
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
  private readonly streams = new Map<ProcessLogs, Partial<Record<StreamName, Swept>>>()
  private readonly active = new Set<Swept>()
  private readonly slow = new Set<Swept>()
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
      const swept = this.swept(logs, stream)
      // Most programs write what they write at start before the first sweep, and many are silent afterwards.
      swept.grownMono = Number.NEGATIVE_INFINITY
      this.activate(swept)
    }
  }

  /** The process has ended; listeners stay and hear of what leftovers write. */
  drop(logs: ProcessLogs): void {
    for (const stream of STREAMS) {
      const swept = this.streams.get(logs)?.[stream]
      if (!swept) continue
      this.active.delete(swept)
      this.slow.delete(swept)
      this.unwatch(swept)
      if (swept.listeners.size === 0) this.delete(swept)
      else this.notify(swept)
    }
  }

  observe(logs: ProcessLogs): void {
    const before = logs.ends
    const changes = STREAMS.map((stream) => ({ stream, log: logs.streams[stream], change: logs.refresh(stream) }))
    const now = this.clock.wall()
    const { last } = logs.index
    // After a time without a daemon: what was written then is dated by the file, once a writer is alive.
    const behind = logs.live && last !== null && STREAMS.some((stream) => logs.streams[stream].end > last[stream])
    if (behind || changes.some(({ change }) => change === 'grown' || change === 'truncated')) {
      // Quiet until last checked: otherwise a line after an hour of silence would be dated half an hour back.
      if (last && logs.checkedMs > last.t) logs.index.add({ t: logs.checkedMs, ...before })
      for (const { stream, change } of changes) this.noteChange(logs, stream, change, before, now)
      const writtenMs = Math.max(
        ...changes.map(({ log, change }) => (change === 'same' && !behind ? 0 : Math.floor(log.modifiedMs ?? 0))),
      )
      logs.mark(Math.min(now, Math.max(writtenMs, logs.checkedMs, logs.index.last?.t ?? 0)))
      this.unflushed(logs)
    }
    logs.checkedMs = now
    for (const { stream, log, change } of changes) {
      if (change === 'same') continue
      if (change === 'removed') {
        this.noteChange(logs, stream, change, before, now)
        continue
      }
      const swept = this.streams.get(logs)?.[stream]
      if (swept) {
        swept.grownMono = this.clock.mono()
        this.notify(swept)
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
  listen(logs: ProcessLogs, stream: StreamName, listener: () => void): () => void {
    const swept = this.swept(logs, stream)
    swept.listeners.add(listener)
    return () => {
      swept.listeners.delete(listener)
      if (swept.listeners.size > 0 || logs.live) return
      this.unwatch(swept)
      this.slow.delete(swept)
      this.delete(swept)
    }
  }

  /** A listener has read everything: it is notified of the next growth. */
  rearm(logs: ProcessLogs, stream: StreamName): void {
    const swept = this.streams.get(logs)?.[stream]
    if (swept && swept.listeners.size > 0) this.watch(swept)
  }

  /** Notifies listeners without growth, as when a run has ended or logs were emptied. */
  nudge(logs: ProcessLogs): void {
    for (const stream of STREAMS) {
      const swept = this.streams.get(logs)?.[stream]
      if (swept) this.notify(swept)
    }
  }

  /** Nothing is left of these logs. @returns false while they have listeners */
  forget(logs: ProcessLogs): boolean {
    this.dirty.delete(logs)
    this.silent.delete(logs)
    return !this.streams.has(logs)
  }

  /** Writes what is in memory; ends sweeping. */
  close(): void {
    this.closed = true
    this.cancel?.()
    for (const both of this.streams.values()) for (const stream of STREAMS) if (both[stream]) this.unwatch(both[stream])
    this.streams.clear()
    this.active.clear()
    this.slow.clear()
    for (const logs of [...this.dirty, ...this.silent]) this.writeIndex(logs)
  }

  private swept(logs: ProcessLogs, stream: StreamName): Swept {
    const both = this.streams.get(logs) ?? {}
    this.streams.set(logs, both)
    both[stream] ??= {
      logs,
      stream,
      grownMono: Number.NEGATIVE_INFINITY,
      watcher: null,
      listeners: new Set(),
      notifying: false,
    }
    return both[stream]
  }

  private delete({ logs, stream }: Swept): void {
    const both = this.streams.get(logs)
    if (both) delete both[stream]
    if (both && !STREAMS.some((each) => both[each])) this.streams.delete(logs)
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
    for (const swept of this.active) {
      if (mono - swept.grownMono < QUIET_MS || watches === WATCHES_PER_SWEEP) continue
      watches++
      this.active.delete(swept)
      this.watch(swept)
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

  private watch(swept: Swept): void {
    if (swept.watcher || this.closed) return
    try {
      const watcher = watch(swept.logs.streams[swept.stream].paths.live, { persistent: false }, () => this.woken(swept))
      watcher.on('error', () => this.watchless(swept))
      swept.watcher = watcher
      this.slow.delete(swept)
    } catch (error) {
      // ENOSPC, EMFILE: out of watches. ENOENT: no file yet. The slow sweep notices in time.
      if (errnoOf(error) === undefined) throw error
      this.watchless(swept)
      return
    }
    // A write before the watch was set gives no event.
    const { logs, stream } = swept
    const log = logs.streams[stream]
    const { end } = log
    if (statSync(log.paths.live, { throwIfNoEntry: false })?.size === log.liveBytes) return
    this.observe(logs)
    if (log.end > end) this.woken(swept)
  }

  private watchless(swept: Swept): void {
    this.unwatch(swept)
    if (!this.active.has(swept)) this.slow.add(swept)
    this.schedule()
  }

  private unwatch(swept: Swept): void {
    swept.watcher?.close()
    swept.watcher = null
  }

  private woken(swept: Swept): void {
    this.unwatch(swept)
    // Nothing was written before now, so it dates what comes next.
    if (!this.active.has(swept)) swept.logs.checkedMs = Math.max(swept.logs.checkedMs, this.clock.wall())
    swept.grownMono = this.clock.mono()
    this.activate(swept)
    this.notify(swept)
  }

  private activate(swept: Swept): void {
    this.slow.delete(swept)
    if (swept.logs.live) this.active.add(swept)
    this.schedule()
  }

  private notify(swept: Swept): void {
    if (swept.listeners.size === 0 || swept.notifying) return
    swept.notifying = true
    this.clock.wakeAfter(NOTIFY_MS, () => {
      swept.notifying = false
      for (const listener of swept.listeners) listener()
    })
  }

  private noteChange(
    logs: ProcessLogs,
    stream: StreamName,
    change: Change,
    ends: { out: number; err: number },
    now: number,
  ): void {
    const log = logs.streams[stream]
    if (change === 'truncated') {
      // At the end of what is lost, where the new content begins.
      logs.index.add({ t: now, ...ends, [stream]: log.base, cut: stream })
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
