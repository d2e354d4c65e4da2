/** What a process waits for before it starts (`--after`), cycles among these, and the order in which to stop. */
import type { Definition } from '../protocol/definition.ts'
import { type Health, isEnded, isLive, type Kind, STATUS_CLAUSES, type Status } from '../protocol/names.ts'
import { restartRules } from './restart.ts'

type After = Definition['after'][number]

export interface Awaited {
  name: string
  kind: Kind
  status: Status
  spawned: boolean
  runs: number
  health: Health
  probed: boolean
  /** It has failed, and its present run has not yet lasted `steadyMs`. */
  shaken: boolean
}

/** Without a probe it counts as healthy while it runs, but not between two crashes. */
export const countsAsHealthy = ({ status, health, probed, shaken }: Awaited): boolean =>
  status === 'running' && (health === 'healthy' || (!probed && health === 'unknown' && !shaken))

/** Why a running process without a probe does not count as healthy. */
export const doubt = ({ status, probed, shaken }: Awaited): string | null =>
  status === 'running' && !probed && shaken
    ? `it has failed and nothing probes it, so it counts once it has run for ${restartRules.steadyMs / 1000} s`
    : null

function isMet(condition: After['condition'], awaited: Awaited): boolean {
  const { kind, status, spawned } = awaited
  switch (condition) {
    case 'started':
      // A stopped service is not available; a job has done its part once it has begun.
      if (kind === 'service') return (isLive(status) && spawned) || status === 'retrying' || status === 'done'
      return isLive(status) ? spawned : awaited.runs > 0
    case 'healthy':
      return countsAsHealthy(awaited)
    case 'done':
      return status === 'done'
    case 'ended':
      return isEnded(status) && !neverStarted(awaited)
  }
}

/** It is defined and was not started: that is no end. */
const neverStarted = ({ status, runs }: Awaited): boolean => status === 'stopped' && runs === 0

const wish = { started: 'to have started', healthy: 'to be healthy', done: 'to be done', ended: 'to end' } as const

function overWords(condition: After['condition'], awaited: Awaited): string {
  const isEnd = condition === 'done' || condition === 'ended'
  return isEnd && neverStarted(awaited) ? 'has not been started' : STATUS_CLAUSES[awaited.status]
}

/** What is still awaited, in words; null when all is met. `lookup`: every process that a name means, instances included. */
export function unmet(after: readonly After[], lookup: (name: string) => readonly Awaited[]): string | null {
  const open: string[] = []
  for (const { name, condition } of after) {
    const all = lookup(name)
    if (all.length === 0) open.push(`${name}, which does not exist any more`)
    for (const awaited of all) {
      if (isMet(condition, awaited)) continue
      const over = isEnded(awaited.status) ? `, which ${overWords(condition, awaited)}` : ''
      const why = condition === 'healthy' ? doubt(awaited) : null
      open.push(`${awaited.name} ${wish[condition]}${over}${why === null ? '' : ` (${why})`}`)
    }
  }
  return open.length === 0 ? null : `waiting for ${open.join('; ')}`
}

export interface Depends extends Awaited {
  after: readonly After[]
  /** A schedule will start it again. */
  comesAgain: boolean
}

export interface Blocker {
  name: string
  status: Status | null
}

/** Ends that only a person can undo. A stopped service is expected to be started again. */
const BAD_ENDS: ReadonlySet<Status> = new Set<Status>(['failed', 'timeout', 'cancelled', 'interrupted'])

/** A dependency that will never be met unless somebody acts, searched through all that is awaited in turn. */
export function blockerOf(
  after: readonly After[],
  lookup: (name: string) => readonly Depends[],
  looked: ReadonlySet<string> = new Set(),
): Blocker | null {
  for (const { name, condition } of after) {
    const all = lookup(name)
    if (all.length === 0) return { name, status: null }
    for (const each of all) {
      if (isMet(condition, each) || looked.has(each.name)) continue
      // What is done will never be healthy.
      const isOver = BAD_ENDS.has(each.status) || (each.status === 'done' && condition === 'healthy')
      if (isOver && !each.comesAgain) return { name: each.name, status: each.status }
      const further = blockerOf(each.after, lookup, new Set([...looked, each.name]))
      if (further !== null) return further
    }
  }
  return null
}

/** The first cycle from a name back to itself, spelled out; null when there is none. */
export function findCycle(
  name: string,
  after: readonly string[],
  /** The processes that a name means: what each of them waits for. */
  look: (name: string) => readonly { name: string; after: readonly string[] }[],
): string[] | null {
  const done = new Set<string>()
  const visit = (at: string, awaits: readonly string[], path: readonly string[]): string[] | null => {
    for (const next of awaits) {
      if (next === name) return [...path, at, name]
      const known = look(next)
      for (const each of known) {
        if (each.name === name) return [...path, at, name]
        if (done.has(each.name)) continue
        done.add(each.name)
        const found = visit(each.name, each.after, [...path, at])
        if (found !== null) return found
      }
    }
    return null
  }
  return visit(name, after, [])
}

export interface Depending {
  name: string
  /** The name it shares with the other instances. */
  group: string | null
  after: readonly string[]
}

/** For each, those among them that depend on it: they are stopped before it. */
export function dependentsAmong<T extends Depending>(all: readonly T[]): Map<T, T[]> {
  const byName = new Map<string, T[]>()
  for (const each of all)
    for (const name of each.group === null ? [each.name] : [each.name, each.group])
      byName.set(name, [...(byName.get(name) ?? []), each])
  const dependents = new Map<T, T[]>()
  for (const each of all)
    for (const name of each.after)
      for (const awaited of byName.get(name) ?? [])
        if (awaited !== each) dependents.set(awaited, [...(dependents.get(awaited) ?? []), each])
  return dependents
}

/** Dependencies come before dependents; otherwise the order is kept. Cycles, which cannot be defined, would be cut somewhere. */
export function inStartOrder<T extends Depending>(all: readonly T[]): T[] {
  if (all.every((each) => each.after.length === 0)) return [...all]
  const dependents = dependentsAmong(all)
  const awaits = new Map<T, T[]>()
  for (const [awaited, those] of dependents) for (const each of those) awaits.set(each, [...(awaits.get(each) ?? []), awaited])
  const placed = new Set<T>()
  const visit = (each: T): void => {
    if (placed.has(each)) return
    placed.add(each)
    for (const awaited of awaits.get(each) ?? []) visit(awaited)
    ordered.push(each)
  }
  const ordered: T[] = []
  for (const each of all) visit(each)
  return ordered
}
