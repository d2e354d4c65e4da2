/** The harness itself: a test that leaves processes behind or waits in vain must be told so. */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { afterEach, expect, test, vi } from 'vitest'
import { program, testHome } from '../support/daemon.ts'
import { descendantsOf, endIdent, identOf, isAlive, statOf } from '../support/proc.ts'
import { requireTool } from '../support/requires.ts'
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

test('a missing tool is skipped aloud, and is a failure in CI', () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  vi.stubEnv('CI', 'false')
  expect(requireTool('sh')).toBe(true)
  expect(requireTool('no-such-tool')).toBe(false)
  expect(warn).toHaveBeenCalledWith(expect.stringContaining('SKIPPED: no-such-tool'))
  vi.stubEnv('CI', 'true')
  expect(() => requireTool('no-such-tool')).toThrow(/no-such-tool is not installed/)
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
