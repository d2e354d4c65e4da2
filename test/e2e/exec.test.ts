/** exec: a command with what a process has, that ends with its caller. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cliFile } from '../support/bundle.ts'
import { type TestHome, testHome } from '../support/daemon.ts'
import { testNeeding } from '../support/requires.ts'

let t: TestHome
beforeAll(async () => {
  t = await testHome()
  await t.here.ok(['start', '--name', 'web', '--env', 'SECRET=of web', '--cwd', '/usr', '--umask', '027', '--', 'sleep', '1000'])
})
afterAll(async () => {
  await t?.close()
})

const left = (): string[] =>
  t
    .processes()
    .map(({ command }) => command.join(' '))
    .filter((line) => line.includes('of-exec'))
const forgotten = (): Promise<unknown> =>
  t.until(async () => (await t.request('list', { all: true })).length === 1, 'web alone is left')

test('environment, directory, umask, input, both outputs and the exit code', async () => {
  const script = 'echo "$SECRET $PWD $(umask)"; cat; echo fault >&2; exit 4'
  expect(
    await t.run(['exec', 'web', '--', 'sh', '-c', script], { input: 'rows\n', env: { SECRET: 'of the caller' } }),
  ).toMatchObject({
    code: 4,
    stdout: 'of web /usr 0027\nrows\n',
    stderr: 'fault\n',
  })
  // Options behind the name are the command's; an output without a newline.
  expect(await t.run(['exec', 'web', 'printf', '%s', '-t'])).toMatchObject({ code: 0, stdout: '-t' })
  await forgotten()
  const { rows } = await t.request('history', { type: 'exec' })
  expect(rows.map(({ exitCode }) => exitCode)).toEqual([0, 4])
})

testNeeding('script')('with a terminal', async () => {
  expect(await t.run(['exec', '-t', 'web', '--', 'sh', '-c', 'tty; stty size; exit 5'])).toMatchObject({
    code: 5,
    stdout: expect.stringMatching(/^\/dev\/pts\/\d+\r\n24 80\r\n$/),
  })
})

test('it ends with its caller, all of its tree, also when the daemon was killed meanwhile', async () => {
  const command = ['exec', 'web', '--', 'sh', '-c', 'sh -c "sleep 1000; : of-exec" & trap "" HUP; wait; : of-exec']
  const child = spawn(process.execPath, [cliFile, ...command], { env: t.env, cwd: t.dir, stdio: 'ignore' })
  const over = once(child, 'exit')
  await t.until(() => left().length >= 2, 'it runs')
  await t.killDaemon()
  await t.here.ok(['daemon', 'start'])
  child.kill('SIGKILL')
  await over
  await t.until(() => left().length === 0, 'its tree has ended')
  await forgotten()
})

test('what cannot be is refused, and leaves nothing', async () => {
  const ran = async (...args: string[]) => {
    const { code, stderr } = await t.run(['exec', ...args])
    return [code, stderr]
  }
  expect(await ran('nobody', '--', 'true')).toEqual([4, expect.stringContaining("cannot find 'nobody'")])
  expect(await ran('web')).toEqual([2, expect.stringContaining('no command was given')])
  expect(await ran('web', '--', 'no-such-program')).toEqual([
    127,
    expect.stringContaining('no-such-program is not found in PATH'),
  ])
  await forgotten()
})
