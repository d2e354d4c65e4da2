/** `ptrack runtime` outside a container: what it prints, when it ends and with which code, and what it does with signals. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ProcessView } from '../../src/protocol/view.ts'
import { cliFile } from '../support/bundle.ts'
import { program, type RunResult, type TestHome, testHome } from '../support/daemon.ts'

let t: TestHome
beforeEach(async () => {
  t = await testHome()
})
afterEach(async () => {
  await t.close()
})

/** Started, and still running. */
interface Running {
  child: ChildProcess
  out: { text: string }
  err: { text: string }
  ended: Promise<number | null>
}

function start(...args: string[]): Running {
  const child = spawn(process.execPath, [cliFile, 'runtime', ...args], {
    env: t.env,
    cwd: t.dir,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.alsoEnd(child.pid!)
  const [out, err] = [{ text: '' }, { text: '' }]
  child.stdout!.setEncoding('utf8').on('data', (chunk: string) => (out.text += chunk))
  child.stderr!.setEncoding('utf8').on('data', (chunk: string) => (err.text += chunk))
  return { child, out, err, ended: once(child, 'close').then(([code]) => code as number | null) }
}

const yaml = (text: string): void => writeFileSync(join(t.dir, 'ptrack.yaml'), `processes:\n${text}`)
const runtime = (...args: string[]): Promise<RunResult> => t.run(['runtime', ...args], { timeoutMs: 110_000 })

describe('the exit code, by what ends', () => {
  const WAITS = program('waits.sh')
  const job = (name: string, does: string, more = ''): string => `  ${name}: { kind: job, command: "${does}"${more} }\n`
  const service = (name: string, does: string, more = ''): string => `  ${name}: { command: "${does}"${more} }\n`
  const never = ', restart: never'
  const critical = ', critical: true'
  const long = service('long', WAITS)

  test.each<[what: string, file: string, options: string[], code: number, why: RegExp]>([
    ['the last one ends well', service('a', 'sh -c true', never), [], 0, /a has ended: done, the last one/],
    [
      'the last one fails',
      job('b', 'sh -c true') + service('a', "sh -c 'exit 7'", `${never}, after: [b:done]`),
      [],
      7,
      /a has ended/,
    ],
    ['a signal ends the last one', service('a', "sh -c 'kill -9 $$$$'", never), [], 137, /killed by SIGKILL/],
    ['the last one cannot be started', service('a', 'no-such-program', never), [], 127, /not found in PATH/],
    ['a critical one fails beside another', long + service('a', "sh -c 'exit 5'", never + critical), [], 5, /a has ended/],
    ['a critical one is done', long + job('a', 'sh -c true', critical), [], 0, /a has ended: done/],
    [
      'a critical one fails too often',
      long + service('a', "sh -c 'exit 6'", `${critical}, maxRestarts: 1`),
      [],
      6,
      /a has ended/,
    ],
    [
      'failure, and one is done before',
      `${long}${job('a', 'sh -c true')}${job('b', "sh -c 'exit 4'", ', after: [a:done]')}`,
      ['--exit-on', 'failure'],
      4,
      /b has/,
    ],
    ['any, and one is done', long + job('a', 'sh -c true'), ['--exit-on', 'any'], 0, /a has ended/],
    [
      'all, and the last of two fails',
      `${job('a', 'sh -c true')}${job('b', "sh -c 'exit 3'", ', after: [a:done]')}`,
      ['--exit-on', 'all'],
      3,
      /b has/,
    ],
    ['a time limit', job('a', 'sleep 3600', ', timeout: 200ms'), [], 143, /a has ended/],
  ])('%s', async (_, file, options, code, why) => {
    yaml(file)
    const ended = await runtime(...options)
    expect([ended.code, ended.stderr]).toEqual([code, expect.stringMatching(why)])
    expect(t.processes()).toEqual([])
    expect(t.daemons()).toEqual([])
  })

  test('a crash loop of the only program ends it with its code', async () => {
    // Nine delays of the backoff, and each starts at once.
    yaml(service('a', "sh -c 'exit 9'", ', restartDelay: 100ms'))
    const { code, stderr } = await runtime()
    expect([code, stderr]).toEqual([9, expect.stringContaining('a crashes again and again (exit code 9)')])
  })

  test('never: it stays until SIGTERM, and then the code is 0', async () => {
    yaml(job('a', "sh -c 'exit 3'"))
    const { child, err, ended } = start('--exit-on', 'never')
    await t.until(async () => (await t.ls('a'))?.status === 'failed', 'it has failed')
    child.kill('SIGTERM')
    expect([await ended, err.text]).toEqual([0, expect.stringContaining('SIGTERM')])
  })

  test('what somebody stops by hand ends nothing, and what ended in an earlier life is no end of this one', async () => {
    yaml(service('a', WAITS) + job('b', 'sh -c true'))
    const first = start()
    await t.until(async () => (await t.ls('b'))?.status === 'done', 'the job is done')
    await t.until(async () => (await t.ls('a'))?.status === 'running', 'the service runs')
    await t.here.ok(['stop', 'a'])
    await t.here.ok(['start', 'a'])
    first.child.kill('SIGTERM')
    expect(await first.ended).toBe(0)
    yaml(job('b', 'sh -c true'))
    const again = await runtime()
    expect([again.code, again.stderr]).toEqual([0, expect.stringContaining('nothing is left to run')])
    // It is no longer in the file.
    expect(await t.ls('a')).toBeUndefined()
  })
})

describe('output', () => {
  test('of one program: its bytes, on both streams, over a restart', async () => {
    const script = 'printf "a\\000b\\377"; printf "e" >&2; test -e again || { touch again; exit 1; }'
    const { child, ended } = start('--', 'sh', '-c', script)
    const out: Buffer[] = []
    child
      .stdout!.removeAllListeners('data')
      .setEncoding('latin1')
      .on('data', (chunk: string) => out.push(Buffer.from(chunk, 'latin1')))
    expect(await ended).toBe(0)
    expect(Buffer.concat(out).toString('latin1')).toBe('a\0b\xffa\0b\xff')
  })

  test('of several: the name before each line, stderr on stderr, a line that nobody ended too', async () => {
    yaml(`  one: { kind: job, command: "sh -c 'echo 1; echo e >&2; printf last'" }\n  two: { kind: job, command: echo 2 }\n`)
    const { stdout, stderr } = await runtime()
    expect(stdout.trim().split('\n').sort()).toEqual(['one | 1', 'one | last', 'two | 2'])
    expect(stderr).toContain('one | e\n')
  })

  test('as JSON, and plain', async () => {
    yaml(`  one: { kind: job, command: "sh -c 'echo 1; echo e >&2'" }\n`)
    const json = await runtime('--log-format', 'json')
    expect(JSON.parse(json.stdout)).toEqual({ at: expect.any(String), process: 'one', stream: 'out', text: '1' })
    const lines = json.stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { process: string; text: string })
    expect(lines.map(({ process }) => process)).toContain('ptrack')
    expect(lines.find(({ process }) => process === 'one')?.text).toBe('e')
    yaml(`  a: { kind: job, command: echo 1 }\n  b: { kind: job, command: echo 2 }\n`)
    expect((await runtime('--log-format', 'plain')).stdout.trim().split('\n').sort()).toEqual(['1', '2'])
  })

  test('of a burst nothing is lost, though the log is rotated at 1 MB and none is kept', async () => {
    const bytes = 30_000_000
    const { child, ended } = start('--', 'sh', '-c', `yes 0123456789abcdef | head -c ${bytes}`)
    let got = 0
    child.stdout!.removeAllListeners('data').on('data', (chunk: string) => (got += chunk.length))
    expect(await ended).toBe(0)
    expect(got).toBe(bytes)
  })
})

describe('signals', () => {
  test('HUP, USR1 and USR2 go to the process that is named, QUIT prints what runs', async () => {
    const traps = "trap 'echo HUP' HUP; trap 'echo USR1' USR1; trap 'echo USR2' USR2"
    writeFileSync(join(t.dir, 'a.sh'), `${traps}; echo ready; while :; do sleep 3600 & wait $!; done`)
    yaml(`  a: { command: sh a.sh, health: 'log:ready' }\n  b: { command: ${program('waits.sh')} }\n`)
    const { child, out, err, ended } = start('--forward', 'a')
    await t.until(() => out.text.includes('a | ready') && out.text.includes('b | ready'), 'both run')
    for (const signal of ['HUP', 'USR1', 'USR2'] as const) {
      child.kill(`SIG${signal}`)
      await t.until(() => out.text.includes(`a | ${signal}`), `${signal} has come`)
    }
    child.kill('SIGQUIT')
    await t.until(() => /ptrack: a: running, pid \d+, healthy/.test(err.text), 'it is printed')
    child.kill('SIGINT')
    expect(await ended).toBe(0)
  })
})

test('the daemon dies: another one takes over, nothing is restarted, and the output goes on', async () => {
  yaml(`  a: { command: "sh -c 'echo ready; while :; do test -e more && echo more; sleep 0.1; done'" }\n`)
  const { child, out, err, ended } = start()
  await t.until(() => out.text.includes('ready'), 'it runs')
  const { pid } = (await t.ls('a'))!
  await t.killDaemon()
  await t.until(() => err.text.includes('another takes over'), 'it is noticed')
  writeFileSync(join(t.dir, 'more'), '')
  await t.until(() => out.text.includes('more'), `the output goes on\n${err.text}`)
  expect(await t.ls('a')).toMatchObject({ pid, run: 1, adopted: true })
  child.kill('SIGTERM')
  expect(await ended).toBe(0)
  expect(t.processes()).toEqual([])
})

test('the next daemon may be one that a command has started: names stay as they are, and the output goes on', async () => {
  yaml(`  a: { command: "sh -c 'echo ready; while :; do test -e more && echo more; sleep 0.1; done'" }\n`)
  const { child, out, err, ended } = start()
  await t.until(() => out.text.includes('ready'), 'it runs')
  await t.killDaemon()
  expect(await t.here.json<ProcessView[]>(['ls'])).toMatchObject([{ fullName: 'a', run: 1, adopted: true }])
  writeFileSync(join(t.dir, 'more'), '')
  await t.until(() => out.text.includes('more'), `the output goes on\n${err.text}`)
  child.kill('SIGTERM')
  expect(await ended).toBe(0)
  expect(t.processes()).toEqual([])
})

test('ready and `health` say whether all is healthy', async () => {
  const ready = join(t.home, 'ready')
  const script = 'echo up; while :; do sleep 0.1; done'
  yaml(
    `  a: { command: "sh -c '${script}'", health: 'exec:test -e well', healthPeriod: 100ms, healthFailures: 1 }\n  b: { command: ${program('waits.sh')} }\n`,
  )
  writeFileSync(join(t.dir, 'well'), '')
  const { child, ended } = start()
  await t.until(() => existsSync(ready), 'it is ready')
  expect(await t.run(['health'])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^a: healthy .*\nb: running, nothing checks it\n$/),
  })
  rmSync(join(t.dir, 'well'))
  await t.until(() => !existsSync(ready), 'it is not ready any more')
  expect(await t.run(['health', 'a'])).toMatchObject({ code: 3, stdout: expect.stringContaining('a: unhealthy') })
  expect((await t.run(['health', 'nobody'])).code).toBe(4)
  child.kill('SIGTERM')
  expect(await ended).toBe(0)
  expect(existsSync(ready)).toBe(false)
})

test.each<[file: string, text: string]>([
  ['Procfile', 'a: echo hello; sleep 3600\n'],
  ['ecosystem.config.cjs', "module.exports = { apps: [{ name: 'a', script: 'a.sh', interpreter: 'sh' }] }\n"],
  ['process-compose.yaml', 'processes:\n  a:\n    command: echo hello; sleep 3600\n'],
  ['supervisord.conf', '[supervisord]\n[program:a]\ncommand=sh a.sh\n'],
])('%s is found and run', async (file, text) => {
  writeFileSync(join(t.dir, 'a.sh'), 'echo hello; sleep 3600\n')
  writeFileSync(join(t.dir, file), text)
  const { child, out, err, ended } = start()
  await t.until(() => out.text === 'hello\n', `it runs\n${err.text}`)
  child.kill('SIGTERM')
  expect([await ended, err.text]).toEqual([0, expect.stringContaining('SIGTERM')])
})

test.each<[args: string[], code: number, error: RegExp]>([
  [['--grace', '0', '--', 'true'], 2, /--grace "0": it is shorter than 100ms/],
  [['--forward', 'x', '--', 'true'], 2, /cannot forward signals to x: .* has no process of that name; it has true/],
  [['app.js'], 2, /there is no such file; a command goes behind/],
  [['node', 'app.js'], 2, /cannot run 2 files at once; .*`ptrack runtime -- node app.js`/],
  [['--name', 'x', 'Procfile'], 2, /cannot use --name with a file/],
  [['--only', 'x', '--', 'true'], 2, /cannot use --only with a command/],
  [['--http', 'x', '--', 'true'], 2, /cannot use --http x/],
  [[], 2, /cannot find a ptrack.yaml/],
])('%j is refused, and no daemon is started', async (args, code, error) => {
  const refused = await runtime(...args)
  expect([refused.code, refused.stderr]).toEqual([code, expect.stringMatching(error)])
  expect(existsSync(t.home) && readFileSync(join(t.home, 'daemon.log'), 'utf8')).toBe(false)
})

test('a home with a daemon is refused', async () => {
  await t.here.ok(['daemon', 'start'])
  const refused = await runtime('--', 'true')
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/a daemon already runs for .* \(pid \d+\)/)])
})

describe('without log files', () => {
  /** On pipes, as in a container: those that Node makes for a child are sockets. */
  function noLogs(...args: string[]): Running {
    const pipes = ['out', 'err'].map((name) => {
      const fifo = join(t.dir, name)
      execFileSync('mkfifo', [fifo])
      const reader = spawn('sh', ['-c', 'exec cat < "$0"', fifo], { stdio: ['ignore', 'pipe', 'ignore'] })
      t.alsoEnd(reader.pid!)
      const read = { text: '' }
      reader.stdout!.setEncoding('utf8').on('data', (chunk: string) => (read.text += chunk))
      return { read, fd: openSync(fifo, 'w') }
    })
    const [out, err] = pipes as [(typeof pipes)[0], (typeof pipes)[0]]
    const child = spawn(process.execPath, [cliFile, 'runtime', '--no-log-files', ...args], {
      env: t.env,
      cwd: t.dir,
      stdio: ['ignore', out.fd, err.fd],
    })
    t.alsoEnd(child.pid!)
    for (const { fd } of pipes) closeSync(fd)
    return { child, out: out.read, err: err.read, ended: once(child, 'close').then(([code]) => code as number | null) }
  }
  /** Hidden is what the daemon tries its file system with. */
  const logs = (): string[] =>
    readdirSync(join(t.home, 'logs')).filter((file) => !file.endsWith('.index') && !file.startsWith('.'))

  test('the bytes of each program are on stdout and stderr, and nowhere on the disk, over kill -9 of the daemon', async () => {
    yaml(`  talks:
    command: sh -c 'printf "a\\rb"; echo warned >&2; while [ ! -e go ]; do sleep 0.1; done; echo after; exec sleep 3600'
  beside: { command: sh -c "echo beside; exec sleep 3600" }
  dropped: { command: sh -c "echo dropped; exec sleep 3600", outFile: /dev/null }
`)
    const running = noLogs()
    await t.until(() => running.out.text.includes('a\rb') && running.out.text.includes('beside\n'), 'both have written')
    await t.until(() => running.err.text.includes('warned\n'), 'stderr is apart')
    const pid = (await t.ls('talks'))!.pid
    await t.killDaemon()
    writeFileSync(join(t.dir, 'go'), '')
    await t.until(() => running.out.text.includes('after\n'), 'it writes on without a daemon')
    expect(running.out.text).not.toMatch(/dropped| \| /)
    await t.until(async () => (await t.ls('talks'))?.adopted === true, 'the next daemon has it')
    expect((await t.ls('talks'))!.pid).toBe(pid)
    expect(logs()).toEqual([])
    const { stdout, stderr } = await t.here.ok(['logs', 'talks'])
    expect([stdout, stderr]).toEqual([
      '',
      expect.stringContaining('no log is kept of what talks writes to /dev/stdout and /dev/stderr'),
    ])
    running.child.kill('SIGTERM')
    expect(await running.ended).toBe(0)
    expect(logs()).toEqual([])
  })

  test('what stands between a program and its reader is refused before anything starts', async () => {
    const refused = async (...args: string[]): Promise<string> => {
      const { code, stderr } = await runtime('--no-log-files', ...args)
      expect([code, existsSync(join(t.home, 'daemon.json'))]).toEqual([2, false])
      return stderr
    }
    expect(await refused('--log-format', 'prefix', '--', 'true')).toContain('cannot use --log-format prefix without log files')
    expect(await refused('--log-max', '2M', '--', 'true')).toContain('there is nothing to rotate')
    yaml('  a: { command: sleep 9, health: "log:ready" }\n')
    expect(await refused()).toContain('cannot check a without log files')
    // What Node gives as a pipe is a socket on Linux when it is made by socketpair.
    const onSocket = await t.run([
      'run',
      '--',
      'python3',
      '-c',
      `import socket,subprocess,sys
a,b=socket.socketpair()
sys.exit(subprocess.run([${JSON.stringify(process.execPath)},${JSON.stringify(cliFile)},"runtime","--home",${JSON.stringify(join(t.dir, 'other'))},"--no-log-files","--","true"],stdout=b).returncode)`,
    ])
    expect([onSocket.code, onSocket.stderr]).toEqual([
      2,
      expect.stringContaining('stdout is a socket, which programs cannot open'),
    ])
  })

  test('outside of runtime /dev/stdout is no log file', async () => {
    const { code, stderr } = await t.here.run(['start', '--out-file', '/dev/stdout', '--', 'sleep', '9'])
    expect([code, stderr]).toEqual([2, expect.stringContaining('cannot log to /dev/stdout')])
  })
})
