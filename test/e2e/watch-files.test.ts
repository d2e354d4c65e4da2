import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ask, define } from '../support/ask.ts'
import { type TestHome, testHome } from '../support/daemon.ts'
import { said } from '../support/runs.ts'

let t: TestHome
beforeEach(async () => {
  t = await testHome()
  mkdirSync(join(t.dir, 'src'))
  write('src/a.js')
})
afterEach(() => t.close())

let count = 0
const write = (path: string): void => writeFileSync(join(t.dir, path), `${++count}`)
const runsOf = (name: string): number =>
  said(t, name)
    .split('\n')
    .filter((line) => line === 'ran').length
const web = (more: object = {}) =>
  define(t, { name: 'web', command: ['/bin/sh', '-c', 'echo ran; exec sleep 3600'], watchFiles: ['src/**/*.js'], ...more })

/** Written again while nothing comes of it, and not within the moment of quiet, or nothing ever would. */
function writeAgain(path: string): void {
  const file = join(t.dir, path)
  if (!existsSync(file) || Date.now() - statSync(file).mtimeMs > 500) write(path)
}

/** The first change that is seen tells that the watcher is at work; writing goes on until then. */
async function firstRestart(): Promise<number> {
  const from = runsOf('web')
  write('src/a.js')
  await t.until(() => {
    writeAgain('src/a.js')
    return runsOf('web') > from
  }, 'a change restarts it')
  return settledRuns()
}

/** What was written last has been acted on: a restart that is still to come would be seen by then. */
async function settledRuns(): Promise<number> {
  await define(t, { name: `beat-${++count}`, command: ['/bin/sh', '-c', 'echo ran; exec sleep 3600'], watchFiles: ['beat'] })
  const name = `beat-${count}`
  write('beat')
  await t.until(() => {
    writeAgain('beat')
    return runsOf(name) > 1
  }, 'another watcher has had its turn')
  await ask(t, 'delete', { targets: [name] })
  return runsOf('web')
}

test('a burst of changes restarts once, says what changed, and what is not watched does nothing', async () => {
  await web()
  const from = await firstRestart()
  write('src/notes.txt')
  write('other.js')
  for (const path of ['src/a.js', 'src/b.js', 'src/c.js', 'src/a.js']) write(path)
  await t.until(() => runsOf('web') > from, 'it was restarted')
  expect(await settledRuns()).toBe(from + 1)
  const { timeline } = (await ask(t, 'why', { targets: ['web'] }))[0]!
  expect(
    timeline.map(({ reason }) => reason).filter((reason) => reason?.includes('and 2 more files changed')).length,
  ).toBeGreaterThan(0)
})

test('goes on after kill -9 of the daemon, and ends with a stop', async () => {
  await web()
  await firstRestart()
  await t.killDaemon()
  await t.ls('web')
  await firstRestart()
  await ask(t, 'stop', { targets: ['web'] })
  const from = runsOf('web')
  write('src/a.js')
  expect(await settledRuns()).toBe(from)
  expect((await t.ls('web'))?.status).toBe('stopped')
})

test('a job that has ended runs again', async () => {
  await web({ kind: 'job', command: ['/bin/sh', '-c', 'echo ran'] })
  await firstRestart()
  await t.until(async () => (await t.ls('web'))?.status === 'done', 'its run has ended')
})

test('a glob that names nothing is refused', async () => {
  await expect(web({ watchFiles: [' '] })).rejects.toThrow(/^cannot watch ' '/)
  expect(await t.ls('web')).toBeUndefined()
})
