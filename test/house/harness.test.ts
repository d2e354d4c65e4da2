/** The harness itself: a test that leaves processes behind or waits in vain must be told so. */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { afterEach, expect, test, vi } from 'vitest'
import type { TestModule } from 'vitest/node'
import { program, testHome } from '../support/daemon.ts'
import { descendantsOf, endIdent, identOf, isAlive, statOf } from '../support/proc.ts'
import { needs, type Tool } from '../support/requires.ts'
import { skipLines } from '../support/skip-report.ts'
import { until } from '../support/until.ts'

afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

test('until gives the fact, and tells what it waited for, what it saw last and why', async () => {
  let asked = 0
  expect(await until(() => ++asked === 3 && 'there', 'the third time')).toBe('there')
  const failure = until(
    () => 0,
    'pigs fly',
    30,
    () => 'the log says no',
  ).catch((error: Error) => error.message)
  expect(await failure).toMatch(/until pigs fly\nlast value: 0\nthe log says no/)
  const thrown = until(
    () => {
      throw new Error('no wings')
    },
    'pigs fly',
    30,
  )
  await expect(thrown).rejects.toThrow(/no wings/)
})

test('what needs a missing tool is skipped with the package that brings it, and is an error in CI', () => {
  const absent = 'no-such-tool' as Tool
  vi.stubEnv('CI', 'false')
  expect(needs('sh')).toEqual({ skip: false, meta: {} })
  expect(needs('sh', absent)).toEqual({ skip: true, meta: { lacks: expect.stringContaining('no-such-tool (apt-get install') } })
  const kernel = { name: 'namespaces', there: false, optional: true }
  vi.stubEnv('CI', 'true')
  expect(() => needs(absent)).toThrow(/lacks no-such-tool .*CI must not skip/)
  expect(needs(kernel)).toEqual({ skip: true, meta: { lacks: 'namespaces' } })
})

test('the report has one line for each thing that is missing, the most tests first', () => {
  const skipped = (lacks?: string) => ({ fullName: 'a > title', meta: () => (lacks === undefined ? {} : { lacks }) })
  const modules = [
    ['tmux', 'chromium'],
    ['chromium', undefined],
  ].map((lacks) => ({ children: { allTests: () => lacks.map(skipped) } }))
  expect(skipLines(modules as unknown as TestModule[], false)).toEqual([
    'skipped: 2 tests that need chromium',
    'skipped: 1 test that needs tmux',
    'skipped: 1 test for no reason given: a > title',
  ])
})

test('an identity names one process only: not its zombie, not another with its number', async () => {
  const child = spawn('sleep', ['1000'])
  const ident = identOf(child.pid!)!
  expect(isAlive(ident)).toBe(true)
  expect(isAlive({ ...ident, startTicks: ident.startTicks + 1 })).toBe(false)
  const own = identOf(process.pid)!
  expect(descendantsOf(own).map((stat) => stat.pid)).toContain(ident.pid)
  expect(descendantsOf({ ...own, startTicks: own.startTicks - 1 })).toEqual([])
  const closed = new Promise((resolve) => child.once('close', resolve))
  await endIdent(ident)
  expect(isAlive(ident)).toBe(false)
  await closed
  expect(statOf(ident.pid)).toBeNull()
})

test('close ends the daemon and whatever lives under its home, and removes the directory', async () => {
  const home = await testHome()
  const escaped = spawn(program('leaves-a-setsid-child.py'), [], { env: home.env, stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  escaped.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  await until(() => said.includes('ready'), 'the child has left')
  const child = identOf(Number(/child (\d+)/.exec(said)![1]))!
  await home.ok(['start', '--name', 'waits', '--', program('waits.sh')])
  const daemon = home.daemon()!
  expect(home.daemons()).toEqual([{ pid: daemon.pid, startTicks: daemon.startTicks }])
  const service = home.processes().filter((found) => found.run !== null)
  expect(service.length).toBeGreaterThan(0)
  await home.until(() => readFileSync(home.logFile('waits'), 'utf8').includes('ready'), 'the service is ready')
  const left = await home.close()
  expect(left.map((found) => found.pid)).toEqual([child.pid])
  expect([child, daemon, ...service].filter(isAlive)).toEqual([])
  expect(existsSync(home.home)).toBe(false)
})
