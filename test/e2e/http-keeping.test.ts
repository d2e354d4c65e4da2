/** REST: what is kept how long, what is removed when somebody asks, and results of processes that are gone. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ResultPage } from '../../src/protocol/history.ts'
import type { GarbageReport } from '../../src/protocol/job-requests.ts'
import { type TestHome, testHome } from '../support/daemon.ts'

let t: TestHome
let base: string
const tokens: Record<string, string> = {}
beforeAll(async () => {
  t = await testHome({ env: { PTRACK_HTTP: '0' } })
  await t.here.ok(['daemon', 'start'])
  const { http } = t.daemon()!.file as { http: { port: number } }
  base = `http://127.0.0.1:${http.port}/api/`
  for (const role of ['admin', 'operator', 'viewer'])
    tokens[role] = (await t.here.json<{ token: string }>(['token', 'create', role, '--role', role, '--owner', 'ann'])).token
})
afterAll(() => t.close())

interface Problem {
  code: string
  detail: string
}

async function call<T>(method: string, path: string, body?: unknown, role = 'admin'): Promise<[status: number, body: T]> {
  const json: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' }
  const response = await fetch(base + path, {
    method,
    headers: { authorization: `Bearer ${tokens[role]}`, ...json },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return [response.status, (await response.json()) as T]
}

const DAY = 86_400_000

test('retention: read by everybody, changed by an admin, only what is named, within bounds', async () => {
  const kept = { endedMs: DAY, failedMs: 7 * DAY, historyMs: 400 * DAY, logsMs: 90 * DAY }
  expect(await call('GET', 'retention', undefined, 'viewer')).toEqual([200, kept])
  const changed = { ...kept, historyMs: null, logsMs: 30 * DAY }
  expect(await call('PATCH', 'retention', { historyMs: null, logsMs: 30 * DAY })).toEqual([200, changed])
  expect(await call('PATCH', 'retention', {})).toEqual([200, changed])
  for (const wrong of [{ logsMs: 59_999 }, { logsMs: '30d' }, { logs: DAY }])
    expect([wrong, ...(await call<Problem>('PATCH', 'retention', wrong))]).toMatchObject([wrong, 400, { code: 'BAD_REQUEST' }])
  for (const role of ['operator', 'viewer'])
    expect(await call<Problem>('PATCH', 'retention', { logsMs: DAY }, role)).toMatchObject([403, { code: 'DENIED' }])
  expect(await call('GET', 'retention')).toEqual([200, changed])
  expect((await t.ok(['retention'])).stdout).toMatch(/history +for ever/)
})

test('results of a process that was deleted, by name and id, until they are removed', async () => {
  const row = (n: string): string => `echo "::ptrack {\\"result\\":{\\"n\\":${n}}}"`
  const script = `${row('${PTRACK_RUN%%-*}')}; test \${PTRACK_RUN%%-*} = 2`
  await t.here.ok(['run', '--name', 'sums', '--retries', '1', '--retry-initial', '10ms', '--', 'sh', '-c', script])
  const { id } = (await t.ls('sums'))!
  expect((await call('DELETE', 'processes/sums'))[0]).toBe(200)
  const expected = { id, name: 'sums', total: 2, ended: true, more: false, notices: [] }
  for (const who of ['sums', id]) {
    expect(await call<ResultPage>('GET', `processes/${who}/results`)).toMatchObject([
      200,
      {
        ...expected,
        rows: [
          { index: 1, run: 1, attempt: 1, row: { n: 1 } },
          { index: 2, run: 2, attempt: 2, row: { n: 2 } },
        ],
      },
    ])
    const [, last] = await call<ResultPage>('GET', `processes/${who}/results?attempts=last`)
    expect(last).toMatchObject({ ...expected, rows: [{ index: 2, attempt: 2 }] })
    expect(last.rows).toHaveLength(1)
  }
  expect((await call('GET', 'processes/sums/results?attempts=first'))[0]).toBe(400)
  expect(await call<Problem>('GET', 'processes/sums/results?attempts=last&waitMs=100')).toMatchObject([
    400,
    { detail: expect.stringContaining('a later one may begin') },
  ])
  expect(await call<Problem>('GET', 'processes/never/results')).toMatchObject([404, { code: 'NOT_FOUND' }])

  // What gc would remove, then what it does; only an admin may.
  expect((await call<Problem>('POST', 'gc', {}, 'operator'))[0]).toBe(403)
  const [, would] = await call<GarbageReport>('POST', 'gc', { dryRun: true, only: ['results'] })
  expect(would).toMatchObject({ dryRun: true, count: 1, items: [{ kind: 'results', name: 'sums', id, files: 1 }], notices: [] })
  expect((await call<ResultPage>('GET', 'processes/sums/results'))[1].rows).toHaveLength(2)
  expect(await call('POST', 'gc', { only: ['results'] })).toEqual([200, { ...would, dryRun: false }])
  expect(await call('GET', 'processes/sums/results')).toMatchObject([
    200,
    {
      id,
      rows: [],
      total: 0,
      ended: true,
      notices: [
        'sums: its results are gone (removed by `ptrack delete --purge`, `ptrack gc` or by hand); `ptrack history sums` still has its runs',
      ],
    },
  ])
  const [status, rest] = await call<GarbageReport>('POST', 'gc')
  expect([status, rest.items.map(({ kind, name, id: of }) => [kind, name, of])]).toEqual([200, [['logs', 'sums', null]]])
  expect((await call('POST', 'gc', { only: ['history'] }))[0]).toBe(400)
})
