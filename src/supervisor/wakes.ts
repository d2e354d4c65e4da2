/** The timers of one process: one per key, all ending with it. */
import type { Effect } from '../core/events.ts'
import type { Clock } from '../core/world.ts'
import type { Host } from './host.ts'
import type { Managed } from './registry.ts'

export function armWake(
  clock: Clock,
  managed: Managed,
  { key, afterMs, event }: Extract<Effect, { do: 'wake' }>,
  to: Pick<Host, 'submit'>,
): void {
  managed.wakes.get(key)?.()
  managed.wakes.set(
    key,
    clock.wakeAfter(afterMs, () => to.submit(managed, event)),
  )
}

export function clearWakes(managed: Managed): void {
  for (const cancel of managed.wakes.values()) cancel()
  managed.wakes.clear()
}
