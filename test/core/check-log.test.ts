import { expect, test } from 'vitest'
import { CheckLogs } from '../../src/core/check-log.ts'
import { iso } from '../../src/core/iso.ts'
import { limits } from '../../src/protocol/limits.ts'

test('failures in a row are counted, and since when it fails or passes', () => {
  const checks = new CheckLogs()
  expect(checks.view()).toEqual([])
  const add = (atMs: number, ok: boolean) => checks.add('GET /', atMs, ok, ok ? 'answered 200' : 'answered 503', atMs)
  add(1000, true)
  add(2000, true)
  expect(checks.view()[0]).toMatchObject({ failures: 0, since: iso(1000) })
  add(3000, false)
  add(4000, false)
  expect(checks.view()[0]).toMatchObject({ check: 'GET /', failures: 2, since: iso(3000), answer: 'answered 503' })
  add(5000, true)
  expect(checks.view()[0]).toMatchObject({ failures: 0, since: iso(5000) })
})

test('the last results are kept, of each check by itself, without a latency where none was measured', () => {
  const checks = new CheckLogs()
  for (let n = 0; n < limits.checkResults + 5; n++) checks.add('port 80', n, true, 'accepts', n / 3)
  checks.add('port 81', 7, false, 'is closed', null)
  const [first, second] = checks.view()
  expect(first!.results).toHaveLength(limits.checkResults)
  expect(first!.results[0]).toEqual({ at: iso(5), ok: true, latencyMs: 1.7 })
  expect(second!.results).toEqual([{ at: iso(7), ok: false, latencyMs: null }])
  checks.clear()
  expect(checks.view()).toEqual([])
})
