import { expect, test } from 'vitest'
import { cutoffsOf, historyStep, leavesList, NOTICE_MS, soonMs } from '../../src/core/retention.ts'
import type { Definition } from '../../src/protocol/definition.ts'
import { ENDED_STATUSES, type EndedStatus } from '../../src/protocol/names.ts'
import { noSettings } from '../../src/protocol/settings.ts'
import { supervisorKit } from '../supervisor/support/supervisor.ts'

const HOUR_MS = 3_600_000
const SINCE_MS = 1_000_000
const HOURS: Record<EndedStatus, number> = { done: 24, cancelled: 24, stopped: 24, failed: 168, timeout: 168, interrupted: 168 }
const { retention } = noSettings()

/** Whether it leaves when so much time was observed since its end, and an hour before. */
function leaves(hours: number, status: string, definition: Partial<Definition> = {}, wanted: 'up' | 'down' = 'up'): boolean {
  const { record } = supervisorKit().add(definition, { state: { status, exit: null }, sinceMs: SINCE_MS, wanted })
  const cutoffs = cutoffsOf([{ wallMs: SINCE_MS - HOUR_MS, ms: (hours + 1) * HOUR_MS }], retention)
  return leavesList(record, cutoffs)
}

test.each(ENDED_STATUSES)('a job that ended %s leaves the list after its time', (status) => {
  for (const kind of ['job', 'external'] as const) {
    expect(leaves(HOURS[status], status, { kind })).toBe(false)
    expect(leaves(HOURS[status] + 0.01, status, { kind })).toBe(true)
  }
  expect(leaves(9999, status, { kind: 'service' })).toBe(false)
})

test('what lives, waits or will run again by itself stays', () => {
  for (const status of ['pending', 'retrying', 'running']) expect(leaves(9999, status)).toBe(false)
  expect(leaves(9999, 'failed', { cron: '0 0 * * *' })).toBe(false)
  expect(leaves(9999, 'failed', { watchFiles: ['*.js'] })).toBe(false)
  expect(leaves(9999, 'cancelled', { watchFiles: ['*.js'] }, 'down')).toBe(true)
  expect(leaves(9999, 'done', { cron: '@daily' }, 'down')).toBe(true)
})

test('what is kept for ever never goes', () => {
  const spans = [{ wallMs: 0, ms: 1e15 }]
  const forEver = { endedMs: null, failedMs: null, historyMs: null, logsMs: null }
  expect(new Set(Object.values(cutoffsOf(spans, forEver)))).toEqual(new Set([Number.NEGATIVE_INFINITY]))
  expect(soonMs(spans, forEver)).toBe(Number.NEGATIVE_INFINITY)
})

test('the first results go a day of observed time after the announcement, and rows without results need none', () => {
  const seen = (ms: number) => [{ wallMs: 0, ms }]
  expect(historyStep(seen(5), null, true)).toBe('announce')
  expect(historyStep(seen(5), null, false)).toBe('remove')
  expect(historyStep(seen(5 + NOTICE_MS - 1), 5, true)).toBe('wait')
  expect(historyStep(seen(5 + NOTICE_MS), 5, true)).toBe('remove')
})
