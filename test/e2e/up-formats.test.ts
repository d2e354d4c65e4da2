/** `ptrack up` of other supervisors' files: found, read as meant, and left alone the second time. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ProcessView } from '../../src/protocol/view.ts'
import { cliFile } from '../support/bundle.ts'
import { type TestHome, testHome } from '../support/daemon.ts'

let t: TestHome
beforeEach(async () => {
  t = await testHome()
})
afterEach(() => t.close())

function directory(name: string, files: Record<string, string>): { cwd: string } {
  const cwd = join(t.dir, name)
  mkdirSync(join(cwd, 'below'), { recursive: true })
  for (const [file, text] of Object.entries(files)) writeFileSync(join(cwd, file), text)
  return { cwd }
}
const names = async (project: string): Promise<string[]> =>
  (await t.here.json<ProcessView[]>(['ls', `${project}/`])).map(({ name }) => name).toSorted()

test('a Procfile from a directory below; its formation is remembered until another is given', async () => {
  const app = directory('app', { Procfile: 'web: exec sleep 1000\nworker: exec sleep 1000\n' })
  const below = { cwd: join(app.cwd, 'below') }
  const first = await t.here.ok(['up', '--formation', 'web=1,worker=2'], below)
  expect([first.stdout, first.stderr]).toEqual([
    expect.stringMatching(/^worker:1 started/m),
    expect.stringContaining(`there is no Procfile here; this is about ${app.cwd}/Procfile`),
  ])
  expect(await names('app')).toEqual(['web', 'worker:0', 'worker:1'])
  expect((await t.here.ok(['up'], app)).stdout).toBe('= web     unchanged\n= worker  unchanged\n')
  expect((await t.here.ok(['import', 'Procfile'], app)).stdout).toContain('= worker  unchanged\n')
  const other = await t.here.ok(['up', '--formation', 'web=1,worker=1'], app)
  expect(other.stdout).toContain('--formation: web=1,worker=2 -> web=1,worker=1')
  expect(await names('app')).toEqual(['web', 'worker'])
  const none = await t.here.ok(['up', '--formation', ''], app)
  expect(none.stdout).toContain('--formation: web=1,worker=1 -> none')
  expect((await t.here.ok(['up'], app)).stdout).toBe('= web     unchanged\n= worker  unchanged\n')
  expect((await t.here.ok(['down'], below)).stdout).toMatch(/web stopped/)
})

test('an ecosystem file with an environment, which is remembered; fields without a counterpart are counted, and reported on request', async () => {
  const site = directory('site', {
    'ecosystem.config.cjs': `module.exports = { apps: [{ name: 'api', script: 'sleep', args: '1000', interpreter: 'none',
  env: { MODE: 'dev' }, env_production: { MODE: 'production' }, vizion: true, pmx: true }] }\n`,
  })
  const mode = async (): Promise<string | undefined> =>
    (await t.here.json<{ env: Record<string, string> }>(['env', 'api', '--reveal'], site)).env.MODE
  const up = await t.here.ok(['up', '--env', 'production'], site)
  const command = /2 fields of .* are ignored: `ptrack (up .*)` names them/.exec(up.stderr)![1]!
  expect(await mode()).toBe('production')
  const report = await t.here.ok(command.split(' '), site)
  expect(report.stdout).toContain('ignored  vizion')
  expect(report.stdout).toContain('= api  unchanged')
  const json = await t.here.json<object>(['up', '--dry-run', '--report'], site)
  expect(json).toMatchObject({ notes: expect.any(Array), plan: [{ name: 'api', project: 'site', change: 'unchanged' }] })
  await t.here.ok(['up', '--env', ''], site)
  expect(await mode()).toBe('dev')
})

test('which file of several is taken, and options that a format does not have', async () => {
  const files: [string, string][] = [
    ['ecosystem.config.cjs', "module.exports = { apps: [{ name: 'e', script: 'sleep', args: '1000', interpreter: 'none' }] }\n"],
    ['Procfile', 'p: sleep 1000\n'],
    ['Procfile.dev', 'd: sleep 1000\n'],
    ['compose.yaml', 'processes:\n  c: { command: sleep 1000 }\n'],
    ['process-compose.yml', 'processes:\n  pc: { command: sleep 1000 }\n'],
    ['ptrack.yaml', 'processes:\n  own: { command: sleep 1000 }\n'],
  ]
  const many = directory('many', {})
  for (const [index, [file, text]] of files.entries()) {
    writeFileSync(join(many.cwd, file), text)
    const plan = await t.here.json<{ name: string }[]>(['up', '--dry-run'], many)
    expect(plan.map(({ name }) => name)).toEqual([['e', 'p', 'd', 'c', 'pc', 'own'][index]])
  }
  const refused = async (...args: string[]): Promise<unknown[]> => {
    const { code, stderr } = await t.here.run(['up', '--dry-run', ...args], many)
    return [code, stderr]
  }
  expect(await refused('--formation', 'own=2')).toEqual([2, expect.stringContaining('it is for a Procfile; leave it out')])
  expect(await refused('-f', 'Procfile', '--env', 'x')).toEqual([2, expect.stringContaining('it is for a file of pm2')])
  expect(await refused('-f', 'Procfile', '--profile', 'x')).toEqual([2, expect.stringContaining('it is for a ptrack.yaml')])
  expect(await refused('-f', 'Procfile', '--formation', 'p')).toEqual([2, expect.stringContaining('"p" is no NAME=COUNT')])
  const docker = directory('docker', { 'compose.yaml': 'services:\n  web: { image: nginx }\n' })
  expect((await t.here.run(['up'], docker)).stderr).toContain("compose.yaml is docker's, and what it runs are images")
})

test('--watch applies a Procfile again when it changes', async () => {
  const app = directory('app', { Procfile: 'web: exec sleep 1000\n' })
  const watching = spawn(process.execPath, [cliFile, 'up', '--watch'], { cwd: app.cwd, env: t.env, stdio: 'ignore' })
  t.alsoEnd(watching.pid!)
  await t.until(async () => (await names('app')).length === 1, 'the first is up')
  writeFileSync(join(app.cwd, 'Procfile'), 'web: exec sleep 1000\nmore: exec sleep 1000\n')
  await t.until(async () => (await names('app')).length === 2, 'the second is up')
  watching.kill('SIGINT')
  expect(await once(watching, 'exit')).toEqual([0, null])
})
