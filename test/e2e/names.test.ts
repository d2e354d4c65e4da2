/** What NAME means to every command: sets of instances, numbers, and what stands where a name stands. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ProcessView } from '../../src/protocol/view.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'

let t: TestHome
beforeAll(async () => {
  t = await testHome()
})
afterAll(async () => {
  await t?.close()
})

const statuses = async (...names: string[]): Promise<string[]> =>
  (await t.here.json<ProcessView[]>(['ls', ...names])).map(({ name, wanted, status }) => `${name} ${wanted} ${status}`).sort()

test('processes are numbered from 0, by number they are commanded, and no number comes twice', async () => {
  await t.here.ok(['start', '--name', 'api', '--instances', '2', '--', program('waits.sh')])
  await t.here.ok(['start', '--name', 'lone', '--', program('waits.sh')])
  const numbers = (await t.here.json<ProcessView[]>(['ls'])).map(({ name, number }) => [name, number])
  expect(numbers).toEqual([
    ['api:0', 0],
    ['api:1', 1],
    ['lone', 2],
  ])
  expect((await t.here.ok(['ls'])).stdout).toMatch(/^ *# +name /)
  expect((await t.here.ok(['stop', '2'])).stdout).toBe('lone stopped\n')
  expect((await t.here.ok(['restart', '0', '2'])).stdout).toMatch(/^api:0 restarted \(pid \d+\)\nlone restarted \(pid \d+\)\n$/)
  expect((await t.here.run(['show', '99'])).stderr).toContain("cannot find '99': no process has this name, id, number or pid")
  await t.here.ok(['delete', '2'])
  await t.here.ok(['daemon', 'restart'])
  await t.here.ok(['start', '--name', 'next', '--', program('waits.sh')])
  expect((await t.ls('next'))?.number).toBe(3)
  await t.here.ok(['delete', 'next'])
})

test('scale leaves so many that are wanted up, whatever became of the others', async () => {
  await t.here.ok(['stop', 'api:0'])
  await t.here.ok(['scale', 'api', '1'])
  expect(await statuses('api')).toEqual(['api:1 up running'])
  await t.here.ok(['scale', '--no-wait', 'api', '3'])
  await t.here.ok(['stop', 'api:0', 'api:2'])
  expect((await t.here.ok(['scale', 'api', '3'])).stdout).toMatch(/^api:0 scaled \(pid \d+\)\napi:2 scaled \(pid \d+\)\n$/)
  expect(await statuses('api')).toEqual(['api:0 up running', 'api:1 up running', 'api:2 up running'])
  const one = await t.here.run(['scale', 'api:1', '2'])
  expect([one.code, one.stderr]).toEqual([
    2,
    'ptrack: cannot scale api:1: it is one of the instances of api; `ptrack scale api N` changes how many there are\n',
  ])
  expect((await t.here.run(['scale', 'ap*', '2'])).code).toBe(2)
  expect(await statuses('api')).toHaveLength(3)
})

test('a pattern leaves ended jobs alone, and pauses what it can; by name they run, or are an error', async () => {
  await t.here.ok(['delete', 'all'])
  await t.here.ok(['start', '--name', 'web', '--', program('waits.sh')])
  await t.here.ok(['run', '-d', '--name', 'one', '--tag', 'job', '--', 'true'])
  await t.here.ok(['run', '-d', '--name', 'two', '--tag', 'job', '--', 'true'])
  await t.here.ok(['wait', 'one', 'two'])
  expect((await t.here.ok(['restart', 'all'])).stdout).toMatch(/^web restarted \(pid \d+\)\nleft alone: 2 ended jobs\n$/)
  for (const command of ['restart', 'start', 'reload'])
    expect((await t.here.ok([command, 'tag:job'])).stdout).toBe('left alone: 2 ended jobs\n')
  expect(await t.here.json(['start', 'tw*'])).toMatchObject([{ name: 'two', ok: true, leftAlone: 'ended job', view: { run: 1 } }])
  expect((await t.here.ok(['pause', '*'])).stdout).toBe('web paused\nleft alone: 2 not running\n')
  expect((await t.here.ok(['resume', 'all'])).stdout).toMatch(/^web resumed \(pid \d+\)\nleft alone: 2 not paused\n$/)
  expect((await t.here.run(['pause', '*', 'one'])).code).toBe(3)
  await t.here.ok(['restart', 'tag:job', 'two'])
  await t.here.ok(['wait', 'two'])
  expect((await t.here.json<ProcessView[]>(['ls', '--all', 'one', 'two'])).map(({ run }) => run)).toEqual([1, 2])
})
