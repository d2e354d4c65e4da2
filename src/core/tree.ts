/** Which processes belong to a run: leader and program, known members, marker, session and group, and all descendants. */
import type { Identity } from './state.ts'
import type { ProcessRow } from './world.ts'

export interface RunEvidence {
  runId: string
  leader: Identity
  program: Identity | null
  /** Descendants seen earlier; found again even if they left session, group and marker behind. */
  known: readonly Identity[]
}

export interface TableIndex {
  bootId: string
  /** This daemon, which belongs to no tree even when it was started from inside one. */
  daemonPid: number
  rows: readonly ProcessRow[]
  byPid: Map<number, ProcessRow>
  children: Map<number, ProcessRow[]>
  byRunId: Map<string, ProcessRow[]>
  bySession: Map<number, ProcessRow[]>
  byGroup: Map<number, ProcessRow[]>
}

export const isDead = (row: ProcessRow): boolean => row.state === 'Z' || row.state === 'X' || row.state === 'x'

function push<K>(map: Map<K, ProcessRow[]>, key: K, row: ProcessRow): void {
  const list = map.get(key)
  if (list) list.push(row)
  else map.set(key, [row])
}

/** `home`: only markers of this PTRACK_HOME count. */
export function indexTable(rows: readonly ProcessRow[], home: string, bootId: string, daemonPid = 0): TableIndex {
  const index: TableIndex = {
    bootId,
    daemonPid,
    rows,
    byPid: new Map(),
    children: new Map(),
    byRunId: new Map(),
    bySession: new Map(),
    byGroup: new Map(),
  }
  for (const row of rows) {
    index.byPid.set(row.pid, row)
    push(index.children, row.ppid, row)
    push(index.bySession, row.session, row)
    push(index.byGroup, row.pgrp, row)
    if (row.marker !== null && !row.marker.daemon && row.marker.home === home) push(index.byRunId, row.marker.runId, row)
  }
  return index
}

export const identityOfRow = (row: ProcessRow, bootId: string): Identity => ({ pid: row.pid, startTicks: row.startTicks, bootId })

const matches = (index: TableIndex, identity: Identity): ProcessRow | null => {
  const row = index.byPid.get(identity.pid)
  return row && row.startTicks === identity.startTicks && identity.bootId === index.bootId ? row : null
}

/** A group or session number is reserved while in use: if a process has it as pid and is not our leader, it was reused. */
export function numberIsStillOurs(index: TableIndex, leader: Identity): boolean {
  if (leader.bootId !== index.bootId) return false
  const holder = index.byPid.get(leader.pid)
  return holder === undefined || holder.startTicks === leader.startTicks
}

/** The session and the group that this process has made, if it has; php-fpm makes them below its leader. */
export function groupOf(index: TableIndex, maker: Identity): ProcessRow[] {
  if (!numberIsStillOurs(index, maker)) return []
  const all = [...(index.bySession.get(maker.pid) ?? []), ...(index.byGroup.get(maker.pid) ?? [])]
  return all.filter((row) => row.startTicks >= maker.startTicks)
}

/** Every live process of the run, once; never a ptrack daemon or its descendants. */
export function membersOf(index: TableIndex, run: RunEvidence): ProcessRow[] {
  const seeds: ProcessRow[] = []
  for (const identity of [run.leader, run.program, ...run.known]) {
    const row = identity && matches(index, identity)
    if (row) seeds.push(row)
  }
  seeds.push(...(index.byRunId.get(run.runId) ?? []))
  for (const identity of [run.leader, run.program]) if (identity !== null) seeds.push(...groupOf(index, identity))
  return closure(index, seeds)
}

export function closure(index: TableIndex, seeds: readonly ProcessRow[]): ProcessRow[] {
  const seen = new Set<number>()
  const members: ProcessRow[] = []
  const stack = [...seeds]
  for (let row = stack.pop(); row !== undefined; row = stack.pop()) {
    if (seen.has(row.pid) || row.marker?.daemon || row.pid === index.daemonPid) continue
    seen.add(row.pid)
    if (!isDead(row)) members.push(row)
    const children = index.children.get(row.pid)
    if (children) stack.push(...children)
  }
  return members
}

/** All pids from this one up to the root; a caller below them cannot have them ended. */
export function ancestorsOf(index: TableIndex, pid: number): Set<number> {
  const chain = new Set<number>()
  for (let at: number | undefined = pid; at !== undefined && at > 0 && !chain.has(at); at = index.byPid.get(at)?.ppid)
    chain.add(at)
  return chain
}
