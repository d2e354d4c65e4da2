/** Stops several processes against the direction of `--after`: dependents before their dependencies. */
import { dependentsAmong } from '../core/dependencies.ts'
import { isEnded } from '../protocol/names.ts'
import { dependingOf, type Managed } from './registry.ts'
import type { Waiters } from './waiters.ts'

/** Beyond the stop timeout of the dependency. */
const MARGIN_MS = 5000

/** For stopping several: answers, for one of them, a promise that resolves when its dependents have ended. */
export function inReverseOrder(waiters: Waiters, all: readonly Managed[]): (managed: Managed) => Promise<void> {
  const depending = all.map((managed) => ({ managed, ...dependingOf(managed.record) }))
  if (depending.every(({ after }) => after.length === 0)) return () => Promise.resolve()
  const dependents = new Map([...dependentsAmong(depending)].map(([each, those]) => [each.managed, those]))
  const over = (managed: Managed) => managed.removed || isEnded(managed.record.tracked.state.status)
  const turns = new Map<Managed, Promise<void>>()
  const turnOf = (managed: Managed): Promise<void> => {
    const turn =
      turns.get(managed) ?? Promise.all((dependents.get(managed) ?? []).map(({ managed }) => ended(managed))).then(() => {})
    turns.set(managed, turn)
    return turn
  }
  const ended = async (managed: Managed): Promise<void> => {
    await turnOf(managed)
    await waiters.until(managed, over, managed.record.definition.stopTimeoutMs + MARGIN_MS)
  }
  return turnOf
}
