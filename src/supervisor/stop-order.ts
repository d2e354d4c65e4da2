/** Stops several processes against the direction of `--after`: dependents before their dependencies. */
import { dependentsAmong } from '../core/dependencies.ts'
import type { Definition } from '../protocol/definition.ts'
import { dependingOf, isOver, type Managed } from './registry.ts'
import type { Waiters } from './waiters.ts'

/** Beyond the stop timeout of the dependency. */
const MARGIN_MS = 5000

/** How long a stop may take until SIGKILL: with shared sockets it is drained first, for as long as it has then; and its commands take their time. */
export function stopLimitMs(definition: StopFields, timeoutMs = definition.stopTimeoutMs, commandMs?: number): number {
  const { sockets, preStop, postStop, lifecycleTimeoutMs } = definition
  const commands = (preStop === null ? 0 : 1) + (postStop === null ? 0 : 1)
  return (sockets.length > 0 ? 2 * timeoutMs : timeoutMs) + commands * (commandMs ?? lifecycleTimeoutMs)
}

type StopFields = Pick<Definition, 'sockets' | 'stopTimeoutMs' | 'preStop' | 'postStop' | 'lifecycleTimeoutMs'>

/** Into how many parts its share of a total is cut: until SIGKILL, a drain as long, and each of its commands. */
export const stopParts = ({ sockets, preStop, postStop }: StopFields): number =>
  1 + (sockets.length > 0 ? 1 : 0) + (preStop === null ? 0 : 1) + (postStop === null ? 0 : 1)

/** For stopping several: answers, for one of them, a promise that resolves when its dependents have ended. */
export function inReverseOrder(waiters: Waiters, all: readonly Managed[]): (managed: Managed) => Promise<void> {
  const depending = all.map((managed) => ({ managed, ...dependingOf(managed.record) }))
  if (depending.every(({ after }) => after.length === 0)) return () => Promise.resolve()
  const dependents = new Map([...dependentsAmong(depending)].map(([each, those]) => [each.managed, those]))
  const over = (managed: Managed) => managed.removed || isOver(managed)
  const turns = new Map<Managed, Promise<void>>()
  const turnOf = (managed: Managed): Promise<void> => {
    const turn =
      turns.get(managed) ?? Promise.all((dependents.get(managed) ?? []).map(({ managed }) => ended(managed))).then(() => {})
    turns.set(managed, turn)
    return turn
  }
  const ended = async (managed: Managed): Promise<void> => {
    await turnOf(managed)
    await waiters.until(managed, over, stopLimitMs(managed.record.definition) + MARGIN_MS)
  }
  return turnOf
}
