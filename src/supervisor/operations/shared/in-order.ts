/** A restart with everything that depends on it: stopped dependents first, started again dependencies first. */
import { dependentsAmong, inStartOrder } from '../../../core/dependencies.ts'
import type { ActionResult } from '../../../protocol/requests.ts'
import type { Supervisor } from '../../create-supervisor.ts'
import { dependingOf, isOver, type Managed } from '../../registry.ts'
import { inReverseOrder } from '../../stop-order.ts'
import { untilOver } from './outcome.ts'
import { success } from './select.ts'

const dependingAll = (all: Iterable<Managed>) => [...all].map((managed) => ({ managed, ...dependingOf(managed.record) }))

/** Services that are up and depend on these, however indirectly. A job is not done twice because what it needs was restarted. */
export function dependentsOf({ registry }: Supervisor, restarted: readonly Managed[]): Managed[] {
  const dependents = dependentsAmong(dependingAll(registry.all()))
  const direct = new Map([...dependents].map(([{ managed }, those]) => [managed, those.map((each) => each.managed)]))
  const found = new Set<Managed>()
  const visit = (managed: Managed): void => {
    for (const each of direct.get(managed) ?? []) {
      if (found.has(each)) continue
      found.add(each)
      visit(each)
    }
  }
  for (const managed of restarted) visit(managed)
  const isUp = (managed: Managed): boolean => managed.record.definition.kind === 'service' && !isOver(managed)
  return [...found].filter((managed) => isUp(managed) && !restarted.includes(managed))
}

/** Answers, for one of them, a function that restarts it in its turn: `begin` starts it once it is down and what it needs has an outcome. */
export function inOrder(supervisor: Supervisor, all: readonly Managed[]) {
  const turnOf = inReverseOrder(supervisor.waiters, all)
  const ordered = inStartOrder(dependingAll(all))
  const needs = new Map<Managed, Managed[]>(all.map((managed) => [managed, []]))
  for (const [{ managed }, those] of dependentsAmong(ordered)) for (const each of those) needs.get(each.managed)!.push(managed)
  const outcomes = new Map<Managed, PromiseWithResolvers>(all.map((managed) => [managed, withResolvers()]))

  return async (managed: Managed, begin: () => Promise<ActionResult>): Promise<ActionResult> => {
    try {
      await turnOf(managed)
      const before = managed.record.tracked.wanted
      await end(supervisor, managed)
      await Promise.all(needs.get(managed)!.map((each) => outcomes.get(each)!.promise))
      // A stop by a person, or a delete, takes precedence.
      if (managed.removed || managed.record.tracked.wanted !== before) return success(supervisor, managed, 'stopped meanwhile')
      return await begin()
    } finally {
      outcomes.get(managed)!.resolve()
    }
  }
}

/** It stays wanted: a daemon that is killed before it starts it again leaves that to the next one. */
async function end(supervisor: Supervisor, managed: Managed): Promise<void> {
  // A job that is stopped counts as cancelled; its restart is one event.
  if (isOver(managed) || managed.record.definition.kind !== 'service') return
  supervisor.submit(managed, {
    kind: 'stopRequested',
    timeoutMs: null,
    cause: 'restart',
    reason: 'restarting with what depends on it',
  })
  await untilOver(supervisor, managed)
}

interface PromiseWithResolvers {
  promise: Promise<void>
  resolve(): void
}

function withResolvers(): PromiseWithResolvers {
  let resolve = (): void => undefined
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
