/** The logs of all processes: rotation, reading, following. */
import { existsSync, realpathSync, rmSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import type { Clock, DaemonLog } from '../../core/world.ts'
import type { LogKeeper } from '../../core/world-logs.ts'
import { PtrackError } from '../../protocol/errors.ts'
import { decodeCursor, encodeCursor } from '../../protocol/log-cursor.ts'
import { isStandard, keptFile } from '../../protocol/log-files.ts'
import { whyNoLog } from '../../protocol/usable-log.ts'
import { errnoHint, errnoWords, hasCode, isErrno } from '../errno.ts'
import { newId } from '../ids.ts'
import { leaveFolder, listFiles } from '../project-folders.ts'
import { Archivist } from './archivist.ts'
import { ByteReader } from './bytes.ts'
import { Elsewhere } from './elsewhere.ts'
import { folders } from './folders.ts'
import { followLogs } from './follow.ts'
import { finishMoves, keptUnder, moveAside, renameFiles } from './former.ts'
import { ownerOfName } from './names.ts'
import { CannotRead, LogReader } from './outside/log-reader.ts'
import { PassedOn } from './passed-on.ts'
import { roleOf, STREAMS, type StreamName, streamPaths } from './paths.ts'
import { ProcessLogs } from './process-logs.ts'
import { readLogs } from './query.ts'
import { boundsOf, readRaw } from './raw.ts'
import { emptyFile, newToken } from './rotation.ts'
import { scanFrom } from './scan-from.ts'
import { storedLogs } from './stored.ts'
import { Sweeper } from './sweeper.ts'
import { LITTLE_BYTES, namesOf, weigh } from './weight.ts'

export interface LogKeeperOptions {
  dir: string
  clock: Clock
  log: DaemonLog
  /** The program that reads large logs; without one the daemon reads them itself. */
  readerScript?: string
  /** Threshold for large, for tests. */
  littleBytes?: number
  /** Stops every process of that tree; returns thaw (which leaves a paused tree paused), or null when nothing is alive. */
  freezeTree(name: string): (() => void) | null
  /** Total size of all archives; the oldest are removed first. */
  totalCapBytes?: number
  /** Whether helpers of an earlier daemon are still running; by default from /proc. */
  helpersAlive?: () => boolean
  retryMs?: number
  /** For tests: called after each step of a rotation. */
  onStep?: (step: string) => void
  /** Somebody passes all output on, from its first byte. */
  passedOn?: boolean
  /** Who passes it on: programs may write to the stdout and stderr of that process themselves. */
  runtimePid?: number | null
}

/** A missing file counts as empty. Throws PtrackError FAILED where it cannot be emptied. */
async function emptyLog(path: string): Promise<void> {
  try {
    await emptyFile(path)
  } catch (cause) {
    if (hasCode(cause, 'ENOENT')) return
    if (!isErrno(cause)) throw cause
    throw new PtrackError('FAILED', `cannot empty the log ${path}: ${errnoWords(cause)}`, { hint: errnoHint(cause, path), cause })
  }
}

/** A scanner that attaches this soon after `beginRun` sees the run from its first byte. */
const SCAN_FROM_START_MS = 2000

export function createLogKeeper(options: LogKeeperOptions): LogKeeper {
  const { dir, clock, log: daemonLog } = options
  const processes = new Map<string, ProcessLogs>()
  // Names with files from before, which alone are looked for on disk: one listing serves a thousand processes.
  const left = new Map<string, string[]>()
  finishMoves(dir)
  for (const file of listFiles(dir)) {
    const role = roleOf(file)
    if (role && !role.temporary) left.set(role.name, [...(left.get(role.name) ?? []), file])
  }

  const elsewhere = new Elsewhere(dir, options.runtimePid)
  const folderFor = folders(dir, clock, daemonLog)

  const logsOf = (name: string): ProcessLogs => {
    let logs = processes.get(name)
    if (!logs) {
      logs = new ProcessLogs(dir, name, left.has(name), elsewhere)
      const files = left.get(name)
      if (files) for (const note of logs.load(files)) daemonLog.warn('logs', note)
      processes.set(name, logs)
    }
    return logs
  }
  const archivist = new Archivist({
    dir,
    clock,
    daemonLog,
    freezeTree: options.freezeTree,
    totalCapBytes: options.totalCapBytes ?? 1024 ** 3,
    retryMs: options.retryMs ?? 10_000,
    onStep: options.onStep ?? (() => {}),
    helpersAlive: options.helpersAlive,
    logsOf,
    observe: (logs) => sweeper.observe(logs),
  })
  const sweeper = new Sweeper(clock, daemonLog, (logs, stream) => archivist.consider(logs, stream))
  const reader = new ByteReader()
  const passedOn = new PassedOn(clock)
  const look = (name: string): ProcessLogs => {
    const logs = logsOf(name)
    sweeper.observe(logs)
    return logs
  }
  const { readerScript } = options
  const outside = readerScript === undefined ? null : new LogReader({ script: readerScript, reader, look, clock, daemonLog })
  const live = (name: string, run: number, bounds: { maxBytes: number; keep: number }): ProcessLogs => {
    const logs = logsOf(name)
    Object.assign(logs, { live: true, run, maxBytes: bounds.maxBytes, keep: bounds.keep })
    return logs
  }

  return {
    check(file) {
      if (options.runtimePid && isStandard(file)) return
      const home = dirname(dir)
      const own = { why: "it is in ptrack's own home", hint: 'leave it out: ptrack keeps the log there anyway' }
      const no = whyNoLog(file) ?? (`${realpathSync(dirname(file))}/`.startsWith(`${home}/`) ? own : null)
      if (no !== null) throw new PtrackError('USAGE', `cannot log to ${file}: ${no.why}`, { hint: no.hint })
    },

    beginRun(name, run, bounds) {
      folderFor(name)
      const { live: isLive, run: present } = logsOf(name)
      const logs = live(name, run, bounds)
      const { outFile = null, errFile = null } = bounds
      // One file for both is stdout's log; what is dropped is in none.
      logs.place({ out: keptFile(outFile), err: errFile === outFile ? null : keptFile(errFile) })
      // The first run of a name without files: there is nothing to look at yet.
      if (logs.checkedMs === 0 && run === 1 && !left.has(name)) logs.checkedMs = clock.wall()
      else sweeper.observe(logs)
      if (!isLive || present !== run) logs.mark(clock.wall(), { run })
      logs.begunMono = clock.mono()
      // Its reader comes in a moment.
      const { out, err } = logs.streams
      if (options.passedOn) for (const log of [out, err]) if (!passedOn.has(log)) passedOn.note(log, log.end)
      sweeper.add(logs)
      sweeper.unflushed(logs)
      return logs.filesFor(bounds)
    },

    filesOf: (name, elsewhere) => logsOf(name).filesFor(elsewhere),

    endRun(name) {
      const logs = processes.get(name)
      if (!logs) return
      sweeper.observe(logs)
      logs.live = false
      sweeper.drop(logs)
    },

    adopt(name, run, bounds) {
      const logs = live(name, run, bounds)
      const { last } = logs.index
      // Its start was lost with the earlier daemon: everything not dated yet is taken to be of this run.
      if (!logs.index.knowsRun(run)) logs.startAt(run, last ?? { t: clock.wall(), out: 0, err: 0 })
      logs.checkedMs = last?.t ?? 0
      sweeper.add(logs)
    },

    async read(query, signal) {
      const looked = new Map<string, ProcessLogs>()
      const lookOnce = (name: string): ProcessLogs => {
        const logs = looked.get(name) ?? look(name)
        looked.set(name, logs)
        return logs
      }
      if (outside === null || weigh(lookOnce, query) <= (options.littleBytes ?? LITTLE_BYTES))
        return readLogs(reader, lookOnce, query)
      try {
        return await outside.read(query, namesOf(query), signal)
      } catch (error) {
        if (error instanceof CannotRead) return readLogs(reader, look, query)
        throw error
      }
    },

    async readBytes(name, stream, at, maxBytes) {
      const logs = look(name)
      const log = logs.streams[stream]
      if (at.holds && at.from !== undefined) passedOn.note(log, at.from)
      const got = await readRaw(reader, logs, stream, at, maxBytes)
      if (at.holds && at.from === undefined) passedOn.note(log, got.from)
      return got
    },

    whenBeyond(name, stream, offset, onGrown) {
      const logs = look(name)
      const close = sweeper.listen(logs, stream, onGrown)
      sweeper.rearm(logs, stream)
      // It grew before the listener was added.
      if (logs.streams[stream].end > offset) setImmediate(onGrown)
      return { close }
    },

    endOf: (name, stream) => look(name).streams[stream].end,

    keptAs(target) {
      const isKept = (stream: StreamName): boolean =>
        existsSync(streamPaths(dir, target, stream).live) || elsewhere.fileOf(target, stream) !== null
      if (ownerOfName(target) && STREAMS.some(isKept)) return target
      // An id may consist of digits alone, which no name does.
      return /^[0-9a-z]+$/.test(target) ? keptUnder(dir, target) : null
    },

    disown(name, id) {
      const logs = look(name)
      if (STREAMS.every((stream) => logs.streams[stream].end === 0)) return
      logs.mark(clock.wall(), { owner: id })
      sweeper.flush(logs)
    },

    async setAside(name) {
      if (!left.has(name) && !processes.has(name)) return
      const logs = look(name)
      for (const stream of STREAMS) await archivist.idle(logs.streams[stream])
      if (logs.live || STREAMS.every((stream) => logs.streams[stream].end === 0)) return
      sweeper.drop(logs)
      sweeper.flush(logs)
      const { owner } = logs.index
      const former = moveAside(dir, name, owner ?? newId(12), options.onStep ?? (() => {}))
      if (owner === null)
        daemonLog.info('logs', `logs of an earlier ${name} are kept as ${former}: which process wrote them is not known`)
      left.delete(name)
      left.set(
        former,
        listFiles(dir).filter((file) => roleOf(file)?.name === former),
      )
      // A follower of the name continues with its next process.
      if (sweeper.forget(logs)) processes.delete(name)
      logs.reset()
      sweeper.nudge(logs)
    },

    namesIn: (cursor) => decodeCursor(cursor).at.map(({ name }) => name),

    follow(cursor, onPage) {
      return followLogs({ reader, look, sweeper, daemonLog }, cursor, onPage)
    },

    async tail(name, lines, stream) {
      return (await readLogs(reader, look, { names: [name], stream, tail: lines })).lines
    },

    scan(name, stream, onLine) {
      const logs = look(name)
      const start = clock.mono() - logs.begunMono < SCAN_FROM_START_MS ? logs.lastRun : null
      const at = (each: 'out' | 'err'): [number, null] => [start?.[each] ?? logs.streams[each].end, null]
      const cursor = encodeCursor({
        v: 1,
        at: [{ name, ...(stream === 'err' ? {} : { out: at('out') }), ...(stream === 'out' ? {} : { err: at('err') }) }],
      })
      return followLogs({ reader, look, sweeper, daemonLog }, cursor, (page) => {
        for (const line of page.lines) onLine(line.text)
      })
    },

    scanFrom(name, stream, from, mark, onPage) {
      const logs = look(name)
      const { lastRun } = logs
      const begun = typeof from === 'object' && lastRun?.run === from.run ? lastRun[stream] : null
      const offset = begun ?? (typeof from === 'number' ? from : boundsOf(logs, stream, from).from)
      const onScanned = (of: ProcessLogs): void => archivist.consider(of, of.streams[stream])
      const context = { reader, sweeper, daemonLog, wakeAfter: clock.wakeAfter, onScanned }
      return scanFrom(context, logs, stream, offset, mark, onPage)
    },

    async flush(name) {
      const logs = look(name)
      for (const stream of STREAMS) {
        const each = logs.streams[stream]
        await archivist.idle(each)
        await each.gate.exclusive(async () => {
          await emptyLog(each.paths.live)
          // What was written since the look is gone too; the logical end stays and new bytes follow it.
          const gone = each.archives.splice(0)
          each.base = each.end
          each.flushedAt = each.end
          each.droppedBytes = 0
          await each.save(newToken())
          await each.removeFiles(gone)
        })
      }
      logs.mark(clock.wall())
      sweeper.unflushed(logs)
    },

    async remove(name, purge = false) {
      const logs = logsOf(name)
      logs.live = false
      sweeper.drop(logs)
      for (const stream of STREAMS) await archivist.idle(logs.streams[stream])
      for (const stream of STREAMS)
        if (purge && logs.isElsewhere(stream)) await elsewhere.purge(logs.streams[stream], name, stream)
      left.delete(name)
      if (sweeper.forget(logs)) processes.delete(name)
      logs.reset()
      for (const file of listFiles(dir)) if (roleOf(file)?.name === name) await rm(`${dir}/${file}`, { force: true })
      leaveFolder(dir, name)
      sweeper.nudge(logs)
    },

    stored: (wanted) => storedLogs(dir, wanted),

    async rename(names) {
      for (const [name, to] of names) {
        const moved = renameFiles(dir, left.get(name) ?? [], name, to)
        left.delete(name)
        if (moved.length > 0) left.set(to, [...(left.get(to) ?? []), ...moved])
      }
    },

    async recover() {
      for (const file of listFiles(dir)) {
        // Temporary files; a helper still writing one writes to an unlinked file.
        if (file.endsWith('.tmp') && (roleOf(file)?.temporary || basename(file).startsWith('.probe.')))
          rmSync(`${dir}/${file}`, { force: true })
      }
      // Those elsewhere all: who shares a file has to be known before it is rotated.
      const withBooks = [...left.keys()].filter((name) =>
        STREAMS.some((stream) => existsSync(streamPaths(dir, name, stream).meta) || elsewhere.fileOf(name, stream) !== null),
      )
      const logs = withBooks.map(logsOf)
      const notes = await archivist.recover(logs)
      for (const each of logs) archivist.packLeftovers(each)
      void archivist.probe()
      return notes
    },

    rotation: () => archivist.way,

    async close() {
      for (const logs of processes.values()) if (logs.live) sweeper.observe(logs)
      outside?.close()
      sweeper.close()
      await archivist.close()
      reader.close()
    },
  }
}
