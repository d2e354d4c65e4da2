/** The time to become ready: it ends a run that is still starting, and no other. */
import { expect, test } from 'vitest'
import type { Effect, Event } from '../../src/core/events.ts'
import { step } from '../../src/core/machine.ts'
import { type Lifecycle, newLifecycle } from '../../src/core/state.ts'
import { context, liveAt, servicePolicy } from './support/tracked.ts'

const policy = { ...servicePolicy, readiness: true }

/** Spawned and not ready yet, with the timer that was armed for it. */
function starting(): { tracked: Lifecycle; elapsed: Event } {
  const admitted = step(newLifecycle(0), { kind: 'admitted' }, context(policy)).next
  const { next, effects } = step(admitted, { kind: 'spawned', run: 1, live: liveAt(7, 0) }, context(policy))
  const wake = effects.find((effect): effect is Extract<Effect, { do: 'wake' }> => effect.do === 'wake' && effect.key === 'ready')
  if (wake === undefined) throw new Error('no timer was armed')
  expect(wake.afterMs).toBe(policy.readyTimeoutMs)
  return { tracked: next, elapsed: wake.event }
}

test('a run that is not ready in time is ended as a failure that says so', () => {
  const { tracked, elapsed } = starting()
  const { next } = step(tracked, elapsed, context(policy, policy.readyTimeoutMs))
  expect(next.state.status).toBe('completing')
  expect(next.error).toEqual({ code: 'NOT_READY', message: 'not ready within 30 s' })
})

test('the last answer of its check stands beside it', () => {
  const { tracked, elapsed } = starting()
  const failing = 'GET /health answered 500'
  const { next } = step(tracked, elapsed, { ...context(policy, policy.readyTimeoutMs), failing })
  expect(next.error).toEqual({ code: 'NOT_READY', message: 'not ready within 30 s: GET /health answered 500' })
  expect(next.reason).toBe('not ready within 30 s: GET /health answered 500')
})

test.each(['running', 'paused', 'completing', 'stopped'] as const)(
  'the same timer means nothing to a run that is %s',
  (status) => {
    const { tracked, elapsed } = starting()
    const wishes: Record<typeof status, Event[]> = {
      running: [],
      paused: [{ kind: 'pauseRequested', now: true }],
      completing: [{ kind: 'stopRequested', timeoutMs: null }],
      stopped: [
        { kind: 'stopRequested', timeoutMs: null },
        { kind: 'gone', run: 1 },
      ],
    }
    let now = step(tracked, { kind: 'ready', run: 1 }, context(policy, 100)).next
    for (const wish of wishes[status]) now = step(now, wish, context(policy, 200)).next
    expect(now.state.status).toBe(status)
    expect(step(now, elapsed, context(policy, policy.readyTimeoutMs))).toEqual({ next: now, effects: [] })
  },
)
