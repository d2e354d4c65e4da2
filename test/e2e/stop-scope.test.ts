/** --stop-scope main: the program ends its own workers; what it leaves is ended after it, and at the timeout in any case. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { program, type TestHome, testHome } from '../support/daemon.ts'

let t: TestHome
beforeAll(async () => {
  t = await testHome()
})
afterEach(() => t.run(['delete', 'all', '--purge']))
afterAll(() => t.close())

const START = ['start', '--name', 'web', '--health', 'log:ready', '--stop-scope', 'main']
const lines = async (): Promise<string[]> => (await t.ok(['logs', 'web'])).stdout.trim().split('\n')

test.each([[[]], [['--record-exit']]])('the program has the signal alone, and the rest after its end %j', async (options) => {
  await t.ok([...START, ...options, '--', program('drains-its-worker.py')])
  expect((await t.ok(['show', 'web'])).stdout).toContain('the program first')
  await t.ok(['stop', 'web'])
  const said = ['ready', 'worker: finished', 'main: its worker done', 'left: TERM']
  expect((await lines()).map((line) => said.find((words) => line.includes(words)))).toEqual(said)
})

test('a paused one is continued as a whole; one that ignores the signal ends with everything at the timeout', async () => {
  await t.ok([...START, '--', program('drains-its-worker.py')])
  await t.ok(['pause', 'web'])
  await t.ok(['stop', 'web'])
  expect((await lines()).join()).toContain('main: its worker done')
  await t.ok([
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
  await t.ok(['stop', 'deaf'])
  expect((await t.ls('deaf'))!.status).toBe('stopped')
  expect((await t.ok(['tree', 'deaf'])).stdout).not.toContain('sleep')
})
