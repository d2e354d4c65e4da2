/** What needs somebody: how it failed, with its last lines, how often in the same way, and who has seen it. Results by two fields. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Client } from '../../src/client/client.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { clientOf, define, viewOf } from '../support/jobs.ts'

let t: TestHome
let client: Client
beforeAll(async () => {
  t = await testHome()
  client = await clientOf(t)
})
afterAll(async () => {
  client?.close()
  await t?.close()
})

const FAILS = [
  'sh',
  '-c',
  'for n in 1 2 3 4 5; do echo "line $n token=ghp_0123456789012345678901234567890123456789" >&2; done; exit 3',
]

test('a failed run is in the list with the last lines of its stderr, once somebody watches, and how many were alike', async () => {
  await t.here.run(['run', '--name', 'job', '--', ...FAILS])
  await t.here.run(['run', '--name', 'good', '--', 'true'])
  expect((await viewOf(client, 'job')).failure).toMatchObject({ run: 1, reason: 'exit code 3', lines: [], same: 1 })
  expect((await viewOf(client, 'good')).failure).toBe(null)
  const { subscription } = await client.request('subscribe', { views: true })
  const lines = await t.until(async () => {
    const { failure } = await viewOf(client, 'job')
    return failure!.lines.length > 0 && failure!.lines
  }, 'its lines were read')
  expect(lines.map((line) => line.slice(0, 6))).toEqual(['line 2', 'line 3', 'line 4', 'line 5'])
  expect(lines.join()).not.toContain('0123456789')
  await client.request('start', { targets: ['job'] })
  await t.until(async () => {
    const { failure } = await viewOf(client, 'job')
    return failure?.run === 2 && failure.same === 2 && failure.lines.length === 4
  }, 'the second run failed in the same way')
  await client.request('unsubscribe', { subscription })
})

test('a mark is kept by the daemon, says whose it is, and ends with the run or the crash loop that was seen', async () => {
  await client.request('attention.seen', { targets: ['job'] })
  const { seen } = await viewOf(client, 'job')
  expect(seen).toEqual({ at: expect.any(String), by: client.hello.user })
  await client.request('attention.seen', { targets: ['job'], seen: false })
  expect((await viewOf(client, 'job')).seen).toBe(null)
  await client.request('attention.seen', { targets: ['job'] })
  client.close()
  await t.here.ok(['daemon', 'restart'])
  client = await clientOf(t)
  expect((await viewOf(client, 'job')).seen).not.toBe(null)
  await client.request('start', { targets: ['job'] })
  expect((await viewOf(client, 'job')).seen).toBe(null)

  await define(t, client, { name: 'loops', kind: 'service', command: [program('exits-with.sh'), '1'], restartDelayMs: 100 })
  await t.until(async () => (await viewOf(client, 'loops')).crashLoop, 'a crash loop')
  await client.request('attention.seen', { targets: ['loops'] })
  const { run } = await viewOf(client, 'loops')
  await t.until(async () => (await viewOf(client, 'loops')).run > run, 'another run')
  expect((await viewOf(client, 'loops')).seen).not.toBe(null)
  await client.request('reset', { targets: ['loops'] })
  await t.until(async () => (await viewOf(client, 'loops')).seen === null, 'the mark ended with the loop')
  await client.request('stop', { targets: ['loops'] })
})

test('results are grouped by two fields in the daemon, of the process that is gone too', async () => {
  const rows = ['a', 'b'].flatMap((model) =>
    [1, 2].map((prompt) => ({ model, prompt, score: prompt * 10 + (model === 'b' ? 1 : 0) })),
  )
  const lines = [...rows, ...rows].map((result) => `echo '::ptrack ${JSON.stringify({ result })}'`).join(';')
  await t.here.ok(['run', '--name', 'evaluated', '--', 'sh', '-c', lines])
  const ask = () => client.request('results.groups', { target: 'evaluated', measure: 'score', by: 'model', and: 'prompt' })
  const { groups, rows: all } = await ask()
  expect(all).toBe(8)
  expect(groups[0]).toEqual({ keys: ['a', '1'], count: 2, mean: 10, min: 10, max: 10 })
  expect(groups.map(({ keys, mean }) => `${keys.join()} ${mean}`)).toEqual(['a,1 10', 'a,2 20', 'b,1 11', 'b,2 21'])
  await t.here.ok(['delete', 'evaluated'])
  expect((await ask()).groups).toEqual(groups)
})
