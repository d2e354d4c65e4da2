import { beforeAll, describe, expect, test } from 'vitest'
import { createTimetable } from '../../src/adapters/timetable.ts'
import type { Lifecycle } from '../../src/core/state.ts'
import { Scheduler } from '../../src/supervisor/scheduler.ts'
import { liveState, moveTo, START_MS, supervisorKit } from './support/supervisor.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

// The clock of these tests goes on without waiting for a module to load.
beforeAll(async () => {
  await createTimetable(() => START_MS).read('* * * * *')
})

function kit() {
  const made = supervisorKit({ timetable: createTimetable(() => START_MS) })
  return { ...made, scheduler: new Scheduler(made.host) }
}

/** The clock starts at 12:00 UTC; half past is half past in nearly every zone. */
const HALF_PAST = '30 * * * *'

describe('a job', () => {
  test('is started at each of its times', async () => {
    const t = kit()
    const job = t.add({ cron: HALF_PAST })
    t.scheduler.added(job)
    await t.clock.advance(3 * HOUR)
    expect(t.submitted.map(({ kind, atMs }) => [kind, Math.round(atMs / 100)])).toEqual(
      [30, 90, 150].map((minutes) => ['startRequested', minutes * 600]),
    )
    expect(t.submitted[0]!.reason).toBe('its time has come (30 * * * *)')
    expect(job.observed.nextRunAtMs).toBe(START_MS + 3.5 * HOUR)
  })

  test('that has never run waits for its time, and its reason says which', async () => {
    const t = kit()
    const job = t.add({ cron: HALF_PAST }, { state: { status: 'pending', why: 'time', turn: 0 } })
    expect(t.scheduler.reasonOf(job)).toBe('waiting for its time')
    t.scheduler.added(job)
    await t.clock.advance(MINUTE)
    // Once more through the door, so that the reason is saved.
    expect(t.submitted.map(({ kind }) => kind)).toEqual(['admitted'])
    expect(t.scheduler.reasonOf(job)).toBe(
      `next run at 2026-11-22T12:30:00.000Z (its hours are those of ${createTimetable().zone()})`,
    )
    await t.clock.advance(30 * MINUTE)
    expect(t.submitted.map(({ kind }) => kind)).toContain('startRequested')
  })

  test('that still runs has its turn left out', async () => {
    const t = kit()
    const job = t.add({ cron: HALF_PAST }, { state: liveState('running', 1) })
    t.scheduler.added(job)
    await t.clock.advance(2 * HOUR)
    expect(t.submitted).toEqual([])
    expect(t.said.filter((line) => line.includes('is left out, it is running'))).toHaveLength(2)
  })

  test('that still runs goes once more right after, when it queues; however many times have come', async () => {
    const t = kit()
    const job = t.add({ cron: HALF_PAST, cronOverlap: 'queue' }, { state: liveState('running', 1) })
    t.scheduler.added(job)
    await t.clock.advance(2 * HOUR)
    const before = moveTo(job, { state: { status: 'done', exit: null } })
    t.scheduler.stepped(job, before)
    t.scheduler.stepped(job, job.record.tracked)
    expect(t.submitted).toMatchObject([{ kind: 'startRequested', reason: 'its time came while it was running' }])
  })

  test('loses its schedule by a stop, gets it back by a start, and keeps it over a cancel', async () => {
    const t = kit()
    const job = t.add({ cron: HALF_PAST }, { state: liveState('running', 1) })
    t.scheduler.added(job)
    t.scheduler.stepped(job, moveTo(job, { state: liveState('completing', 1) }))
    await t.clock.advance(MINUTE)
    expect(job.observed.nextRunAtMs).not.toBeNull()
    t.scheduler.stepped(job, moveTo(job, { wanted: 'down', state: { status: 'cancelled', exit: null } }))
    expect(job.observed.nextRunAtMs).toBeNull()
    await t.clock.advance(2 * HOUR)
    expect(t.submitted).toEqual([])
    t.scheduler.stepped(job, moveTo(job, { wanted: 'up', state: { status: 'done', exit: null } }))
    await t.clock.advance(HOUR)
    expect(t.submitted).toMatchObject([{ kind: 'startRequested' }])
  })

  test('that is deleted, or loses its expression, is left alone; another expression counts at once', async () => {
    const t = kit()
    const [deleted, without, other] = [
      t.add({ cron: HALF_PAST }),
      t.add({ cron: HALF_PAST }),
      t.add({ cron: HALF_PAST, name: 'other' }),
    ]
    for (const job of [deleted, without, other]) t.scheduler.added(job)
    await t.clock.advance(MINUTE)
    t.scheduler.removed(deleted)
    without.record.definition = { ...without.record.definition, cron: null }
    t.scheduler.redefined(without)
    other.record.definition = { ...other.record.definition, cron: '*/10 * * * *' }
    t.scheduler.redefined(other)
    await t.clock.advance(30 * MINUTE)
    expect(t.submitted.map(({ name }) => name)).toEqual(['other', 'other', 'other'])
  })
})

test('a job that waits for its time and loses its schedule is not left waiting, nor begun', async () => {
  const t = kit()
  const waits = { status: 'pending', why: 'time', queuedAt: 1 } as unknown as Lifecycle['state']
  const job = t.add({ cron: HALF_PAST }, { state: waits })
  t.scheduler.added(job)
  await t.clock.advance(MINUTE)
  job.record.definition = { ...job.record.definition, cron: null }
  t.scheduler.redefined(job)
  await t.clock.advance(HOUR)
  // `admitted` told the reason of its waiting.
  expect(t.submitted.map(({ kind }) => kind)).toEqual(['admitted', 'stopRequested'])
})

test('a service is restarted at its times', async () => {
  const t = kit()
  t.scheduler.added(t.add({ kind: 'service', cron: HALF_PAST }, { state: liveState('running', 1) }))
  await t.clock.advance(HOUR)
  expect(t.submitted).toMatchObject([{ kind: 'restartRequested', reason: 'its time has come (30 * * * *)' }])
})

describe('clocks', () => {
  test('a time that was slept through is left out; the next one comes when it should', async () => {
    const t = kit()
    t.scheduler.added(t.add({ cron: HALF_PAST }))
    await t.clock.advance(20 * MINUTE)
    // To 13:20; the monotonic clock has not moved.
    t.clock.shiftWall(HOUR)
    await t.clock.advance(20 * MINUTE)
    expect(t.submitted.map(({ atMs }) => Math.round(atMs / 100))).toEqual([900 * 60])
  })

  test('a time found late by the timer itself is left out', async () => {
    const t = kit()
    t.scheduler.added(t.add({ cron: HALF_PAST }))
    // Its timer is armed for the last minute; the sleep ends in it, before the clocks are compared.
    await t.clock.advance(29 * MINUTE + 59_000)
    t.clock.shiftWall(10 * MINUTE)
    await t.clock.advance(2000)
    expect(t.submitted).toEqual([])
    expect(t.said.some((line) => line.includes('was missed and is left out'))).toBe(true)
  })

  test('a clock that was set back brings no time twice within what was waited for', async () => {
    const t = kit()
    t.scheduler.added(t.add({ cron: HALF_PAST }))
    await t.clock.advance(20 * MINUTE)
    t.clock.shiftWall(-15 * MINUTE)
    // By the wall it is 12:05 + 10.
    await t.clock.advance(10 * MINUTE + 1000)
    expect(t.submitted).toEqual([])
    await t.clock.advance(16 * MINUTE)
    expect(t.submitted.map(({ atMs }) => Math.round(atMs / 100))).toEqual([300 * 60])
  })

  test('a time that the wall clock shows a little after the timer comes once', async () => {
    const t = kit()
    t.scheduler.added(t.add({ cron: HALF_PAST }))
    await t.clock.advance(29 * MINUTE)
    t.clock.shiftWall(-300)
    await t.clock.advance(30 * MINUTE)
    expect(t.submitted).toHaveLength(1)
  })

  test('every second is every second: none twice, none left out', async () => {
    const t = kit()
    t.scheduler.added(t.add({ cron: '* * * * * *' }))
    await t.clock.advance(60_500)
    expect(t.submitted.map(({ atMs }) => Math.round(atMs / 1000))).toEqual(Array.from({ length: 60 }, (_, n) => n + 1))
  })

  test('a time months away is waited for', async () => {
    const t = kit()
    const job = t.add({ cron: '30 * 1 6 *' })
    t.scheduler.added(job)
    await t.clock.advance(MINUTE)
    expect(new Date(job.observed.nextRunAtMs!).getUTCFullYear()).toBe(2027)
    expect(t.submitted).toEqual([])
  })
})

test('an expression that cannot be read any more is told, and harms nobody else', async () => {
  const t = kit()
  t.scheduler.added(t.add({ name: 'old', cron: 'nonsense' }))
  t.scheduler.added(t.add({ name: 'good', cron: HALF_PAST }))
  await t.clock.advance(HOUR)
  expect(t.submitted.map(({ name }) => name)).toEqual(['good'])
  expect(t.events.since(0)).toMatchObject([{ type: 'processError', process: 'old', code: 'USAGE' }])
})
