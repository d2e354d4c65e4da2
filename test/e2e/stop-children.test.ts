/** Where ptrack's own end is to end its programs: `daemon run --stop-children`, and a stop within a total. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { cliFile } from '../support/bundle.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'

let t: TestHome
beforeEach(async () => {
  t = await testHome()
})
afterEach(async () => {
  await t.close()
})

async function runDaemon(...options: string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, [cliFile, 'daemon', 'run', ...options], { env: t.env, stdio: 'ignore', cwd: t.dir })
  t.alsoEnd(child.pid!)
  await t.until(() => t.daemon()?.pid === child.pid, 'it is the daemon')
  return child
}

const marked = () => t.processes().filter((one) => one.id !== null)
const saved = (): string[] => {
  const file = join(t.dir, 'saved')
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []
}
const saving = (name: string): string[] => [program('saves-when-stopped.sh'), join(t.dir, 'saved'), name]

test('SIGTERM stops dependents before what they depend on, and each has written when the daemon ends', async () => {
  const daemon = await runDaemon('--stop-children')
  await t.here.ok(['start', '--name', 'db', '--health', 'log:ready', '--', ...saving('db')])
  await t.here.ok(['start', '--name', 'web', '--health', 'log:ready', '--after', 'db', '--', ...saving('web')])
  daemon.kill('SIGTERM')
  expect(await once(daemon, 'exit')).toEqual([0, null])
  expect(saved()).toEqual(['web asked', 'web saved', 'db asked', 'db saved'])
  expect(marked()).toEqual([])
  // They were not stopped by a person.
  await runDaemon('--stop-children')
  await t.until(async () => (await t.ls('web'))?.status === 'running', 'all that was wanted runs again')
  expect(await t.ls('db')).toMatchObject({ status: 'running', restarts: 0, wanted: 'up' })
})

test('a second signal kills what does not end', async () => {
  const daemon = await runDaemon('--stop-children')
  await t.here.ok([
    'start',
    '--name',
    'deaf',
    '--health',
    'log:ready',
    '--stop-timeout',
    '10m',
    '--',
    program('ignores-sigterm.mjs'),
  ])
  daemon.kill('SIGTERM')
  await t.until(() => readFileSync(t.logFile('deaf'), 'utf8').includes('ignored SIGTERM'), 'it has been asked')
  daemon.kill('SIGTERM')
  expect(await once(daemon, 'exit')).toEqual([0, null])
  expect(marked()).toEqual([])
})

test('a total is kept with a deaf program at each level, and the last one still has time to save', async () => {
  await t.here.ok(['start', '--name', 'db', '--health', 'log:ready', '--stop-timeout', '10m', '--', ...saving('db')])
  const deaf = program('ignores-sigterm.mjs')
  const level = (name: string, after: string) => {
    return t.here.ok(['start', '--name', name, '--health', 'log:ready', '--stop-timeout', '10m', '--after', after, '--', deaf])
  }
  await level('web', 'db')
  await level('proxy', 'web')
  const began = performance.now()
  expect(await t.request('daemon.stop', { killChildren: true, graceMs: 6000 })).toMatchObject({ left: 0 })
  // Ten minutes each, had they not been cut.
  expect(performance.now() - began).toBeLessThan(60_000)
  expect(saved()).toEqual(['db asked', 'db saved'])
  expect(marked()).toEqual([])
})
