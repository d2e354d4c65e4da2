import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type HealthRecord, noteCheck, unknownHealth } from '../../src/core/health.ts'

type Check = { failure: string | null; certain: boolean }
const passed: Check = { failure: null, certain: false }
const failed: Check = { failure: 'port 80 is closed', certain: false }
const stranger: Check = { failure: 'port 80 is held by pid 7', certain: true }
const after = (checks: readonly Check[], threshold = 3, from = unknownHealth): HealthRecord =>
  checks.reduce((record, check) => noteCheck(record, check.failure, threshold, check.certain), from)

test.each<[string, Check[], HealthRecord['health'], number]>([
  ['nothing yet', [], 'unknown', 0],
  ['one success', [passed], 'healthy', 0],
  ['two failures from the start', [failed, failed], 'unknown', 2],
  ['three failures', [failed, failed, failed], 'unhealthy', 3],
  ['two failures after a success', [passed, failed, failed], 'healthy', 2],
  ['three failures after a success', [passed, failed, failed, failed], 'unhealthy', 3],
  ['failures that are interrupted', [failed, failed, passed, failed, failed], 'healthy', 2],
  ['recovery', [failed, failed, failed, passed], 'healthy', 0],
  ['a stranger on its port', [passed, stranger], 'unhealthy', 1],
])('%s: %j', (_what, checks, health, failures) => {
  expect(after(checks)).toMatchObject({ health, failures })
})

test('the reason is that of the failures which made it unhealthy, and goes with them', () => {
  expect(after([failed, failed]).reason).toBeNull()
  expect(after([failed, failed, failed]).reason).toBe('port 80 is closed')
  expect(after([failed, failed, failed, stranger]).reason).toBe('port 80 is held by pid 7')
  expect(after([failed, failed, failed, passed]).reason).toBeNull()
})

const anyCheck = fc.constantFrom(passed, failed, stranger)

test('it is unhealthy exactly when the last failures in a row reach the threshold, or one was certain', () => {
  fc.assert(
    fc.property(fc.array(anyCheck, { maxLength: 30 }), fc.integer({ min: 1, max: 6 }), (checks, threshold) => {
      const record = after(checks, threshold)
      const row = checks.slice(checks.findLastIndex((check) => check.failure === null) + 1)
      const everPassed = row.length < checks.length
      const sick = row.length >= threshold || row.some((check) => check.certain)
      expect(record.failures).toBe(row.length)
      expect(record.health).toBe(sick ? 'unhealthy' : everPassed ? 'healthy' : 'unknown')
      expect(record.reason === null).toBe(!sick)
    }),
  )
})

test('a success forgets everything before it', () => {
  fc.assert(
    fc.property(fc.array(anyCheck), fc.array(anyCheck), (before, since) => {
      expect(after([...before, passed, ...since])).toEqual(after([passed, ...since]))
    }),
  )
})
