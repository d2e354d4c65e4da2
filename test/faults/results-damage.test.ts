/** A results file that is cut or filled with rubbish: it is said clearly, good rows stay, and new ones go on behind them. */
import { appendFileSync, readFileSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Client } from '../../src/client/client.ts'
import { type TestHome, testHome } from '../support/daemon.ts'
import { clientOf, viewOf } from '../support/jobs.ts'

let t: TestHome
let client: Client
let who: { id: string; runId: string }
let file: string
beforeEach(async () => {
  t = await testHome()
  client = await clientOf(t)
  const { id, runId } = await client.request('track.start', { definition: { name: 'work' }, leaseMs: 600_000 })
  who = { id, runId }
  file = join(t.home, 'results', `${id}.jsonl`)
  for (let n = 1; n <= 20; n++) await tell(n)
})
afterEach(async () => {
  client.close()
  await t.close()
})

const tell = (n: number) => client.request('result', { who, row: { n }, key: `k${n}` })
const rows = async () => {
  const page = await client.request('results', { target: 'work' })
  return { seen: page.rows.map(({ index, row }) => [index, (row as { n: number }).n]), notices: page.notices }
}
const pairs = (...numbers: number[]) => numbers.map((n) => [n, n])
const upTo = (last: number) => Array.from({ length: last }, (_, n) => n + 1)
/** Cut within the 13th row, and rubbish behind it. */
function damage(): void {
  const lines = readFileSync(file, 'utf8').split('\n')
  truncateSync(file, Buffer.byteLength(lines.slice(0, 12).join('\n')) + 20)
  appendFileSync(file, Buffer.from([0, 0, 0xff, 0xfe, 0x0a]))
  appendFileSync(file, `{"index":"x"}\n${'z'.repeat(1_000_000)}\nhalf a line`)
}

test('while the daemon is down', async () => {
  client.close()
  await t.killDaemon()
  damage()
  client = await clientOf(t)
  expect(await rows()).toEqual({
    seen: pairs(...upTo(12)),
    notices: [
      expect.stringMatching(/last row was not written to its end/),
      expect.stringMatching(/3 lines are no readable results/),
    ],
  })
  // What a person reads: the rows on stdout, the notice on stderr.
  const { code, stdout, stderr } = await t.run(['results', 'work', '--format', 'json'])
  expect([code, stdout.trim().split('\n').length]).toEqual([0, 12])
  expect(stderr).toContain('3 lines are no readable results')
  await client.request('track.start', { definition: { name: 'work' }, resume: who })
  // A row that is lost may be told again; one that is there is not stored twice.
  expect(await tell(20)).toEqual({ index: 13 })
  expect(await tell(12)).toEqual({ index: 12 })
  expect((await rows()).seen).toEqual([...pairs(...upTo(12)), [13, 20]])
})

test('under a running daemon: indices go on, so that no watcher meets one twice', async () => {
  damage()
  expect(await rows()).toMatchObject({
    seen: pairs(...upTo(12)),
    notices: [expect.any(String), expect.stringMatching(/3 lines are no readable/)],
  })
  expect(await tell(21)).toEqual({ index: 21 })
  expect((await rows()).seen).toEqual([...pairs(...upTo(12)), [21, 21]])
  expect(await viewOf(client, 'work')).toMatchObject({ status: 'running', results: 21 })
  // Written over with something else of the same length, as an editor may.
  writeFileSync(file, 'x'.repeat(readFileSync(file).length))
  expect(await tell(22)).toEqual({ index: 22 })
  expect((await rows()).seen).toEqual([[22, 22]])
  unlinkSync(file)
  expect(await tell(23)).toEqual({ index: 23 })
  expect((await rows()).seen).toEqual([[23, 23]])
  client.close()
  await t.killDaemon()
  client = await clientOf(t)
  expect((await rows()).seen).toEqual([[23, 23]])
})
