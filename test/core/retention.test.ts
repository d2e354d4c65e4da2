import { expect, test } from 'vitest'
import { expiresAtMs } from '../../src/core/retention.ts'
import type { Definition } from '../../src/protocol/definition.ts'
import { ENDED_STATUSES, type EndedStatus } from '../../src/protocol/names.ts'
import { supervisorKit } from '../supervisor/support.ts'

const SINCE_MS = 1_000_000
const HOURS: Record<EndedStatus, number> = { done: 24, cancelled: 24, stopped: 24, failed: 168, timeout: 168, interrupted: 168 }

const expiry = (status: string, definition: Partial<Definition> = {}, wanted: 'up' | 'down' = 'up'): number | null =>
  expiresAtMs(supervisorKit().add(definition, { state: { status, exit: null }, sinceMs: SINCE_MS, wanted }).record)

test.each(ENDED_STATUSES)('a job that ended %s leaves the list at its hour', (status) => {
  for (const kind of ['job', 'external'] as const) expect(expiry(status, { kind })).toBe(SINCE_MS + HOURS[status] * 3_600_000)
  expect(expiry(status, { kind: 'service' })).toBeNull()
})

test('what lives, waits or will run again by itself stays', () => {
  for (const status of ['pending', 'retrying', 'running']) expect(expiry(status)).toBeNull()
  expect(expiry('failed', { cron: '0 0 * * *' })).toBeNull()
  expect(expiry('failed', { watchFiles: ['*.js'] })).toBeNull()
  expect(expiry('cancelled', { watchFiles: ['*.js'] }, 'down')).not.toBeNull()
})
