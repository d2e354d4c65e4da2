/** The process table of Linux: /proc, read synchronously (a promise per file would cost more than the read itself). */
import { closeSync, openSync, readdirSync } from 'node:fs'
import type { Identity } from '../../core/state.ts'
import type { HeldProcess, Marker, ProcessRow } from '../../core/world.ts'
import { errnoOf } from '../errno.ts'
import { bootTimeMs } from './boot-time.ts'
import { listeningSockets, openConnections, socketHolders } from './linux-net.ts'
import { below, serving } from './linux-serving.ts'
import { cpuTimesOf, machineMemory } from './machine-load.ts'
import { findMarker } from './marker.ts'
import type { OsTable } from './os-table.ts'
import { pageSize, readBootId, readEnviron, readOpenProc, readProc } from './proc-files.ts'
import { hasEnded, type ProcStat, parseStat } from './proc-stat.ts'

/** USER_HZ, the unit of /proc times: 100 by ABI, whatever HZ the kernel runs at. */
const MS_PER_TICK = 10

interface SeenProcess {
  startTicks: number
  stackStart: number
  marker: Marker | null
  pass: number
}

export function createLinuxTable(): OsTable {
  const bootId = readBootId()
  const bytesPerPage = pageSize()
  // Once: read anew each time, start times would drift with every correction of the wall clock.
  const bootedAtMs = bootTimeMs(MS_PER_TICK)
  const seen = new Map<number, SeenProcess>()
  let pass = 0

  /** Read once per exec, recognized by its stack address: setting its title, a program overwrites its environment. */
  function markerOf(stat: ProcStat): Marker | null {
    const known = seen.get(stat.pid)
    if (known && known.startTicks === stat.startTicks && known.stackStart === stat.stackStart) {
      known.pass = pass
      return known.marker
    }
    // A first thread that has ended has no environment any more; keep what was known of it.
    const kept = known?.startTicks === stat.startTicks ? known.marker : null
    if (hasEnded(stat.state)) return kept
    const environ = readEnviron(stat.pid, stat.leaderEnded)
    const marker = environ === null ? null : findMarker(environ)
    seen.set(stat.pid, { startTicks: stat.startTicks, stackStart: stat.stackStart, marker, pass })
    return marker
  }

  function snapshot(): ProcessRow[] {
    pass++
    const rows: ProcessRow[] = []
    for (const entry of readdirSync('/proc')) {
      const first = entry.charCodeAt(0)
      if (first < 48 || first > 57) continue
      const stat = readStat(Number(entry))
      if (stat === null) continue
      rows.push({
        pid: stat.pid,
        ppid: stat.ppid,
        pgrp: stat.pgrp,
        session: stat.session,
        tty: stat.tty,
        state: stat.state,
        startTicks: stat.startTicks,
        comm: stat.comm,
        cpuMs: stat.cpuTicks * MS_PER_TICK,
        rssBytes: stat.rssPages * bytesPerPage,
        marker: markerOf(stat),
      })
    }
    for (const [pid, entry] of seen) if (entry.pass !== pass) seen.delete(pid)
    return rows
  }

  const nameOf = (stat: ProcStat): Identity => ({ pid: stat.pid, startTicks: stat.startTicks, bootId })

  function identityOf(pid: number): Identity | null {
    const stat = readStat(pid)
    return stat === null || hasEnded(stat.state) ? null : nameOf(stat)
  }

  function identityEvenIfDead(pid: number): Identity | null {
    const stat = readStat(pid)
    return stat === null ? null : nameOf(stat)
  }

  const isLiving = (stat: ProcStat | null, identity: Identity): boolean =>
    stat !== null && !hasEnded(stat.state) && stat.startTicks === identity.startTicks && identity.bootId === bootId

  const alive = (identity: Identity): boolean => isLiving(readStat(identity.pid), identity)

  function hold(identity: Identity): HeldProcess | null {
    const fd = openStat(identity.pid)
    if (fd === null) return null
    const look = (): boolean => isLiving(statFrom(readOpenProc(fd)), identity)
    if (!look()) {
      closeSync(fd)
      return null
    }
    let open = true
    return {
      alive: () => open && look(),
      close: () => {
        if (open) closeSync(fd)
        open = false
      },
    }
  }

  function firstChild(pid: number): Identity | null {
    const children = readProc(`/proc/${pid}/task/${pid}/children`)
    if (children !== null) return children.length === 0 ? null : identityOf(Number.parseInt(children.toString('latin1'), 10))
    // A kernel without CONFIG_PROC_CHILDREN: the child that started first.
    if (readStat(pid) === null) return null
    const rows = snapshot().filter((row) => row.ppid === pid && !hasEnded(row.state))
    const eldest = rows.sort((a, b) => a.startTicks - b.startTicks || a.pid - b.pid)[0]
    return eldest === undefined ? null : { pid: eldest.pid, startTicks: eldest.startTicks, bootId }
  }

  return {
    bootId,
    snapshot,
    identityOf,
    identityEvenIfDead,
    alive,
    hold,
    firstChild,
    commandLine,
    startedAtMs: (identity) => Math.round(bootedAtMs + identity.startTicks * MS_PER_TICK),
    diskIo,
    heldUpMs,
    cpuTimes: () => cpuTimesOf(readProc('/proc/stat', 256)?.toString('latin1') ?? ''),
    memory: machineMemory,
    listeners: listeningSockets,
    connections: openConnections,
    below,
    serving,
    holders: socketHolders,
  }
}

const statFrom = (bytes: Buffer | null): ProcStat | null => (bytes === null ? null : parseStat(bytes.toString('latin1')))
const readStat = (pid: number): ProcStat | null => statFrom(readProc(`/proc/${pid}/stat`))

function openStat(pid: number): number | null {
  try {
    return openSync(`/proc/${pid}/stat`, 'r')
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ESRCH') return null
    throw error
  }
}

/** As in /proc; `[name]` for kernel threads and zombies, which have none. */
function commandLine(pid: number): string[] {
  const bytes = readProc(`/proc/${pid}/cmdline`, 128 * 1024)
  if (bytes === null) return []
  if (bytes.length > 0) return bytes.toString('utf8').replace(/\0+$/, '').split('\0')
  const stat = readStat(pid)
  return stat === null ? [] : [`[${stat.comm}]`]
}

function diskIo(pid: number): { readBytes: number; writeBytes: number } | null {
  const text = readProc(`/proc/${pid}/io`)?.toString('latin1')
  const read = /^read_bytes: (\d+)/m.exec(text ?? '')
  const write = /^write_bytes: (\d+)/m.exec(text ?? '')
  return read && write ? { readBytes: Number(read[1]), writeBytes: Number(write[1]) } : null
}

/** Of its first thread, in which programs start up: time on the processor, time waiting for it, turns. */
function heldUpMs(pid: number): number {
  const waited = readProc(`/proc/${pid}/schedstat`)?.toString('latin1').split(' ')[1]
  return waited === undefined ? 0 : Number(waited) / 1e6
}
