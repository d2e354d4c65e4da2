/** The process table without /proc (macOS). Start times are in seconds: reuse of a pid within that second goes unnoticed. */
import pidusage from 'pidusage'
import treeKill from 'tree-kill'
import type { Identity } from '../../core/state.ts'
import type { HeldProcess, Listener, Marker, ProcessRow } from '../../core/world.ts'
import { errnoOf } from '../errno.ts'
import { machineMemory, machineTimes } from './machine-load.ts'
import type { OsTable } from './os-table.ts'
import { ask, listeningSockets, listRows, markersOf, type PsRow } from './portable-ps.ts'
import { hasEnded } from './proc-stat.ts'

export function createPortableTable(options: { home: string }): OsTable {
  const bootId = readBootId()
  const markers = new Map<number, { startTicks: number; comm: string; marker: Marker | null }>()
  const usage = new Map<number, { cpuMs: number; rssBytes: number }>()

  function snapshot(): ProcessRow[] {
    const rows = listRows()
    const isKnown = (row: PsRow): boolean => {
      const known = markers.get(row.pid)
      return known !== undefined && known.startTicks === row.startedSeconds && known.comm === row.comm
    }
    const unknown = rows.filter((row) => !isKnown(row))
    const found = markersOf(
      unknown.map((row) => row.pid),
      options.home,
    )
    for (const row of unknown)
      markers.set(row.pid, { startTicks: row.startedSeconds, comm: row.comm, marker: found.get(row.pid) ?? null })
    const present = new Set(rows.map((row) => row.pid))
    for (const pid of markers.keys()) if (!present.has(pid)) markers.delete(pid)
    refreshUsage(rows.filter((row) => markers.get(row.pid)?.marker && !hasEnded(row.state)).map((row) => row.pid))
    return rows.map(({ startedSeconds, ...row }) => ({
      ...row,
      ...usage.get(row.pid),
      startTicks: startedSeconds,
      marker: markers.get(row.pid)?.marker ?? null,
    }))
  }

  /** Precise figures for our own processes, which arrive later and serve the next snapshot; ps's until then. */
  function refreshUsage(pids: number[]): void {
    for (const pid of usage.keys()) if (!pids.includes(pid)) usage.delete(pid)
    if (pids.length === 0) return
    pidusage(pids).then(
      (all) => {
        for (const pid of pids) {
          const one = all[String(pid)]
          if (one) usage.set(pid, { cpuMs: one.ctime, rssBytes: one.memory })
        }
      },
      // It fails as a whole when all of them have ended; ps's figures are used.
      () => usage.clear(),
    )
  }

  const nameOf = (row: PsRow): Identity => ({ pid: row.pid, startTicks: row.startedSeconds, bootId })

  function identityEvenIfDead(pid: number): Identity | null {
    const row = listRows(pid)[0]
    return row === undefined ? null : nameOf(row)
  }

  function identityOf(pid: number): Identity | null {
    const row = listRows(pid)[0]
    return row === undefined || hasEnded(row.state) ? null : nameOf(row)
  }

  function alive(identity: Identity): boolean {
    return identity.bootId === bootId && identityOf(identity.pid)?.startTicks === identity.startTicks
  }

  function hold(identity: Identity): HeldProcess | null {
    return alive(identity) ? { alive: () => alive(identity), close: () => {} } : null
  }

  return {
    bootId,
    snapshot,
    identityOf,
    identityEvenIfDead,
    alive,
    hold,
    firstChild: (pid) => {
      const child = listRows().find((row) => row.ppid === pid && !hasEnded(row.state))
      return child === undefined ? null : nameOf(child)
    },
    commandLine: (pid) =>
      ask('ps', ['-ww', '-p', String(pid), '-o', 'args='])
        .trim()
        .split(' ')
        .filter(Boolean),
    startedAtMs: (identity) => identity.startTicks * 1000,
    diskIo: () => null,
    cpuTimes: machineTimes,
    memory: machineMemory,
    heldUpMs: () => 0,
    listeners: (): Listener[] => {
      const unique = new Map(listeningSockets().map(({ port, address, inode }) => [inode, { port, address, inode }]))
      return [...unique.values()]
    },
    connections: () => null,
    // Shared sockets need /proc.
    below: () => [],
    serving: () => null,
    holders: (inodes, pids) => {
      const held = new Map<number, number>()
      for (const socket of listeningSockets())
        if (inodes.has(socket.inode) && (pids === null || pids.includes(socket.pid)) && !held.has(socket.inode))
          held.set(socket.inode, socket.pid)
      return held
    },
    // tree-kill finds the children itself and signals bare pids: only right after the root's identity was read. What it missed
    // shows in the next snapshot, which the caller takes anyway.
    signalTree: (root, signal) => treeKill(root.pid, signal, () => {}),
  }
}

/** macOS renews this id at boot; elsewhere the boot time has to do. */
function readBootId(): string {
  try {
    return ask('sysctl', ['-n', 'kern.bootsessionuuid']).trim() || bootTimeOfInit()
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || (error instanceof Error && 'status' in error)) return bootTimeOfInit()
    throw error
  }
}

const bootTimeOfInit = (): string => `boot-${listRows(1)[0]?.startedSeconds ?? 0}`
