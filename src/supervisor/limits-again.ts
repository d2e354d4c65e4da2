/** Changed time limits apply to the present run too, counted from its beginning. */
import { rearm } from '../core/cells/returning.ts'
import type { Effect, WakeKey } from '../core/events.ts'
import type { Definition } from '../protocol/definition.ts'
import type { Managed } from './registry.ts'

const LIMITS: ReadonlySet<WakeKey> = new Set(['timeout', 'ready'])

/** Disarms the timers of `earlier`; the caller performs the effects that arm the new ones. */
export function limitsAgain(managed: Managed, earlier: Definition, nowMono: number): Effect[] {
  const { definition, tracked } = managed.record
  const { status } = tracked.state
  if (definition.timeoutMs === earlier.timeoutMs && definition.readyTimeoutMs === earlier.readyTimeoutMs) return []
  if (status !== 'starting' && status !== 'running') return []
  for (const key of LIMITS) {
    managed.wakes.get(key)?.()
    managed.wakes.delete(key)
  }
  const effects = rearm(tracked, { policy: managed.policy, monoMs: nowMono })
  return effects.filter((effect) => effect.do === 'wake' && LIMITS.has(effect.key))
}
