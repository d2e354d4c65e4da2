/** What is told of, and asked of, a program that was started elsewhere; and pauses that wait for a checkpoint. */
import { describe, expect, test } from 'vitest'
import type { Context, Event } from '../../src/core/events.ts'
import { step } from '../../src/core/machine.ts'
import { isPausing, type Lifecycle, newLifecycle } from '../../src/core/state.ts'
import { context, exitEvent, externalPolicy, jobPolicy, running } from './support/tracked.ts'

const began: Event = { kind: 'externalBegan', pid: 7, leaseMs: 60_000 }
const pause: Event = { kind: 'pauseRequested', now: false }
const checkpointed: Event = { kind: 'checkpointed', run: 1 }

/** Each event at the time given with it; effects are collected. */
function live(tracked: Lifecycle, ctx: (atMs: number) => Context, events: readonly (readonly [number, Event])[]) {
  const effects: string[] = []
  let now = tracked
  for (const [atMs, event] of events) {
    const done = step(now, event, ctx(atMs))
    now = done.next
    effects.push(...done.effects.map((effect) => effect.do))
  }
  return { tracked: now, status: now.state.status, reason: now.reason, effects }
}
const outside = (...events: (readonly [number, Event])[]) =>
  live(newLifecycle(0), (atMs) => context(externalPolicy, atMs), [[0, began], ...events])

describe('external', () => {
  test.each<[string, [number, Event][], string, string | null]>([
    ['begins', [], 'running', null],
    ['is asked to pause', [[1, pause]], 'running', 'pausing'],
    [
      'is asked twice',
      [
        [1, pause],
        [2, pause],
      ],
      'running',
      'pausing',
    ],
    [
      'pauses at its checkpoint',
      [
        [1, pause],
        [2, checkpointed],
      ],
      'paused',
      null,
    ],
    ['goes on when nobody asked', [[2, checkpointed]], 'running', null],
    [
      'a pause is taken back',
      [
        [1, pause],
        [2, { kind: 'resumeRequested' }],
      ],
      'running',
      null,
    ],
    [
      'resumes',
      [
        [1, pause],
        [2, checkpointed],
        [3, { kind: 'resumeRequested' }],
      ],
      'running',
      null,
    ],
    ['is cancelled', [[1, { kind: 'cancelRequested' }]], 'completing', 'cancelling'],
    ['is stopped', [[1, { kind: 'stopRequested', timeoutMs: null }]], 'completing', 'cancelling'],
    [
      'is cancelled while paused',
      [
        [1, pause],
        [2, checkpointed],
        [3, { kind: 'cancelRequested' }],
      ],
      'completing',
      'cancelling',
    ],
    [
      'cannot be paused any more',
      [
        [1, { kind: 'cancelRequested' }],
        [2, pause],
      ],
      'completing',
      'cancelling',
    ],
    ['ends done', [[1, { kind: 'externalEnded', run: 1, outcome: 'done', error: null }]], 'done', null],
    ['ends failed', [[1, { kind: 'externalEnded', run: 1, outcome: 'failed', error: 'no data' }]], 'failed', 'no data'],
    ['is lost', [[1, { kind: 'leaseElapsed', run: 1 }]], 'interrupted', 'no sign of life for 60 s'],
    [
      'is lost after cancel',
      [
        [1, { kind: 'cancelRequested' }],
        [2, { kind: 'leaseElapsed', run: 1 }],
      ],
      'cancelled',
      'no sign of life for 60 s',
    ],
    [
      'is lost with the machine',
      [[1, { kind: 'rebooted', reason: 'the machine was rebooted' }]],
      'interrupted',
      'the machine was rebooted',
    ],
    ['an old lease harms nobody', [[1, { kind: 'leaseElapsed', run: 0 }]], 'running', null],
    [
      'start and restart are not ours',
      [
        [1, { kind: 'startRequested' }],
        [2, { kind: 'restartRequested' }],
      ],
      'running',
      null,
    ],
  ])('%s', (_what, events, status, reason) => {
    const end = outside(...events)
    expect([end.status, end.reason]).toEqual([status, reason])
    // Nothing of it is ever spawned, stopped or signalled.
    expect(end.effects.filter((effect) => effect !== 'clearWakes')).toEqual([])
  })

  test('paused time is counted apart', () => {
    const { tracked } = outside([1000, pause], [2000, checkpointed], [5000, { kind: 'resumeRequested' }])
    expect(tracked.state).toMatchObject({ external: { pausedMs: 3000, startedMono: 0, asked: null } })
  })

  test('an ended one begins a new run only by its own word', () => {
    const ended = outside([1, { kind: 'externalEnded', run: 1, outcome: 'failed', error: null }]).tracked
    for (const kind of ['startRequested', 'restartRequested'] as const)
      expect(step(ended, { kind }, context(externalPolicy, 2)).next).toBe(ended)
    const again = step(ended, began, context(externalPolicy, 3)).next
    expect(again).toMatchObject({
      runNumber: 2,
      wanted: 'up',
      error: null,
      state: { status: 'running', external: { asked: null } },
    })
  })
})

describe('a run of ours that asks at checkpoints', () => {
  const graceful = (atMs: number) => context(jobPolicy, atMs, { cooperative: true })
  const inside = (...events: (readonly [number, Event])[]) => live(running(jobPolicy), graceful, events)

  test('goes on until the next one, and no signal is sent', () => {
    const asked = inside([1, pause])
    expect([asked.status, asked.reason, isPausing(asked.tracked.state), asked.effects]).toEqual(['running', 'pausing', true, []])
    const paused = inside([1, pause], [500, checkpointed])
    expect(paused.tracked.state).toMatchObject({ status: 'paused', how: 'checkpoint', sinceMono: 500 })
    const resumed = inside([1, pause], [500, checkpointed], [800, { kind: 'resumeRequested' }])
    expect(resumed.tracked.state).toMatchObject({ status: 'running', pausing: false, live: { pausedMs: 300 } })
    expect(resumed.effects).not.toContain('thaw')
    expect(resumed.effects).not.toContain('freeze')
  })

  test('is stopped at once by `now`, before or after it was asked', () => {
    for (const events of [[], [[1, pause] as const]]) {
      const stopped = inside(...events, [2, { kind: 'pauseRequested', now: true }], [5, { kind: 'resumeRequested' }])
      expect(stopped.effects.filter((effect) => effect === 'freeze' || effect === 'thaw')).toEqual(['freeze', 'thaw'])
    }
  })

  test('may end, fail or be cancelled while it is pausing', () => {
    expect(inside([1, pause], [2, exitEvent(1, { code: 0 })]).status).toBe('done')
    expect(inside([1, pause], [2, { kind: 'cancelRequested' }]).status).toBe('completing')
    expect(inside([1, pause], [2, checkpointed], [3, exitEvent(1, { code: 1 })]).status).toBe('failed')
  })

  test('one that never asked is stopped where it is', () => {
    const stopped = live(running(jobPolicy), (atMs) => context(jobPolicy, atMs), [[1, pause]])
    expect(stopped.tracked.state).toMatchObject({ status: 'paused', how: 'stopped' })
    expect(stopped.effects).toContain('freeze')
  })
})
