/** --stop-scope main: the program ends its own workers; what it leaves is ended after it, and at the timeout in any case. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { program, type TestHome, testHome } from '../support/daemon.ts'

let t: TestHome
beforeAll(async () => {
  t = await testHome()
})
afterEach(() => t.here.run(['delete', 'all', '--purge']))
afterAll(() => t.close())

const START = ['start', '--name', 'web', '--health', 'log:ready', '--stop-scope', 'main']
const lines = async (): Promise<string[]> => (await t.here.ok(['logs', 'web'])).stdout.trim().split('\n')

test.each([[[]], [['--record-exit']]])('the program has the signal alone, and the rest after its end %j', async (options) => {
  await t.here.ok([...START, ...options, '--', program('drains-its-worker.py')])
  expect((await t.here.ok(['show', 'web'])).stdout).toContain('the program first')
  await t.here.ok(['stop', 'web'])
  const said = ['ready', 'worker: finished', 'main: its worker done', 'left: TERM']
  expect((await lines()).map((line) => said.find((words) => line.includes(words)))).toEqual(said)
})

test('a paused one is continued as a whole; one that ignores the signal ends with everything at the timeout', async () => {
  await t.here.ok([...START, '--', program('drains-its-worker.py')])
  await t.here.ok(['pause', 'web'])
  await t.here.ok(['stop', 'web'])
  expect((await lines()).join()).toContain('main: its worker done')
  await t.here.ok([
    'start',
    '--name',
    'deaf',
    '--stop-scope',
    'main',
    '--stop-timeout',
    '100ms',
    '--',
    'sh',
    '-c',
    "trap '' TERM; sleep 3600",
  ])
  await t.here.ok(['stop', 'deaf'])
  expect((await t.ls('deaf'))!.status).toBe('stopped')
  expect((await t.here.ok(['tree', 'deaf'])).stdout).not.toContain('sleep')
})
