/** --out-file and --err-file: the log is where the definition says. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { freePort } from '../support/free-port.ts'

let t: TestHome
beforeAll(async () => {
  t = await testHome()
})
afterEach(() => t.here.run(['delete', 'all', '--purge']))
afterAll(() => t.close())

const LINES = ['--', process.execPath, program('prints-lines.mjs'), '3', 'stay']
const logs = async (...args: string[]): Promise<string> => (await t.here.ok(['logs', ...args])).stdout
const at = (...parts: string[]): string => join(t.dir, ...parts)

test('relative to where it is asked for, read by umask, kept at a delete and removed by --purge', async () => {
  mkdirSync(at('var'))
  await t.here.ok([
    'start',
    '--name',
    'web',
    '--umask',
    '027',
    '--out-file',
    'var/web.log',
    '--err-file',
    'var/web.log',
    ...LINES,
  ])
  await t.until(() => readFileSync(at('var/web.log'), 'utf8').includes('ready'), 'it has written')
  expect((statSync(at('var/web.log')).mode & 0o777).toString(8)).toBe('640')
  expect(await logs('web')).toContain('line 2')
  const { stdout } = await t.here.ok(['show', 'web'])
  expect(stdout).toMatch(/out file +\S+\/var\/web\.log/)
  await t.here.ok(['restart', 'web'])
  await t.until(() => readFileSync(at('var/web.log'), 'utf8').split('ready').length === 3, 'the second run has written')
  await t.here.ok(['delete', 'web'])
  await t.here.ok(['gc'])
  expect(readFileSync(at('var/web.log'), 'utf8')).toContain('line 2')
  await t.here.ok(['start', '--name', 'web', '--out-file', 'var/new.log', ...LINES])
  await t.here.ok(['delete', 'web', '--purge'])
  expect(readdirSync(at('var'))).toEqual(['web.log'])
})

test('each instance has its own by {instance}; all have one with shared sockets too', async () => {
  const port = await freePort()
  await t.here.ok(['start', '--name', 'many', '--instances', '2', '--out-file', 'many-{instance}.log', ...LINES])
  await t.here.ok([
    'start',
    '--name',
    'one',
    '--instances',
    '2',
    '--socket',
    `${port}`,
    '--out-file',
    'one.log',
    '--no-wait',
    ...LINES,
  ])
  const text = (name: string): string => (existsSync(at(name)) ? readFileSync(at(name), 'utf8') : '')
  await t.until(() => text('many-0.log').includes('ready') && text('many-1.log').includes('ready'), 'each has written')
  await t.until(() => text('one.log').split('ready').length > 2, 'both have written')
  const shown = await logs('one')
  expect(shown.split('line 2').length).toBe(text('one.log').split('line 2').length)
})

test('/dev/null drops it, and what cannot be written is refused before anything is changed', async () => {
  await t.here.ok(['start', '--name', 'web', '--out-file', '/dev/null', ...LINES])
  mkdirSync(at('a-directory'))
  writeFileSync(at('job.log'), '')
  const refused = async (file: string): Promise<string> => {
    const got = await t.here.run(['set', 'web', '--out-file', file])
    expect(got.code).not.toBe(0)
    return got.stderr
  }
  expect(await refused('no/such/dir.log')).toContain(`the directory ${at('no/such')} does not exist; make it: mkdir -p`)
  expect(await refused('a-directory')).toContain('it is a directory, not a file')
  expect(await refused('/dev/tty')).toContain('it is a device, not a file')
  expect(await refused(join(t.home, 'logs/x.log'))).toContain("ptrack's own home")
  expect((await t.request('show', { targets: ['web'] }))[0]!.definition.outFile).toBe('/dev/null')
  expect(await logs('web')).toBe('')

  const start = await t.here.run(['start', '--name', 'never', '--out-file', 'no/dir.log', ...LINES])
  expect([start.code === 0, start.stderr]).toEqual([false, expect.stringContaining('cannot log to')])
  expect(await t.ls('never')).toBeUndefined()
})

test('a job needs a file of its own: what it reports would be counted twice', async () => {
  await t.here.ok(['run', '-d', '--name', 'a', '--out-file', 'job.log', '--', 'true'])
  const second = await t.here.run(['run', '-d', '--name', 'b', '--out-file', 'job.log', '--', 'true'])
  expect(second.stderr).toContain(
    `cannot log b to ${at('job.log')}: a does, and a job needs a file of its own; name another file`,
  )
  expect(await t.ls('b')).toBeUndefined()
})

test('ptrack.yaml: relative to the file', async () => {
  mkdirSync(at('project/logs'), { recursive: true })
  const command = "[sh, -c, 'echo hello; exec sleep 3600']"
  writeFileSync(at('project/ptrack.yaml'), `processes:\n  app:\n    command: ${command}\n    outFile: logs/app.log\n`)
  await t.here.ok(['up', '-f', 'project/ptrack.yaml'])
  await t.until(() => readFileSync(at('project/logs/app.log'), 'utf8') === 'hello\n', 'it has written')
  expect((await t.here.ok(['up', '-f', 'project/ptrack.yaml'])).stdout).not.toContain('outFile')
  expect((await t.here.ok(['export', 'app'])).stdout).toContain(`outFile: ${at('project/logs/app.log')}`)
})
