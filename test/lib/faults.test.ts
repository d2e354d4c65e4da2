/** The library while its daemon is restarted, cut off, older, of another protocol, or not to be used at all. */
import { existsSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { connect, type Ptrack, type ResultRow, track } from '../../src/lib/index.ts'
import { PtrackError } from '../../src/protocol/errors.ts'
import { type TestHome, testHome } from '../support/daemon.ts'
import { until } from '../support/until.ts'
import { fakeTracking } from './support/fake-tracking.ts'
import { runScript } from './support/script.ts'

let t: TestHome
beforeEach(async () => {
  t = await testHome()
})
afterEach(async () => {
  await t.close()
})

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n)
async function rowsOf(ptrack: Ptrack, name: string): Promise<ResultRow[]> {
  const rows: ResultRow[] = []
  for await (const row of ptrack.results(name, { follow: false })) rows.push(row)
  return rows
}

test('`daemon restart` and kill -9 in turns, with rows that are all equal: each once, indices in the order of the calls', async () => {
  await t.here.ok(['daemon', 'start'])
  const ptrack = await connect({ home: t.home })
  const known: { id: string; run: number }[] = []
  const indices = await track({ name: 'same', home: t.home }, async (task) => {
    const told: Promise<number | null>[] = []
    for (const n of upTo(600)) {
      told.push(task.result({ same: true }))
      task.update({ current: n + 1, total: 600 })
      if (n % 10 === 0) await told.at(-1)
      if (n % 200 === 50) await t.ok(['daemon', 'restart'])
      if (n % 200 === 150) await t.killDaemon()
    }
    known.push((await task.ready)!)
    return Promise.all(told)
  })
  // null: not known within its patience, but stored all the same.
  const found = indices.filter((index) => index !== null)
  expect(found).toEqual(found.toSorted((a, b) => a - b))
  expect(new Set(found).size).toBe(found.length)
  for (const [n, index] of indices.entries()) if (index !== null) expect(index).toBe(n + 1)
  const rows = await rowsOf(ptrack, 'same')
  expect(rows.map(({ index, run }) => [index, run])).toEqual(upTo(600).map((n) => [n + 1, 1]))
  const [view] = await ptrack.show('same')
  expect(view).toMatchObject({ id: known[0]!.id, run: 1, status: 'done', results: 600, progress: { percent: 100 } })
  ptrack.close()
})

test('two programs that tell equal rows into one run, over kill -9 of the daemon: no row is taken for another', async () => {
  await t.here.ok(['daemon', 'start'])
  const ptrack = await connect({ home: t.home })
  const body = `const task = track(); const rows = []
    for (let n = 0; n < 200; n++) { rows.push(task.result('equal')); if (n % 5 === 0) await rows.at(-1); await new Promise((r) => setTimeout(r, 5)) }
    await Promise.all(rows); await task.done()`
  await ptrack.start({ name: 'job', kind: 'job', command: ['sleep', '600'] })
  const { id } = (await ptrack.show('job'))[0]!
  const marker = t.processes().find((found) => found.id === id)!
  const env = { PTRACK_HOME: t.home, PTRACK_ID: id, PTRACK_RUN: marker.run! }
  const programs = upTo(2).map(() => runScript(body, env))
  for (const reached of [60, 180, 300]) {
    await until(async () => (await ptrack.show('job'))[0]!.results > reached, `${reached} rows are there`)
    await t.killDaemon()
    await t.here.ok(['daemon', 'start'])
  }
  for (const { ended } of programs) expect(await ended).toMatchObject({ code: 0, stderr: '' })
  expect((await rowsOf(ptrack, 'job')).map(({ row }) => row)).toEqual(upTo(400).map(() => 'equal'))
  ptrack.close()
})

test('the socket’s file is gone: who is connected goes on, and a program that begins works all the same', async () => {
  await t.here.ok(['daemon', 'start'])
  const ptrack = await connect({ home: t.home })
  const pid = t.daemon()!.pid
  await track({ name: 'before', home: t.home }, async (task) => {
    await task.ready
    unlinkSync(join(t.home, 'daemon.sock'))
    expect(await task.result(1)).toBe(1)
  })
  expect((await rowsOf(ptrack, 'before')).length).toBe(1)
  const script = runScript(
    "const value = await track('after', async (task) => { await task.result(1); return 7 }); console.log('value', value)",
    { PTRACK_HOME: t.home },
  )
  const { code, stdout } = await script.ended
  expect([code, stdout]).toEqual([0, 'value 7\n'])
  expect(t.daemons()).toHaveLength(1)
  expect(t.daemon()!.pid).toBe(pid)
  ptrack.close()
})

test('PTRACK_OFF=1: no daemon is started, nothing is said, the work is done', async () => {
  const { ended } = runScript(
    `const value = await track('off', async (task) => {
      await task.checkpoint(); task.update({ percent: 1 }); console.log(await task.result(1), await task.ready)
      return task.step('s', () => 7) }); console.log(value)`,
    { PTRACK_HOME: t.home, PTRACK_OFF: '1' },
  )
  expect(await ended).toMatchObject({ code: 0, stdout: 'null null\n7\n', stderr: '' })
  expect(existsSync(join(t.home, 'daemon.sock'))).toBe(false)
})

test('a daemon of another protocol: one sentence that says what to do, and the work goes on; connect refuses', async () => {
  const fake = await fakeTracking()
  fake.greet = () => {
    throw new PtrackError('VERSION_SKEW', 'cannot talk to the daemon: it is version 9', { hint: 'run `ptrack daemon restart`' })
  }
  try {
    const { ended } = runScript("await track('skewed', async (task) => { console.log(await task.result(1)) })", {
      PTRACK_HOME: fake.home,
    })
    const { code, stdout, stderr } = await ended
    expect([code, stdout]).toEqual([0, 'null\n'])
    expect(stderr.trim().split('\n')).toEqual([
      expect.stringMatching(/it is version 9; run `ptrack daemon restart`.*goes on without/),
    ])
    await expect(connect({ home: fake.home })).rejects.toMatchObject({ code: 'VERSION_SKEW' })
  } finally {
    await fake.close()
  }
})

test('a daemon from before there were keys is sent none', async () => {
  const fake = await fakeTracking()
  fake.capabilities.length = 0
  await track({ name: 'old', home: fake.home, autostart: false }, (task) => task.result(1))
  expect(fake.requests('result').map((asked) => 'key' in asked)).toEqual([false])
  await fake.close()
})
