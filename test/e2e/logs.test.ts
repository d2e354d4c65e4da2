/** `ptrack logs`: following over rotation and over the daemon's death, several processes in one, and every way to ask. */
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { LogLine } from '../../src/protocol/view.ts'
import { cliFile } from '../support/bundle.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'

let t: TestHome
beforeAll(async () => {
  t = await testHome()
})
afterAll(async () => {
  for (const { child } of followers) child.kill('SIGKILL')
  await t?.close()
})

interface Follower {
  child: ReturnType<typeof spawn>
  lines: string[]
  err: string
  ended: Promise<number | null>
}
const followers: Follower[] = []

/** `ptrack logs ARGS -f`, its complete lines as they come. */
function follow(...args: string[]): Follower {
  const child = spawn(process.execPath, [cliFile, 'logs', ...args, '-f'], {
    cwd: t.dir,
    env: t.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const follower: Follower = { child, lines: [], err: '', ended: new Promise((resolve) => child.once('close', resolve)) }
  let rest = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n')
    rest = parts.pop()!
    follower.lines.push(...parts)
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => (follower.err += text))
  followers.push(follower)
  return follower
}

/** Numbers that the writer gave its lines, as `000000000012 xxx`. */
const numbers = (lines: readonly string[]): number[] =>
  lines.filter((line) => /^\d{12} /.test(line)).map((line) => Number(line.slice(0, 12)))
const rising = (from: number, count: number): number[] => Array.from({ length: count }, (_, n) => from + n)
const text = async (...args: string[]): Promise<string> => (await t.here.ok(['logs', ...args])).stdout

test('-f over many rotations loses no line and doubles none; Ctrl-C ends it with 0', async () => {
  await t.here.ok([
    'start',
    '--name',
    'busy',
    '--log-max',
    '64k',
    '--log-keep',
    '50',
    '--',
    program('writes-forever.py'),
    '200',
    '1',
  ])
  const follower = follow('busy', '-n', '1000000')
  await t.until(() => follower.lines.length > 100, 'it follows')
  await t.until(() => existsSync(`${t.logFile('busy')}.3.gz`) || existsSync(`${t.logFile('busy')}.3`), 'three rotations', 40_000)
  const { length } = follower.lines
  await t.until(() => follower.lines.length > length + 200, 'more lines behind them')
  follower.child.kill('SIGINT')
  expect(await follower.ended).toBe(0)
  const seen = numbers(follower.lines)
  expect(seen).toEqual(rising(0, seen.length))
  expect(follower.lines.filter((line) => /^\d{12} /.test(line)).every((line) => line.length === 199)).toBe(true)
  // The live file stays small: what was archived is gone from it.
  expect(statSync(t.logFile('busy')).size).toBeLessThan(1024 * 1024)
  // Read back afterwards, archives and live file are one log.
  await t.here.ok(['stop', 'busy'])
  const kept = numbers((await text('busy', '-n', '1000000')).split('\n'))
  expect(kept).toEqual(rising(0, kept.length))
  expect(kept.length).toBeGreaterThanOrEqual(seen.length)
})

test('-f goes on over kill -9 of the daemon: it says so, and nothing is lost or told twice', async () => {
  await t.here.ok(['start', '--name', 'steady', '--', program('writes-forever.py'), '60', '5'])
  const follower = follow('steady', '-n', '1000000')
  await t.until(() => follower.lines.length > 50, 'it follows')
  const killed = await t.killDaemon()
  await t.until(() => follower.err.includes('the daemon is gone, reconnecting'), 'it says so')
  // A reader brings no daemon back; the next command does.
  expect(t.daemon()).toBeNull()
  await t.here.ok(['ls'])
  expect(t.daemon()!.pid).not.toBe(killed.pid)
  const { length } = follower.lines
  await t.until(() => follower.lines.length > length + 50, 'it goes on')
  follower.child.kill('SIGTERM')
  await follower.ended
  const seen = numbers(follower.lines)
  expect(seen).toEqual(rising(0, seen.length))
  await t.here.ok(['delete', 'steady', 'busy'])
})

test('-f shows several processes merged, later ones too, each line with its name', async () => {
  await t.here.ok(['start', '--name', 'left', '--tag', 'pair', '--', program('writes-forever.py'), '40', '50'])
  await t.here.ok(['start', '--name', 'right', '--tag', 'pair', '--', program('writes-forever.py'), '40', '50'])
  const follower = follow('tag:pair')
  for (const name of ['left', 'right'])
    await t.until(
      () => follower.lines.filter((line) => new RegExp(`^${name} *\\| \\d{12} `).test(line)).length > 10,
      `lines of ${name}`,
    )
  const before = follower.lines.length
  await t.here.ok(['restart', 'left'])
  await t.until(() => follower.lines.slice(before).some((line) => /^left +\| ready$/.test(line)), 'the next run of one of them')
  follower.child.kill('SIGINT')
  expect(await follower.ended).toBe(0)
  await t.here.ok(['delete', 'tag:pair'])
})

test('-n, --out, --err, --grep, --run, --since, --timestamps and --json choose and shape lines', async () => {
  await t.here.ok([
    'start',
    '--name',
    'app',
    '--restart',
    'never',
    '--',
    'sh',
    '-c',
    'seq -f "out %g" 30; echo oops >&2; echo "run $PTRACK_RUN" | cut -d- -f1; sleep 3600',
  ])
  await t.until(async () => (await text('app')).includes('run 1'), 'the first run has written')
  const all = (await text('app', '-n', '100')).trimEnd().split('\n')
  expect(all).toHaveLength(32)
  expect((await text('app')).trimEnd().split('\n')).toHaveLength(20)
  expect(await text('app', '-n', '3', '--out')).toBe('out 29\nout 30\nrun 1\n')
  expect(await text('app', '-n', '0')).toBe('')
  expect(await text('app', '--err')).toBe('oops\n')
  expect(await text('app', '--grep', '^out 1[0-3]$')).toBe('out 10\nout 11\nout 12\nout 13\n')
  expect(await text('app', '--grep', 'out', '-n', '2')).toBe('out 29\nout 30\n')
  await t.here.ok(['restart', 'app'])
  await t.until(async () => (await text('app')).includes('run 2'), 'the second run has written')
  for (const [run, number] of [
    ['1', 1],
    ['2', 2],
    ['-1', 2],
    ['-2', 1],
  ] as const) {
    const lines = (await text('app', '--run', run)).trimEnd().split('\n')
    expect([run, lines.length, lines.find((line) => line.startsWith('run'))]).toEqual([run, 32, `run ${number}`])
  }
  expect((await text('app', '--since', '1h')).trimEnd().split('\n')).toHaveLength(64)
  expect(await text('app', '--since', '2100-01-01T00:00:00Z')).toBe('')
  const stamped = (await text('app', '--timestamps', '-n', '5')).trimEnd().split('\n')
  for (const line of stamped) expect(line).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (out|run|oops)/)
  const lines = (await text('app', '--json', '-n', '100'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as LogLine)
  expect(lines).toHaveLength(64)
  expect(new Set(lines.map((line) => line.run))).toEqual(new Set([1, 2]))
  expect(lines.filter((line) => line.stream === 'err').map((line) => line.text)).toEqual(['oops', 'oops'])
  for (const line of lines) expect(Object.keys(line).sort()).toEqual(['at', 'process', 'run', 'stream', 'text'])
  const wrong: [string[], number, RegExp][] = [
    [['--out', '--err'], 2, /--out and --err exclude each other/],
    [['--grep', '['], 2, /^ptrack: cannot /],
    [['--since', 'yesterday'], 2, /neither a duration nor a date/],
    [['--run', '9'], 4, /run 9 is not in them/],
  ]
  const results = await Promise.all(wrong.map(([args]) => t.here.run(['logs', 'app', ...args])))
  results.forEach((result, n) => {
    expect([wrong[n]![0], result.code]).toEqual([wrong[n]![0], wrong[n]![1]])
    expect(result.stderr).toMatch(wrong[n]![2])
  })
})

test('flush empties the logs under the running program, which goes on writing into them', async () => {
  const { pid } = (await t.ls('app'))!
  await t.here.ok(['flush', 'app'])
  expect(await text('app', '-n', '100')).toBe('')
  expect(readFileSync(t.logFile('app'), 'utf8')).toBe('')
  expect((await t.ls('app'))!.pid).toBe(pid)
  const follower = follow('app')
  await t.here.ok(['start', '--name', 'writer', '--', program('writes-forever.py'), '40', '20'])
  await t.until(async () => (await text('writer', '-n', '1000000')).includes('000000000020'), 'it writes')
  await t.here.ok(['flush', 'writer'])
  await t.until(async () => numbers((await text('writer', '-n', '1000000')).split('\n')).length > 20, 'it writes after the flush')
  const after = numbers((await text('writer', '-n', '1000000')).split('\n'))
  expect(after[0]).toBeGreaterThanOrEqual(20)
  expect(after).toEqual(rising(after[0]!, after.length))
  expect(follower.lines).toEqual([])
})

test('a deleted process leaves its log readable by name until it is purged', async () => {
  await t.here.run(['run', '--name', 'gone', '--', 'echo', 'still here'])
  await t.here.ok(['delete', 'gone'])
  expect(await text('gone')).toBe('still here\n')
  expect((await t.here.run(['logs', 'never-was'])).code).toBe(4)
})

test('a process that takes the name of a deleted one has logs of its own; the id of the other one reads its', async () => {
  await t.here.run(['run', '--name', 'again', '--', 'sh', '-c', 'echo first; echo its error >&2'])
  const { id } = JSON.parse((await t.here.ok(['show', 'again', '--json'])).stdout)
  await t.here.ok(['delete', 'again'])
  await t.here.run(['run', '--name', 'again', '--', 'echo', 'second'])
  expect(await text('again')).toBe('second\n')
  expect(await text(id)).toBe('first\nits error\n')
  expect(readdirSync(`${t.home}/logs`).filter((file) => file.startsWith('again~'))).toContain(`again~${id}.out.log`)
})

test('what stands at the place of a log, or of an environment, and is no file: that process does not start, the daemon goes on', async () => {
  mkdirSync(`${t.home}/logs`, { recursive: true, mode: 0o700 })
  const fifo = t.logFile('blocked')
  execFileSync('mkfifo', [fifo])
  const refused = await t.here.run(['start', '--name', 'blocked', '--', 'sleep', '60'])
  expect(refused.code).toBe(1)
  expect(refused.stderr).toContain(
    `cannot start blocked: its log ${fifo} cannot be opened: it is a FIFO, not a file; move it away`,
  )
  const env = `${t.home}/env/blocked.json`
  rmSync(fifo)
  rmSync(env)
  execFileSync('mkfifo', [env])
  const again = await t.here.run(['start', 'blocked'])
  expect(again.stderr).toContain(
    `cannot start blocked: cannot read the environment of blocked: it is a FIFO, not a file; move ${env} away`,
  )
  rmSync(env)
  await t.here.ok(['start', 'blocked'])
})

test('-f says on stderr, in its place, that a program ended and was started again; --json does not', async () => {
  await t.here.ok(['start', '--name', 'crashes', '--', 'sh', '-c', 'echo up; read -r _ < "$0"; exit 3', fifoIn(t.dir)])
  const follower = follow('crashes')
  const json = follow('crashes', '--json')
  await t.until(() => follower.lines.includes('up') && json.lines.length > 0, 'both follow')
  writeFileSync(`${t.dir}/go`, '\n')
  await t.until(() => follower.err.includes('started (run 2'), 'the second run is announced')
  expect(follower.err).toMatch(/^-- crashes: exit code 3 \(run 1\) --\n-- crashes: started \(run 2, pid \d+\) --\n/)
  await t.until(() => json.lines.length > 1, 'the second run is in the lines')
  expect(json.err).toBe('')
  for (const { child } of [follower, json]) child.kill('SIGINT')
})

/** What a program waits at until somebody writes into it. */
function fifoIn(dir: string): string {
  execFileSync('mkfifo', [`${dir}/go`])
  return `${dir}/go`
}
