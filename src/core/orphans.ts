/** Processes of this home outside any live run, each with kind and evidence; shared by listing and killing. */
import type { OrphanKind } from '../protocol/names.ts'
import type { Identity, RunRef } from './state.ts'
import { ancestorsOf, closure, groupOf, identityOfRow, isDead, membersOf, type RunEvidence, type TableIndex } from './tree.ts'
import type { Listener, ProcessRow } from './world.ts'

export interface OrphanContext {
  home: string
  daemonPid: number
  /** Pids that hold shared sockets for us. */
  socketHolders: readonly number[]
  processes: readonly {
    id: string
    name: string
    live: readonly RunEvidence[]
    past: readonly {
      ref: RunRef
      leader: Identity | null
      program: Identity | null
      endedAtMs: number
      outage: boolean
    }[]
    ports: readonly number[]
  }[]
  listeners: readonly Listener[]
  /** inode -> pid */
  holders: ReadonlyMap<number, number>
  startedAtMs(identity: Identity): number
}

/** Start times are known to hundredths of a second, and the end of a run is noted a moment after it. */
const CLOCK_SLACK_MS = 1000

export interface Orphan {
  identity: Identity
  kind: OrphanKind
  /** The process it belongs to; for a squatter, the one whose port it holds. */
  process: string | null
  ports: number[]
  evidence: string
  /** `--all` may end it; otherwise only its own pid does. */
  endableUnasked: boolean
}

export function liveMembers(
  index: TableIndex,
  { daemonPid, socketHolders, processes }: Pick<OrphanContext, 'daemonPid' | 'socketHolders' | 'processes'>,
): Set<number> {
  const ours = new Set<number>([daemonPid, ...socketHolders])
  for (const { live } of processes) for (const run of live) for (const row of membersOf(index, run)) ours.add(row.pid)
  return ours
}

export function findOrphans(index: TableIndex, context: OrphanContext): Orphan[] {
  const ours = liveMembers(index, context)

  const portsOf = new Map<number, number[]>()
  for (const listener of context.listeners) {
    const pid = context.holders.get(listener.inode)
    if (pid === undefined) continue
    const ports = portsOf.get(pid) ?? []
    if (!ports.includes(listener.port)) portsOf.set(pid, [...ports, listener.port])
  }

  const found = new Map<number, Orphan>()
  const add = (row: ProcessRow, kind: OrphanKind, process: string | null, evidence: string): void => {
    if (ours.has(row.pid) || found.has(row.pid) || isDead(row) || row.pid <= 1) return
    found.set(row.pid, {
      identity: identityOfRow(row, index.bootId),
      kind,
      process,
      ports: portsOf.get(row.pid) ?? [],
      evidence: row.tty ? `${evidence}; has a terminal` : evidence,
      endableUnasked: kind !== 'squatter' && !row.tty,
    })
  }
  const addTree = (row: ProcessRow, kind: OrphanKind, process: string | null, evidence: string): void => {
    add(row, kind, process, evidence)
    for (const below of closure(index, index.children.get(row.pid) ?? []))
      add(below, kind, process, `descendant of pid ${row.pid}, ${evidence}`)
  }

  const byId = new Map(context.processes.map((process) => [process.id, process]))
  for (const row of index.rows) {
    const { marker } = row
    if (marker === null || marker.daemon || marker.home !== context.home || ours.has(row.pid)) continue
    const owner = byId.get(marker.id)
    if (owner === undefined)
      addTree(
        row,
        'stray',
        null,
        `carries the marker of this home (id ${marker.id}, run ${marker.runNumber}), which the state does not know`,
      )
    else {
      const past = owner.past.find((run) => run.ref.id === marker.runId)
      const kind = past?.outage ? 'survivor' : 'escaped'
      const when = kind === 'survivor' ? 'ended while no daemon watched' : 'has ended'
      addTree(row, kind, owner.name, `carries the marker of ${owner.name} run ${marker.runNumber}, which ${when}`)
    }
  }
  // Programs that overwrite or drop their environment keep session and group.
  for (const process of context.processes) {
    for (const past of process.past)
      for (const maker of [past.leader, past.program]) {
        const inGroup = maker === null ? [] : groupOf(index, maker)
        // If nothing in it dates from the run, the number may have been reused by a stranger.
        const since = past.endedAtMs + CLOCK_SLACK_MS
        if (!inGroup.some((row) => context.startedAtMs(identityOfRow(row, index.bootId)) <= since)) continue
        for (const row of inGroup)
          addTree(
            row,
            past.outage ? 'survivor' : 'escaped',
            process.name,
            `is in the session or group of ${process.name} run ${past.ref.number}, which has ended`,
          )
      }
  }
  for (const process of context.processes) {
    const own = new Set(process.live.flatMap((run) => membersOf(index, run)).map((row) => row.pid))
    for (const port of process.ports) {
      const listeners = context.listeners.filter((listener) => listener.port === port)
      // The process itself holds it, on at least one address: not squatted.
      if (listeners.some((listener) => own.has(context.holders.get(listener.inode) ?? -1))) continue
      for (const listener of listeners) {
        const row = index.byPid.get(context.holders.get(listener.inode) ?? -1)
        if (row) add(row, 'squatter', process.name, `listens on port ${port}, which ${process.name} declares`)
      }
    }
  }
  spareTerminals(index, found)
  return [...found.values()].sort((a, b) => a.identity.pid - b.identity.pid)
}

/** Somebody sits at a terminal: neither it, its descendants nor its ancestors (a tmux server has no tty) are ended unasked. */
function spareTerminals(index: TableIndex, found: ReadonlyMap<number, Orphan>): void {
  for (const row of index.rows) {
    if (!row.tty || isDead(row)) continue
    const above = [...ancestorsOf(index, row.pid)].flatMap((pid) => found.get(pid) ?? [])
    if (above.length === 0) continue
    const below = closure(index, [row]).flatMap((each) => found.get(each.pid) ?? [])
    for (const orphan of [...above, ...below]) {
      orphan.endableUnasked = false
      if (orphan.kind !== 'squatter' && !orphan.evidence.endsWith('terminal')) orphan.evidence += '; belongs to a terminal'
    }
  }
}
