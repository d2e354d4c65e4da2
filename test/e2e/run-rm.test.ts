/** `run --rm`: a job that is gone, with its logs, once it has ended and its caller has its outcome. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { cliFile } from '../support/bundle.ts'
import { type TestHome, testHome } from '../support/daemon.ts'
import { testNeeding } from '../support/requires.ts'

let t: TestHome
beforeAll(async () => {
  t = await testHome()
})
afterAll(async () => {
  await t?.close()
})

const names = async (): Promise<string[]> => (await t.request('list', { all: true })).map(({ name }) => name)
const traces = (name: string): string[] =>
  ['logs', 'env', 'results'].flatMap((folder) =>
    existsSync(`${t.home}/${folder}`) ? readdirSync(`${t.home}/${folder}`).filter((file) => file.startsWith(`${name}.`)) : [],
  )
const forgotten = (name: string): Promise<unknown> =>
  t.until(async () => !(await names()).includes(name) && traces(name).length === 0, `nothing is left of ${name}`)
afterEach(async () => expect(await names()).toEqual([]))

test('in the foreground: output and exit code are the command’s, then nothing but its row of history is there', async () => {
  for (const code of [0, 3]) {
    const ran = await t.here.run(['run', '--rm', '--name', 'once', '--', 'sh', '-c', `echo out; echo err >&2; exit ${code}`])
    expect(ran).toMatchObject({ code, stdout: 'out\n', stderr: 'err\n' })
    // At once: the next line of a script may use the name again.
    expect([await names(), traces('once')]).toEqual([[], []])
  }
  const { rows } = await t.request('history', {})
  expect(rows.filter(({ name }) => name === 'once').map(({ exitCode }) => exitCode)).toEqual([3, 0])
})

test('a job that is tried again goes after the last attempt; one that could not start goes too', async () => {
  const tries = ['--retries', '2', '--retry-initial', '1ms', '--retry-max', '1ms']
  const ran = await t.here.run(['run', '--rm', '--name', 'again', ...tries, '--', 'sh', '-c', 'echo try; exit 2'])
  expect(ran).toMatchObject({ code: 2, stdout: 'try\ntry\ntry\n' })
  expect(await t.here.run(['run', '--rm', '--name', 'absent', '--', 'no-such-program'])).toMatchObject({ code: 127 })
  await forgotten('absent')
})

test('in the background it goes when it has ended, and those who wait for it have its outcome', async () => {
  await t.here.ok(['run', '-d', '--rm', '--name', 'later', '--', 'sh', '-c', 'until test -e go; do sleep 0.1; done; exit 4'])
  const child = spawn(process.execPath, [cliFile, 'wait', 'later'], { env: t.env, cwd: t.dir })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  const over = once(child, 'close')
  await t.until(() => said.includes('waiting for later'), 'it waits')
  writeFileSync(`${t.dir}/go`, '')
  expect([await over, said]).toEqual([[1, null], expect.stringContaining('later has failed: exit code 4')])
  await forgotten('later')
})

test('a caller that is killed leaves it running; it goes when it has ended, also under another daemon', async () => {
  const args = ['run', '--rm', '--name', 'left', '--', 'sh', '-c', 'echo begun; until test -e over; do sleep 0.1; done']
  const child = spawn(process.execPath, [cliFile, ...args], { env: t.env, cwd: t.dir, stdio: ['ignore', 'pipe', 'ignore'] })
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'exit')
  await t.killDaemon()
  await t.here.ok(['daemon', 'start'])
  expect((await t.request('list', {})).map(({ name, status }) => [name, status])).toEqual([['left', 'running']])
  writeFileSync(`${t.dir}/over`, '')
  await forgotten('left')
})

test('one in the background that ended while no daemon ran is gone under the next', async () => {
  await t.here.ok(['run', '-d', '--rm', '--name', 'alone', '--', 'sh', '-c', 'until test -e now; do sleep 0.1; done'])
  const [view] = await t.request('list', {})
  await t.killDaemon()
  writeFileSync(`${t.dir}/now`, '')
  await t.until(() => !t.processes().some(({ pid }) => pid === view?.pid), 'its program has ended')
  await t.here.ok(['daemon', 'start'])
  await forgotten('alone')
})

test('the output that a slow reader has not taken stays until it has', async () => {
  const script = `"$0" "$1" run --rm --name slow -- seq 300000 | { until test -e read; do sleep 0.1; done; tail -n 1; }`
  const child = spawn('sh', ['-c', script, process.execPath, cliFile], {
    env: t.env,
    cwd: t.dir,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  await t.until(async () => (await t.request('list', { all: true }))[0]?.status === 'done', 'it has ended')
  writeFileSync(`${t.dir}/read`, '')
  await once(child, 'close')
  expect(out).toBe('300000\n')
  await forgotten('slow')
})

test('what it left behind ends with it; a log file in a place of its own stays', async () => {
  const args = ['run', '--rm', '--name', 'family', '--out-file', `${t.dir}/kept.log`]
  await t.here.ok([...args, '--', 'sh', '-c', 'sleep 1234.5 & echo kept'])
  expect(t.processes().filter(({ command }) => command.includes('1234.5'))).toEqual([])
  expect(readFileSync(`${t.dir}/kept.log`, 'utf8')).toBe('kept\n')
})

testNeeding('script')('at a terminal of its own', async () => {
  await t.here.ok(['run', '-d', '-t', '--rm', '--name', 'typed', '--', 'cat'])
  await t.until(async () => (await t.request('list', {}))[0]?.status === 'running', 'it runs')
  await t.here.ok(['send', 'typed', '--key', 'ctrl-d'])
  await forgotten('typed')
})

test('what cannot be is refused, and a name that is taken stays taken', async () => {
  const kept = await t.here.run(['run', '--rm', '--leftovers', 'keep', '--', 'true'])
  expect(kept).toMatchObject({ code: 2, stderr: expect.stringContaining('cannot run true with --rm: `--leftovers keep`') })
  const service = { name: 'web', kind: 'service' as const, command: ['sleep', '9'], cwd: '/' }
  await expect(t.request('start', { definition: service, autoRemove: true })).rejects.toMatchObject({ code: 'USAGE' })
  await t.here.ok(['run', '--name', 'taken', '--', 'echo', 'earlier'])
  expect(await t.here.run(['run', '--rm', '--name', 'taken', '--', 'true'])).toMatchObject({
    stderr: expect.stringContaining("cannot define 'taken'"),
  })
  // With --replace it takes the name, and the logs of the earlier one stay under theirs.
  expect(await t.here.run(['run', '--rm', '--replace', '--name', 'taken', '--', 'echo', 'new'])).toMatchObject({
    stdout: 'new\n',
  })
  expect(traces('taken')).toEqual([])
})
