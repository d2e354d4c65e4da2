/** Rotation by size: which stream when, and how many archives are kept. */
import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Clock, DaemonLog } from '../../core/world.ts'
import { formatSize } from '../../protocol/duration.ts'
import { errnoOf, messageOf, unless } from '../errno.ts'
import { listFiles } from '../project-folders.ts'
import { helpersAlive, waitForHelpers } from './helper.ts'
import { Packer } from './packer.ts'
import { UNREAD_BYTES } from './passed-on.ts'
import { roleOf } from './paths.ts'
import type { ProcessLogs } from './process-logs.ts'
import { collapse, collapsible, freeze, newToken, type RotationContext, recover } from './rotation.ts'
import { isExchangeable, RotationWays, type Way } from './rotation-way.ts'
import type { LogStream } from './stream.ts'

export interface ArchivistOptions {
  dir: string
  clock: Clock
  daemonLog: DaemonLog
  freezeTree(name: string): (() => void) | null
  totalCapBytes: number
  /** After a failed rotation, the stream is left alone for this long (ms). */
  retryMs: number
  onStep(step: string): void
  helpersAlive?: (() => boolean) | undefined
  observe(logs: ProcessLogs): void
  /** Logs of a name, loaded if need be; for the total cap. */
  logsOf(name: string): ProcessLogs
}

/** Rotations at a time, over all streams: each is a copy with fsync. */
const AT_ONCE = 2
const HELPER_WAIT_MS = 10_000
/** A log may grow to this multiple of its size before unscanned lines are dropped. */
const UNSCANNED_SIZES = 8

/** Decides which stream is rotated and when, and keeps archives within their limits. */
export class Archivist {
  private readonly options: ArchivistOptions
  private readonly queue: { logs: ProcessLogs; log: LogStream }[] = []
  private readonly busy = new Set<LogStream>()
  private readonly notBefore = new Map<LogStream, { mono: number; reported: string }>()
  private readonly running = new Set<Promise<void>>()
  private closed = false
  private archived: number | null = null
  private readonly ways: RotationWays
  private readonly packer: Packer

  constructor(options: ArchivistOptions) {
    this.options = options
    this.ways = new RotationWays(options.dir, options.daemonLog)
    this.packer = new Packer({
      dir: options.dir,
      daemonLog: options.daemonLog,
      onStep: options.onStep,
      saved: (bytes) => {
        if (this.archived !== null) this.archived -= bytes
      },
    })
  }

  get way(): Way {
    return this.ways.known(this.options.dir).way
  }

  consider(logs: ProcessLogs, log: LogStream): void {
    if (this.closed || this.rotatable(logs, log) < logs.maxBytes || this.busy.has(log)) return
    if ((this.notBefore.get(log)?.mono ?? 0) > this.options.clock.mono()) return
    this.busy.add(log)
    this.queue.push({ logs, log })
    this.work()
  }

  /** How much may leave the live file: unscanned lines stay, within a limit. */
  private rotatable({ keep, maxBytes }: ProcessLogs, log: LogStream): number {
    const most = Math.max(maxBytes * UNSCANNED_SIZES, log.isPassedOn ? UNREAD_BYTES : 0)
    if (log.liveBytes >= most) return log.liveBytes
    if (keep === 0) return Math.min(log.liveBytes, log.scannedTo - log.base)
    return log.scannedTo < (log.archives[keep - 1]?.to ?? 0) ? 0 : log.liveBytes
  }

  /** Resolves when no rotation of this stream is running or waiting. */
  async idle(log: LogStream): Promise<void> {
    const waiting = this.queue.findIndex((each) => each.log === log)
    if (waiting !== -1) {
      this.queue.splice(waiting, 1)
      this.busy.delete(log)
    }
    while (this.busy.has(log)) await Promise.race(this.running)
  }

  /** Finishes or undoes the rotations of an earlier daemon. @returns what was done, for a person */
  async recover(logs: readonly ProcessLogs[]): Promise<string[]> {
    const open = new Map<LogStream, number>()
    for (const { streams, keep } of logs) for (const log of [streams.out, streams.err]) if (log.journal) open.set(log, keep)
    if (open.size === 0) return []
    const alive = this.options.helpersAlive ?? ((): boolean => helpersAlive(this.options.dir))
    if (!(await waitForHelpers(alive, this.options.clock, HELPER_WAIT_MS))) {
      return [`a rotation of an earlier daemon is still at work; ${open.size} logs are settled before their next rotation`]
    }
    const done: string[] = []
    for (const [log, keep] of open) {
      try {
        const what = await recover(log, keep, this.contextOf(log))
        if (what) done.push(`${log.paths.live}: ${what}`)
      } catch (error) {
        if (errnoOf(error) === undefined) throw error
        this.options.daemonLog.error('logs', `cannot settle the rotation of ${log.paths.live}`, error)
        done.push(`${log.paths.live}: an open rotation could not be settled: ${messageOf(error)}`)
      }
    }
    return done
  }

  private packAll(log: LogStream): void {
    for (const archive of log.archives.toReversed()) if (!archive.gz) this.packer.pack(log, archive)
  }

  packLeftovers(logs: ProcessLogs): void {
    this.packAll(logs.streams.out)
    this.packAll(logs.streams.err)
  }

  /** Learns once how logs are rotated here. */
  async probe(): Promise<void> {
    await this.ways.of(this.options.dir)
  }

  /** Waits for running rotations; starts no more. */
  async close(): Promise<void> {
    this.closed = true
    this.packer.close()
    for (const { log } of this.queue.splice(0)) this.busy.delete(log)
    await Promise.all([...this.running, this.ways.idle()])
  }

  private contextOf(log: LogStream): RotationContext {
    const { dir, freezeTree, onStep } = this.options
    return {
      dir,
      block: this.ways.known(dirname(log.paths.live)).block,
      freezeTrees: (names) => {
        const thaws = [...names].map(freezeTree)
        return () => {
          for (const thaw of thaws) thaw?.()
        }
      },
      onStep,
    }
  }

  private work(): void {
    while (this.running.size < AT_ONCE && this.queue.length > 0) {
      const { logs, log } = this.queue.shift()!
      const work: Promise<void> = this.rotate(logs, log).finally(() => {
        this.running.delete(work)
        this.busy.delete(log)
        // A fast writer may have filled it again and then fallen silent, so that no sweep would return to it.
        this.options.observe(logs)
        this.consider(logs, log)
        this.work()
      })
      this.running.add(work)
    }
  }

  private async rotate(logs: ProcessLogs, log: LogStream): Promise<void> {
    const { clock } = this.options
    try {
      const failure = await this.rotateOnce(logs, log)
      if (failure === null) this.notBefore.delete(log)
      else this.failed(logs, log, failure, undefined)
    } catch (error) {
      if (errnoOf(error) === undefined) {
        this.notBefore.set(log, { mono: clock.mono() + this.options.retryMs, reported: '' })
        this.options.daemonLog.error('logs', `rotation of ${log.paths.live} met an error of ptrack itself`, error)
      } else {
        this.failed(logs, log, messageOf(error), error)
      }
    }
  }

  private async rotateOnce(logs: ProcessLogs, log: LogStream): Promise<string | null> {
    const directory = dirname(log.paths.live)
    if (directory !== this.options.dir && isExchangeable(directory))
      return `other users can change ${directory}, and the daemon is root's`
    const { way } = await this.ways.of(directory, log.paths.temporary(newToken()))
    if (way === 'unknown') return 'it is not known how to rotate here'
    const context = this.contextOf(log)
    if (log.journal) {
      await this.recover([logs])
      if (log.journal) return 'an earlier rotation is not settled'
    }
    if (log.unsaved) await log.tidy(newToken())
    log.refresh()
    // It may have grown since it was considered.
    const bytes = this.rotatable(logs, log)
    const length = collapsible(bytes, context.block)
    if (bytes < logs.maxBytes || length === 0) return null
    const failure = way === 'collapse' ? await collapse(log, length, logs.keep, context) : await freeze(log, logs.keep, context)
    if (failure !== null) {
      // A failed copy is dropped; what was collapsed has been settled with the gate shut.
      if (log.journal) await recover(log, logs.keep, context)
      return failure
    }
    const newest = log.archives[0]
    if (newest) {
      this.archived = this.archived === null ? null : this.archived + newest.to - newest.from
      this.packer.pack(log, newest)
    }
    await this.keepCap()
    return null
  }

  /** Reports a failure once, not at every try. */
  private failed(logs: ProcessLogs, log: LogStream, why: string, error: unknown): void {
    const { clock, retryMs } = this.options
    const reported = this.notBefore.get(log)?.reported
    // Names of temporary files differ each time, the reason does not.
    const reason = why.replaceAll(/[0-9a-f]{32}/g, '')
    this.notBefore.set(log, { mono: clock.mono() + retryMs, reported: reason })
    clock.wakeAfter(retryMs + 1, () => this.consider(logs, log))
    const message = `cannot rotate ${log.paths.live}: ${why}; nothing is lost, it is tried again`
    if (reported === reason) this.options.daemonLog.debug('logs', message)
    else this.options.daemonLog.error('logs', message, error)
  }

  /** Drops the oldest archives of all streams while together they exceed the cap. */
  private async keepCap(): Promise<void> {
    const { dir, totalCapBytes, daemonLog, logsOf } = this.options
    if (this.archived !== null && this.archived <= totalCapBytes) return
    const found: { name: string; stream: 'out' | 'err'; size: number; time: number }[] = []
    for (const file of listFiles(dir)) {
      const role = roleOf(file)
      if (!role?.stream || role.number === null) continue
      const stats = unless(['ENOENT'], null, () => statSync(`${dir}/${file}`))
      if (stats) found.push({ name: role.name, stream: role.stream, size: stats.size, time: stats.mtimeMs })
    }
    let total = found.reduce((sum, { size }) => sum + size, 0)
    for (const { name, stream, size } of found.sort((a, b) => a.time - b.time)) {
      if (total <= totalCapBytes) break
      const target = logsOf(name).streams[stream]
      if (target.journal || target.archives.length === 0) continue
      const dropped = target.dropBeyond(target.archives.length - 1)
      await target.save(newToken())
      await target.removeFiles(dropped)
      total -= size
      daemonLog.info(
        'logs',
        `dropped the oldest archive of ${target.paths.live} (${formatSize(size)}): all archives were over ${formatSize(totalCapBytes)}`,
      )
    }
    this.archived = total
  }
}
