/** The timers of one process: one for each key, and all of them end with it. */
import type { WakeKey } from '../core/events.ts'
import type { Managed } from './registry.ts'

/** `cancel` ends the new timer; the earlier one of this key is ended here. */
export function setWake(managed: Managed, key: WakeKey, cancel: () => void): void {
  managed.wakes.get(key)?.()
  managed.wakes.set(key, cancel)
}

export function clearWakes(managed: Managed): void {
  for (const cancel of managed.wakes.values()) cancel()
  managed.wakes.clear()
}
