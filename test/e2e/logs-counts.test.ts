/** Lines by level and time, a time to end at, and pages backwards, as a page asks for them. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Client } from '../../src/client/client.ts'
import type { LogCountsBucket } from '../../src/protocol/log-requests.ts'
import { type TestHome, testHome } from '../support/daemon.ts'
import { clientOf } from '../support/jobs.ts'

let t: TestHome
let client: Client
beforeAll(async () => {
  t = await testHome()
  client = await clientOf(t)
  const lines = ['INFO ready', '{"level":50,"msg":"x"}', 'WARN slow', 'something', '[debug] y']
  await t.here.ok(['run', '--name', 'job', '--', 'sh', '-c', lines.map((line) => `echo '${line}'`).join(';')])
  await t.here.ok(['run', '--name', 'other', '--', 'sh', '-c', 'echo error: broke >&2'])
})
afterAll(async () => {
  client?.close()
  await t?.close()
})

const sums = (buckets: readonly LogCountsBucket[]) =>
  (['error', 'warn', 'info', 'debug', 'other'] as const).map((level) => buckets.reduce((sum, bucket) => sum + bucket[level], 0))

test('lines of several logs are counted by level and minute', async () => {
  const { buckets, whole, bucketMs, since } = await client.request('logs.counts', { targets: ['job', 'other'] })
  expect([buckets.length, whole, bucketMs]).toEqual([60, true, 60_000])
  expect(buckets[0]!.at).toBe(since)
  expect(sums(buckets)).toEqual([2, 1, 1, 1, 1])
  const count = async (more: object) => sums((await client.request('logs.counts', { targets: ['all'], ...more })).buckets)
  expect(await count({ stream: 'err' })).toEqual([1, 0, 0, 0, 0])
  expect(await count({ grep: 'slow|some' })).toEqual([0, 1, 0, 0, 1])
  expect(await count({ untilMs: Date.now() - 3_600_000 })).toEqual([0, 0, 0, 0, 0])
  await expect(count({ sinceMs: 0 })).rejects.toMatchObject({ code: 'BAD_REQUEST' })
})

test('`--until` ends before a time, and pages go backwards', async () => {
  expect((await t.here.ok(['logs', 'job', '--since', '1h', '--until', '30m'])).stdout).toBe('')
  expect((await t.here.ok(['logs', 'job', '--since', '1h', '--until', '2100-01-01'])).stdout.split('\n')).toHaveLength(6)
  const last = await client.request('logs.read', { targets: ['job'], tail: 2 })
  expect(last.lines.map(({ text }) => text)).toEqual(['something', '[debug] y'])
  const before = await client.request('logs.read', { targets: ['job'], tail: 10, before: last.before! })
  expect(before.lines.map(({ text }) => text)).toEqual(['INFO ready', '{"level":50,"msg":"x"}', 'WARN slow'])
  expect(before.before).toBe(null)
})
