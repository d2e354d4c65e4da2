import { describe, expect, test } from 'vitest'
import { step } from '../../src/core/machine.ts'
import { clocksAgree, scheduleHolds, turnOf } from '../../src/core/schedule.ts'
import { type Lifecycle, newLifecycle, type State } from '../../src/core/state.ts'
import { STATUSES } from '../../src/protocol/names.ts'
import { context, jobPolicy, running } from './support/tracked.ts'

const stateOf = (status: string, why = 'queue'): Pick<Lifecycle, 'state'> => ({ state: { status, why } as unknown as State })

describe('a time has come', () => {
  const job = { kind: 'job', cronOverlap: 'skip' } as const
  test.each(STATUSES.map((status) => [status] as const))('for a job that is %s', (status) => {
    const free = ['done', 'failed', 'cancelled', 'timeout', 'stopped', 'interrupted'].includes(status)
    expect(turnOf(job, stateOf(status))).toBe(free ? 'start' : 'skip')
    const queues = !free && status !== 'pending'
    expect(turnOf({ ...job, cronOverlap: 'queue' }, stateOf(status))).toBe(free ? 'start' : queues ? 'queue' : 'skip')
  })

  test('for a job that has only been waiting for it', () => {
    expect(turnOf(job, stateOf('pending', 'time'))).toBe('start')
    expect(turnOf(job, stateOf('pending', 'dependency'))).toBe('skip')
  })

  test.each([
    ['running', 'restart'],
    ['starting', 'restart'],
    ['retrying', 'restart'],
    ['paused', 'skip'],
    ['completing', 'skip'],
    ['failed', 'start'],
  ] as const)('for a service that is %s: %s', (status, turn) => {
    expect(turnOf({ kind: 'service', cronOverlap: 'queue' }, stateOf(status))).toBe(turn)
  })
})

test.each([
  ['job', '@daily', 'up', true],
  ['service', '@daily', 'up', true],
  ['job', '@daily', 'down', false],
  ['job', null, 'up', false],
  ['external', '@daily', 'up', false],
] as const)('a %s with %s that is wanted %s has a schedule: %s', (kind, cron, wanted, expected) => {
  expect(scheduleHolds({ kind, cron }, { wanted })).toBe(expected)
})

test.each([
  [0, true],
  [400, true],
  [-400, true],
  [3_600_000, false],
  [-3_600_000, false],
])('a wall clock that is %d ms off is in step: %s', (offMs, expected) => {
  expect(clocksAgree({ monoMs: 10, wallMs: 1000 }, { monoMs: 60_010, wallMs: 61_000 + offMs })).toBe(expected)
})

test('a job with a schedule keeps it over a cancel of its run, and loses it by a stop, or where none has begun', () => {
  const scheduled = { ...jobPolicy, scheduled: true }
  const given = context(scheduled)
  const cancel = { kind: 'cancelRequested' } as const
  const live = running(scheduled)
  const intended = step(newLifecycle(0), { kind: 'admitted' }, given).next
  const ending = step(live, cancel, given).next
  const wantedAfter = [
    ending,
    step(ending, cancel, given).next,
    step(intended, cancel, given).next,
    step(live, { kind: 'stopRequested', timeoutMs: null }, given).next,
    step(newLifecycle(0), cancel, given).next,
    step(running(jobPolicy), cancel, context(jobPolicy)).next,
  ].map(({ wanted }) => wanted)
  expect(wantedAfter).toEqual(['up', 'up', 'up', 'down', 'down', 'down'])
})
