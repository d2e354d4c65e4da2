/** logs --cursor: a log in parts, each line once. */
import { appendFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { LogPage } from '../../src/protocol/requests.ts'
import { type TestHome, testHome } from '../support/daemon.ts'

let t: TestHome
beforeAll(async () => {
  t = await testHome()
})
afterAll(async () => {
  await t?.close()
})

const logs = (...args: string[]): Promise<LogPage> => t.here.json(['logs', ...args])
const texts = ({ lines }: LogPage): string[] => lines.map(({ text }) => text)

test('each line once, in parts of at most -n lines, by place', async () => {
  const script = 'seq 1 500; echo wrong >&2; exec sleep 1000'
  await t.here.ok(['start', '--name', 'counts', '--', 'sh', '-c', script])
  await t.until(async () => (await logs('counts', '--cursor', '-n', '600')).lines.length === 501, 'it has counted')

  const { stdout, stderr } = await t.ok(['logs', 'counts', '--out', '-n', '2', '--cursor'])
  expect([stdout, stderr]).toEqual(['499\n500\n', 'ptrack: the next part: --cursor 1892:-\n'])

  const seen: string[] = []
  let page = await logs('counts', '--cursor', '0:0', '-n', '120')
  expect(page).toMatchObject({ more: true })
  for (; page.more; page = await logs('counts', '-n', '120', '--cursor', page.cursor)) {
    expect(page.lines).toHaveLength(120)
    seen.push(...texts(page))
  }
  seen.push(...texts(page))
  expect(seen.toSorted()).toEqual([...Array.from({ length: 500 }, (_, n) => String(n + 1)), 'wrong'].toSorted())
  expect(page.cursor).toBe('1892:6')
  expect(await logs('counts', '--cursor', page.cursor)).toMatchObject({ lines: [], more: false, cursor: '1892:6' })

  // Without -n, 200; and an unfinished line comes once, when it is whole.
  expect((await logs('counts', '--cursor', '0:0')).lines).toHaveLength(200)
  appendFileSync(t.logFile('counts'), 'un')
  expect(texts(await logs('counts', '--cursor', page.cursor))).toEqual([])
  appendFileSync(t.logFile('counts'), 'finished\n')
  expect(texts(await logs('counts', '--cursor', page.cursor))).toEqual(['unfinished'])
})

test('--grep goes on with the cursor, of several logs too', async () => {
  await t.here.ok(['start', '--name', 'more', '--', 'sh', '-c', 'seq 100 110; exec sleep 1000'])
  await t.until(async () => (await logs('more', '--cursor', '-n', '50')).lines.length === 11, 'it has counted')
  expect(texts(await logs('counts', '--cursor', '0:0', '-n', '3', '--grep', '^1.$'))).toEqual(['10', '11', '12'])
  const both = await logs('counts', 'more', '--cursor', '--since', '1h', '--grep', '^10[0-9]$')
  expect(texts(both).toSorted()).toEqual([...Array(20).keys()].map((n) => String(100 + (n >> 1))))
  appendFileSync(t.logFile('counts'), '108\n208\n')
  appendFileSync(t.logFile('more'), '109\n209\n')
  expect(texts(await logs('counts', 'more', '--cursor', both.cursor)).toSorted()).toEqual(['108', '109'])
})

test('refusals', async () => {
  const refused = async (...args: string[]) => {
    const { code, stderr } = await t.here.run(['logs', ...args])
    return [code, stderr]
  }
  expect(await refused('counts', '--cursor', 'nonsense')).toEqual([2, expect.stringContaining('the cursor is damaged')])
  expect(await refused('counts', 'more', '--cursor', '1:1')).toEqual([2, expect.stringContaining('counts, more are several')])
  expect(await refused('counts', '-f', '--cursor')).toEqual([2, expect.stringContaining('-f and --cursor exclude each other')])
  expect(await refused('counts', '--since', '1h', '--cursor', '1:1')).toEqual([
    2,
    expect.stringContaining('--since and --cursor exclude each other'),
  ])
  expect(await refused('nobody', '--cursor', '1:1')).toEqual([4, expect.stringContaining("cannot find 'nobody'")])
})
