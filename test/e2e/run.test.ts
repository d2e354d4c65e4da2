/** `ptrack run` in the foreground: as if the program itself had been called. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ProcessView } from '../../src/protocol/view.ts'
import { cliFile } from '../support/bundle.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { identOf, statOf } from '../support/proc.ts'

let t: TestHome
beforeAll(async () => {
  t = await testHome()
})
afterAll(async () => {
  await t?.close()
})

const sh = (script: string): string[] => ['run', '--', 'sh', '-c', script]
const sha = (text: string): string => createHash('sha256').update(text).digest('hex')

/** The CLI as a child that can be signalled; `ended` resolves with its exit. */
function cli(args: string[]) {
  const child = spawn(process.execPath, [cliFile, ...args], { cwd: t.dir, env: t.env, stdio: ['ignore', 'pipe', 'pipe'] })
  const said = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.err += text))
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) =>
    child.once('close', (code, signal) => resolve({ code, signal })),
  )
  return { child, said, ended }
}

describe('output', () => {
  test('each stream goes to its own', async () => {
    const result = await t.run(sh('echo to out; echo to err >&2; echo more'))
    expect(result).toEqual({ code: 0, signal: null, stdout: 'to out\nmore\n', stderr: 'to err\n' })
  })

  test('100,000 lines arrive complete and in order', async () => {
    const expected = Array.from({ length: 100_000 }, (_, n) => `line ${n + 1} of many\n`).join('')
    const { stdout, code } = await t.run(sh('seq -f "line %.0f of many" 100000'))
    expect({ code, length: stdout.length, sha: sha(stdout) }).toEqual({ code: 0, length: expected.length, sha: sha(expected) })
  })

  test('blank lines, tabs, colours and characters of several bytes are passed on', async () => {
    const text = '\n\n  two blank lines\tand a tab\n\x1b[31mred\x1b[0m grüße 漢字 🙂\n\n'
    expect((await t.run(['run', '--', 'printf', '%s', text])).stdout).toBe(text)
  })

  test('with --json its output goes to stderr and stdout is one view', async () => {
    const result = await t.run(['run', '--json', '--', 'sh', '-c', 'echo hello; exit 4'])
    expect(result).toMatchObject({ code: 4, stderr: 'hello\n' })
    expect(JSON.parse(result.stdout)).toMatchObject({ kind: 'job', status: 'failed', exitCode: 4 })
  })

  test('when the reader has had enough, the job is ended and nothing complains', async () => {
    const child = spawn('/bin/sh', ['-c', '"$0" "$1" run --name endless -- yes | head -n 3', process.execPath, cliFile], {
      cwd: t.dir,
      env: t.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let out = ''
    let err = ''
    child.stdout.on('data', (bytes) => (out += bytes))
    child.stderr.on('data', (bytes) => (err += bytes))
    await new Promise((resolve) => child.once('close', resolve))
    expect(out).toBe('y\ny\ny\n')
    expect(err).not.toMatch(/EPIPE|Error/)
    await t.until(async () => (await t.ls('endless'))?.status === 'cancelled', 'the job is cancelled')
  })
})

test("the exit code is the program's, 128+n for signal n, 127 and 126 as a shell says", async () => {
  const plain = `${t.dir}/not-executable`
  writeFileSync(plain, '#!/bin/sh\n')
  const lost = `${t.dir}/lost-interpreter`
  writeFileSync(lost, '#!/no/such/interpreter\n')
  chmodSync(lost, 0o755)
  const cases: [string[], number][] = [
    [sh('exit 0'), 0],
    [sh('exit 1'), 1],
    [sh('exit 7'), 7],
    [sh('exit 255'), 255],
    [sh('kill -9 $$'), 137],
    [sh('kill -TERM $$'), 143],
    [['run', '--', 'no-such-command-anywhere'], 127],
    [['run', '--', './no-such-file'], 127],
    [['run', '--', lost], 127],
    [['run', '--', plain], 126],
    [['run', '--', t.dir], 126],
    [['run', '--ok-exit', '0,3', '--', 'sh', '-c', 'exit 3'], 3],
    [['run', '--timeout', '200ms', '--name', 'slow', '--', 'sleep', '60'], 143],
  ]
  const results = await Promise.all(cases.map(([args]) => t.run(args)))
  expect(results.map(({ code }, n) => `${cases[n]![0].slice(1).join(' ')} -> ${code}`)).toEqual(
    cases.map(([args, code]) => `${args.slice(1).join(' ')} -> ${code}`),
  )
  for (const result of results.slice(6, 11)) expect(result.stderr).toMatch(/^ptrack: cannot start [^\n;]+; [^\n;]+\n$/)
  expect(await t.ls('slow')).toMatchObject({ status: 'timeout' })
})

test('retries show all attempts, and the last code counts', async () => {
  const marker = `${t.dir}/attempts`
  const script = `echo attempt; echo x >> ${marker}; test $(wc -l < ${marker}) -ge 2`
  const { code, stdout } = await t.run(['run', '--retries', '3', '--name', 'again', '--', 'sh', '-c', script])
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'attempt\nattempt\n' })
  expect(await t.ls('again')).toMatchObject({ status: 'done', run: 2, restarts: 1 })
})

test('Ctrl-C cancels the job and its children, output up to the end is shown, the code is 130', async () => {
  // A shell starts what it puts aside deaf to SIGINT: that gets the stop signal once the program is gone.
  const script = 'trap "echo last words; exit 5" INT; trap "echo wrong" TERM; sleep 3600 & echo ready; wait'
  const running = cli(['run', '--name', 'interrupted', '--', 'sh', '-c', script])
  await t.until(() => running.said.out === 'ready\n', 'its output is here while it runs')
  const pids = t.processes().map((process) => process.pid)
  running.child.kill('SIGINT')
  expect(await running.ended).toEqual({ code: 130, signal: null })
  expect(running.said.out).toBe('ready\nlast words\n')
  expect(running.said.err).toContain('cancelling interrupted')
  expect(await t.ls('interrupted')).toMatchObject({ status: 'cancelled', wanted: 'down' })
  const own = t.processes().filter((process) => pids.includes(process.pid) && process.id !== null)
  expect(own).toEqual([])
})

test('Ctrl-C is SIGINT to the program, unless a stop signal was chosen; another end of the command is its stop signal', async () => {
  const script = 'for s in INT TERM USR1; do trap "echo $s; exit 5" $s; done; echo ready; while :; do sleep 0.1; done'
  const ends = async (signal: NodeJS.Signals, ...options: string[]): Promise<string> => {
    const running = cli(['run', ...options, '--', 'sh', '-c', script])
    await t.until(() => running.said.out === 'ready\n', 'it runs')
    running.child.kill(signal)
    await running.ended
    return running.said.out
  }
  const said = await Promise.all([ends('SIGINT'), ends('SIGTERM'), ends('SIGINT', '--stop-signal', 'USR1')])
  expect(said).toEqual(['ready\nINT\n', 'ready\nTERM\n', 'ready\nUSR1\n'])
})

test('a second Ctrl-C kills what does not listen', async () => {
  const running = cli(['run', '--name', 'deaf', '--', program('ignores-sigterm.mjs')])
  await t.until(() => running.said.out.includes('ready\n'), 'it runs')
  const { pid } = (await t.ls('deaf'))!
  running.child.kill('SIGINT')
  await t.until(() => running.said.out.includes('ignored SIGINT'), 'it has been asked')
  running.child.kill('SIGINT')
  expect((await running.ended).code).toBe(130)
  expect(identOf(pid!)).toBeNull()
})

test('a command that is killed costs the job nothing; a terminal that closes ends it, as it would any program', async () => {
  const killed = cli(['run', '--name', 'unheard', '--', 'sh', '-c', 'echo begun; exec sleep 3600'])
  await t.until(() => killed.said.out === 'begun\n', 'it runs')
  const pid = await t.until(async () => {
    const now = (await t.ls('unheard'))!.pid
    // Until its program is found, its recorder stands there, which leads the session.
    return now !== null && statOf(now)?.session !== now && now
  }, 'its program is known')
  killed.child.kill('SIGKILL')
  await killed.ended
  expect(await t.ls('unheard')).toMatchObject({ status: 'running', pid })
  await t.here.ok(['cancel', 'unheard'])
  const closed = cli(['run', '--name', 'hung-up', '--', 'sh', '-c', 'echo begun; exec sleep 3600'])
  await t.until(() => closed.said.out === 'begun\n', 'it runs')
  closed.child.kill('SIGHUP')
  expect((await closed.ended).code).toBe(129)
  expect(await t.ls('hung-up')).toMatchObject({ status: 'cancelled' })
})

test('-d prints the name at once, and the job goes on without us', async () => {
  const detached = await t.ok(['run', '-d', '--name', 'background', '--', 'sh', '-c', 'echo begun; sleep 3600'])
  expect(detached.stdout).toMatch(/^background [0-9a-f]{12}\n$/)
  const running = (): Promise<ProcessView | undefined> => t.ls('background')
  await t.until(async () => (await running())?.status === 'running', 'it runs')
  await t.until(async () => (await t.ok(['logs', 'background'])).stdout === 'begun\n', 'its log is kept')
  await t.here.ok(['cancel', 'background'])
  expect((await t.run(['run', '-d', '--name', 'background', '--', 'true'])).code).toBe(2)
  // What cannot be started is known at once, unless it waits its turn.
  const missing = await t.run(['run', '-d', '--', '/no/such/program'])
  expect(missing).toMatchObject({
    code: 127,
    stderr: expect.stringMatching(/^ptrack: cannot start program: .* does not exist; .*\n$/),
  })
  expect(missing.stdout).toMatch(/^program [0-9a-f]{12}\n$/)
  expect(await t.run(['run', '-d', '--json', '--name', 'missing', '--', 'nosuchcmd'])).toMatchObject({ code: 127 })
  expect((await t.run(['run', '-d', '--name', 'fails', '--', 'sh', '-c', 'exit 3'])).code).toBe(0)
  expect((await t.run(['start', '--no-wait', '--name', 'never', '--', 'nosuchcmd'])).stdout).toBe('never has failed\n')
})

test('--replace takes the name of an ended job, and of nothing else; without it the error says what to type', async () => {
  const again = (...more: string[]) => t.run(['run', '--name', 'nightly', ...more])
  expect((await again('--', 'sh', '-c', 'echo "::ptrack {\\"result\\":{\\"n\\":1}}"; exit 3')).code).toBe(3)
  const refused = await again('--', 'true')
  expect(refused.code).toBe(2)
  expect(refused.stderr).toContain('(id ')
  expect(refused.stderr).toContain(', failed); `ptrack run --replace --name nightly -- COMMAND` takes its place, ')
  expect(await again('--replace', '--', 'echo', 'second')).toMatchObject({ code: 0, stdout: 'second\n' })
  const first = (await t.here.json<{ id: string; exitCode: number }[]>(['history', 'nightly'])).find(
    ({ exitCode }) => exitCode === 3,
  )!
  expect((await t.ok(['results', 'nightly', '--id', first.id, '--format', 'csv'])).stdout).toContain('1')
  const live = cli(['run', '--replace', '--name', 'nightly', '--', program('waits.sh')])
  await t.until(async () => (await t.ls('nightly'))?.status === 'running', 'it runs in its place')
  expect((await again('--replace', '--', 'true')).stderr).toContain(', running); ')
  await t.here.ok(['cancel', 'nightly'])
  await live.ended
  await t.here.ok(['start', '--name', 'served', '--', program('waits.sh')])
  await t.here.ok(['stop', 'served'])
  expect((await t.run(['run', '--replace', '--name', 'served', '--', 'true'])).code).toBe(2)
  expect(await t.ls('served')).toMatchObject({ kind: 'service', status: 'stopped' })
})

test('a daemon that is killed meanwhile costs neither the job nor its outcome', async () => {
  const script = 'echo one; while [ ! -e go ]; do sleep 0.1; done; echo two; exit 6'
  const running = cli(['run', '--name', 'survives', '--', 'sh', '-c', script])
  await t.until(() => running.said.out === 'one\n', 'it runs')
  await t.killDaemon()
  writeFileSync(`${t.dir}/go`, '')
  expect((await running.ended).code).toBe(6)
  expect(running.said.out).toBe('one\ntwo\n')
  expect(running.said.err).toContain('the daemon is gone, reconnecting')
})
