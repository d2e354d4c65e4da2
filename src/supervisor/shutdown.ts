/** Ends every process, dependents first, else newest first: for `daemon stop --kill-children` and the machine's shutdown. */
import type { ProcessRecord } from '../core/world.ts'
import { isEnded, isLive } from '../protocol/names.ts'
import type { Supervisor } from './create-supervisor.ts'
import { inReverseOrder } from './stop-order.ts'

/** Waiting jobs have nothing to end, and wait on under the next daemon; external ones are not ours. */
function isOurs({ definition, tracked }: ProcessRecord): boolean {
  const { status } = tracked.state
  if (definition.kind === 'external' || isEnded(status) || status === 'pending') return false
  return definition.kind === 'service' || isLive(status)
}

/** Beyond each process's own stop timeout. */
const MARGIN_MS = 5000

/** Keeps the wish to be up: after a reboot wanted services start again, unless they were halted on purpose. */
export async function stopAll(supervisor: Supervisor, cause: 'shutdown' | 'halt'): Promise<void> {
  const { registry, waiters, admission } = supervisor
  // A slot that becomes free now is for the next daemon.
  admission.close()
  const active = [...registry.all()]
    .filter(({ record }) => isOurs(record))
    .sort((a, b) => (b.record.startedAtMs ?? 0) - (a.record.startedAtMs ?? 0))
  const turnOf = inReverseOrder(waiters, active)
  await Promise.all(
    active.map(async (managed) => {
      await turnOf(managed)
      const limitMs = managed.record.definition.stopTimeoutMs + MARGIN_MS
      supervisor.submit(managed, { kind: 'stopRequested', timeoutMs: null, cause })
      return waiters.until(managed, (each) => !isLive(each.record.tracked.state.status), limitMs)
    }),
  )
}
