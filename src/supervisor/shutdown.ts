/** Ends every process, dependents first, else newest first: for `daemon stop --kill-children` and the machine's shutdown. */
import { stopDepths, stopShareMs } from '../core/stop-budget.ts'
import type { ProcessRecord } from '../core/world.ts'
import { isEnded, isLive } from '../protocol/names.ts'
import type { Supervisor } from './create-supervisor.ts'
import { dependingOf, hasBeside, nameOf } from './registry.ts'
import { inReverseOrder, stopLimitMs, stopParts } from './stop-order.ts'

/** Waiting jobs have nothing to end, and wait on under the next daemon; external ones are not ours. */
function isOurs({ definition, tracked }: ProcessRecord): boolean {
  const { status } = tracked.state
  if (definition.kind === 'external' || isEnded(status) || status === 'pending') return false
  return definition.kind === 'service' || isLive(status)
}

/** Beyond each process's own stop timeout. */
const MARGIN_MS = 5000
/** The part of a total that is left for SIGKILL and the last writes. */
const RESERVE = 0.1

/**
 * Keeps the wish to be up: after a reboot wanted services start again, unless they were halted on purpose. `graceMs` is a total,
 * into which the stop timeouts are cut; 0 kills all at once, in no order. A second call may be quicker than the first.
 * Answers with the names of those that had to be killed.
 */
export async function stopAll(
  supervisor: Supervisor,
  cause: 'shutdown' | 'halt',
  graceMs: number | null = null,
): Promise<string[]> {
  const { registry, waiters, admission, world } = supervisor
  // A slot that becomes free now is for the next daemon.
  admission.close()
  const active = [...registry.all()]
    .filter((managed) => isOurs(managed.record) || hasBeside(managed))
    .sort((a, b) => (b.record.startedAtMs ?? 0) - (a.record.startedAtMs ?? 0))
    .map((managed) => ({ managed, ...dependingOf(managed.record) }))
  const inOrder = inReverseOrder(
    waiters,
    active.map(({ managed }) => managed),
  )
  const turnOf = graceMs === 0 ? () => Promise.resolve() : inOrder
  const depths = stopDepths(active)
  const deadline = graceMs === null ? null : world.clock.mono() + graceMs * (1 - RESERVE)
  await Promise.all(
    active.map(async (each) => {
      const { managed } = each
      await turnOf(managed)
      const { definition } = managed.record
      const leftMs = deadline === null ? 0 : (deadline - world.clock.mono()) / stopParts(definition)
      const share = (ms: number): number | null => (deadline === null ? null : stopShareMs(ms, leftMs, depths.get(each) ?? 1))
      const timeoutMs = share(definition.stopTimeoutMs)
      const commandMs = share(definition.lifecycleTimeoutMs)
      supervisor.submit(managed, { kind: 'stopRequested', timeoutMs, cause, commandMs })
      const limitMs = stopLimitMs(definition, timeoutMs ?? undefined, commandMs ?? undefined) + MARGIN_MS
      return waiters.until(managed, (it) => !isLive(it.record.tracked.state.status) && !hasBeside(it), limitMs)
    }),
  )
  return graceMs === 0 ? [] : active.filter(({ managed }) => wasKilled(managed.record)).map(({ managed }) => nameOf(managed))
}

/** Its stop signal did not end it. */
function wasKilled({ runs, tracked, definition }: ProcessRecord): boolean {
  const last = runs.find(({ ref }) => ref.number === tracked.runNumber)
  return definition.stopSignal !== 'SIGKILL' && last?.exit?.kind === 'signal' && last.exit.signal === 'SIGKILL'
}
