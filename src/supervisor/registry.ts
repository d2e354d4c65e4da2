/** The only mutable map: every process, with its saved record and its observations. */
import { CheckLogs } from '../core/check-log.ts'
import type { Depending } from '../core/dependencies.ts'
import type { WakeKey } from '../core/events.ts'
import { isQuiet } from '../core/handover.ts'
import { unknownHealth } from '../core/health.ts'
import { policyOf } from '../core/policy.ts'
import type { Identity, LiveRun, Policy } from '../core/state.ts'
import type { Candidate, Known, Meaning } from '../core/targets.ts'
import { liveOf, type Observed } from '../core/to-view.ts'
import type { RunEvidence } from '../core/tree.ts'
import type { ProcessRecord } from '../core/world.ts'
import { isEnded } from '../protocol/names.ts'
import { projectOf, shortName } from '../protocol/project.ts'

export interface Managed {
  record: ProcessRecord
  policy: Policy
  observed: Observed
  /** Descendants seen in the last pass, beside leader and program. */
  known: Identity[]
  wakes: Map<WakeKey, () => void>
  /** Deleted: later events are dropped. */
  removed: boolean
  /** Its record has been on disk: another daemon would know it. */
  saved: boolean
  /** Samples in a row above the memory limit. */
  memoryStrikes: number
  /** Lifecycle commands of runs beside the one in the state, such as the pre-start of a successor. */
  commandsBeside: readonly RunEvidence[]
}

export const emptyObserved = (): Observed => ({
  health: unknownHealth,
  check: null,
  checks: new CheckLogs(),
  failureLines: null,
  failing: null,
  ports: [],
  cpuPercent: null,
  memoryBytes: null,
  diskReadBytes: null,
  diskWriteBytes: null,
  nextRunAtMs: null,
  orphanedPid: null,
})

export class Registry implements Known<Managed> {
  /** Names whose environments are being written, for processes about to be added. */
  readonly coming = new Set<string>()
  private readonly byId = new Map<string, Managed>()
  private readonly idByName = new Map<string, string>()
  private readonly byNumber = new Map<string, Managed>()
  private readonly groups = new Map<string, Set<Managed>>()
  /** By the name inside a project: how many processes are, or are of a set, of this full name. */
  private readonly inside = new Map<string, Map<string, number>>()

  add(record: ProcessRecord): Managed {
    const managed: Managed = {
      record,
      policy: policyOf(record.definition),
      observed: emptyObserved(),
      known: [],
      wakes: new Map(),
      removed: false,
      saved: false,
      memoryStrikes: 0,
      commandsBeside: [],
    }
    this.byId.set(record.id, managed)
    this.idByName.set(record.definition.name, record.id)
    this.byNumber.set(String(record.number), managed)
    const base = record.definition.instance?.of
    if (base !== undefined) this.groups.set(base, (this.groups.get(base) ?? new Set()).add(managed))
    this.count(managed, 1)
    return managed
  }

  remove(managed: Managed): void {
    managed.removed = true
    this.byId.delete(managed.record.id)
    this.idByName.delete(managed.record.definition.name)
    this.byNumber.delete(String(managed.record.number))
    const base = managed.record.definition.instance?.of
    const group = base === undefined ? undefined : this.groups.get(base)
    group?.delete(managed)
    if (base !== undefined && group?.size === 0) this.groups.delete(base)
    this.count(managed, -1)
  }

  private count({ record: { definition } }: Managed, by: 1 | -1): void {
    if (projectOf(definition.name) === null) return
    for (const name of new Set([definition.name, definition.instance?.of ?? definition.name])) {
      const short = shortName(name)
      const names = this.inside.get(short) ?? new Map<string, number>()
      const left = (names.get(name) ?? 0) + by
      if (left > 0) names.set(name, left)
      else names.delete(name)
      if (names.size > 0) this.inside.set(short, names)
      else this.inside.delete(short)
    }
  }

  /** Full names of processes and sets in projects that have this name there. */
  inProjects(short: string): string[] {
    return [...(this.inside.get(short)?.keys() ?? [])]
  }

  /** Only a pid needs a scan of all: it changes with every run. */
  find(meaning: Meaning, word: string): Managed[] {
    switch (meaning) {
      case 'name':
        return [...new Set([this.named(word), ...(this.groups.get(word) ?? [])])].filter((managed) => managed !== undefined)
      case 'id':
        return [this.get(word)].filter((managed) => managed !== undefined)
      case 'number':
        return [this.byNumber.get(word)].filter((managed) => managed !== undefined)
      case 'pid':
        return /^\d+$/.test(word) ? [...this.all()].filter((managed) => pidsOf(managed).includes(Number(word))) : []
    }
  }

  /** Without copying a set. */
  has(meaning: Meaning, word: string): boolean {
    if (meaning === 'name') return this.idByName.has(word) || this.groups.has(word)
    return this.find(meaning, word).length > 0
  }

  candidate(managed: Managed): Candidate {
    const { id, number, definition } = managed.record
    return {
      id,
      name: definition.name,
      number,
      tags: definition.tags,
      session: managed.record.session?.name ?? null,
      instanceOf: definition.instance?.of ?? null,
      pids: pidsOf(managed),
    }
  }

  get(id: string): Managed | undefined {
    return this.byId.get(id)
  }

  named(name: string): Managed | undefined {
    const id = this.idByName.get(name)
    return id === undefined ? undefined : this.byId.get(id)
  }

  get size(): number {
    return this.byId.size
  }

  all(): IterableIterator<Managed> {
    return this.byId.values()
  }
}

export const dependingOf = ({ definition }: ProcessRecord): Depending => ({
  name: definition.name,
  group: definition.instance?.of ?? null,
  after: definition.after.map(({ name }) => name),
})

export const nameOf = (managed: Managed): string => managed.record.definition.name

export const liveRunOf = (managed: Managed): LiveRun | null => liveOf(managed.record.tracked.state)

/** Evidence of the present run in the process table; null when nothing of it can be alive. */
export function evidenceOf(managed: Managed): RunEvidence | null {
  const { state } = managed.record.tracked
  if (!('live' in state)) return null
  // Of a run whose program is not spawned yet there may be its pre-start.
  const live = state.live ?? ('command' in state ? state.command?.live : null) ?? null
  if (live === null) return null
  return { runId: state.run.id, leader: live.leader, program: live.program, known: managed.known }
}

/** Of the runs beside the present one. */
export function besideOf({ record: { handover } }: Pick<Managed, 'record'>): RunEvidence[] {
  if (handover === undefined) return []
  const { successor, predecessors } = handover
  const all = [...predecessors, ...(successor === null ? [] : [successor])]
  return all.flatMap(({ run, live }) =>
    live === null ? [] : [{ runId: run.id, leader: live.leader, program: live.program, known: [] }],
  )
}

export const hasBeside = ({ record: { handover } }: Pick<Managed, 'record'>): boolean =>
  handover !== undefined && !isQuiet(handover)

/** Nothing of it runs, not even beside its present run. */
export const isOver = (managed: Managed): boolean => isEnded(managed.record.tracked.state.status) && !hasBeside(managed)

export function allRunsOf(managed: Managed): RunEvidence[] {
  const present = evidenceOf(managed)
  const beside = [...besideOf(managed), ...managed.commandsBeside]
  return present === null ? beside : [present, ...beside]
}

const pidsOf = (managed: Managed): number[] =>
  allRunsOf(managed).flatMap(({ leader, program }) => [leader.pid, ...(program ? [program.pid] : [])])
