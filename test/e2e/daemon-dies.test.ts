/** The daemon dies under a command: exit 5 says whether a change may be done, and what may be asked twice is asked again. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { reaches } from '../support/runs.ts'

let t: TestHome
beforeEach(async () => {
  t = await testHome()
})
afterEach(async () => {
  // What a test put in place of the socket.
  rmSync(join(t.home, 'daemon.sock'), { recursive: true, force: true })
  await t.close()
})
const refusesTheNext = () => {
  rmSync(join(t.home, 'daemon.sock'), { force: true })
  mkdirSync(join(t.home, 'daemon.sock', 'precious'), { recursive: true })
}

test('between request and answer: the change may be done, and the error says where to look', async () => {
  // One each: that it is being stopped says that its request was sent.
  for (const name of ['one', 'other'])
    await t.here.ok(['start', '--name', name, '--stop-timeout', '60s', '--', program('ignores-sigterm.mjs')])
  const [asPerson, asProgram] = [t.run(['stop', 'one']), t.run(['stop', 'other', '--json'])]
  for (const name of ['one', 'other']) await reaches(t, name, 'completing')
  await t.killDaemon()
  refusesTheNext()
  expect(await asPerson).toMatchObject({
    code: 5,
    stdout: '',
    stderr:
      'ptrack: cannot know whether `stop` was done: the daemon ended before it answered; look with `ptrack ls`, and type it again if it was not\n',
  })
  const { code, stdout } = await asProgram
  expect([code, JSON.parse(stdout)]).toMatchObject([5, { error: { code: 'UNREACHABLE', details: { mayBeDone: true } } }])
})

test('before there was a connection: nothing was changed', async () => {
  mkdirSync(t.home, { mode: 0o700 })
  refusesTheNext()
  writeFileSync(join(t.dir, 'ptrack.yaml'), 'processes: { web: { command: "true" } }\n')
  writeFileSync(join(t.dir, 'Procfile'), 'web: true\n')
  for (const command of [
    ['up'],
    ['import', 'Procfile'],
    ['start', '--name', 'web', '--', 'true'],
    ['run', '--', 'true'],
    ['limits', 'set', '--global', '1'],
    ['stop', 'all'],
  ]) {
    const { code, stderr } = await t.run(command)
    expect([command, code, stderr]).toEqual([
      command,
      5,
      expect.stringMatching(/^ptrack: cannot start the daemon: cannot listen at .*; nothing was changed\n$/),
    ])
  }
  const told = JSON.parse((await t.run(['limits', 'set', '--global', '1', '--json'])).stdout)
  expect(told).toMatchObject({ error: { code: 'UNREACHABLE', details: { mayBeDone: false } } })
})

test('inside a process too: what was said may have been heard, or was not', async () => {
  await t.here.ok(['start', '--name', 'web', '--', program('waits.sh')])
  await t.killDaemon()
  for (const command of [
    ['progress', '40', '--name', 'web'],
    ['result', '1', '--name', 'web'],
    ['track', 'end', 'web'],
  ]) {
    const { code, stderr } = await t.run(command)
    expect([command, code, stderr]).toEqual([
      command,
      5,
      expect.stringMatching(/^ptrack: cannot reach .*; nothing was changed; /),
    ])
  }
  expect(t.daemons()).toEqual([])
})

test('what only reads is answered by the next daemon, and ends after 10 s where none can start', async () => {
  await t.here.ok(['start', '--name', 'web', '--', program('waits.sh')])
  const waiting = t.run(['wait', 'web'])
  await t.until(async () => (await t.json<{ clients: number }>(['daemon', 'status'])).clients > 1, 'it waits')
  await t.killDaemon()
  await t.until(() => t.daemon() !== null, 'the next one is there')
  await t.until(async () => (await t.json<{ clients: number }>(['daemon', 'status'])).clients > 1, 'it waits there')
  await t.killDaemon()
  refusesTheNext()
  const { code, stderr } = await waiting
  // What it waits for is said after a while, and a busy machine gets there.
  const error = /^(ptrack: waiting for web to end: it is running\n)?ptrack: cannot start the daemon: cannot listen at /
  expect([code, stderr]).toEqual([5, expect.stringMatching(error)])
})
