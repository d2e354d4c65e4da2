/** --pre-start, --post-start, --pre-stop and --post-stop: what they find, what a failure of each means, and kill -9 of the daemon in each. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { ProcessDetail, WhyView } from '../../src/protocol/view.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'

let t: TestHome
beforeAll(async () => {
  t = await testHome()
})
afterEach(async () => {
  await t.here.ok(['delete', 'all', '--purge'])
  expect(t.processes().filter(({ id }) => id !== null)).toEqual([])
})
afterAll(() => t.close())

const note = (words: string): string => `echo ${words} >> notes`
/** Notes that it begins and that it ends, and lasts until the file `go` is there. */
const lasting = (words: string): string =>
  `${note(`${words} begins`)}; until [ -e go ]; do sleep 0.1; done; ${note(`${words} ends`)}`
const start = (...options: string[]): string[] => [
  'start',
  '--name',
  'web',
  ...options,
  '--',
  'sh',
  '-c',
  `${note('program')}; exec sleep 3600`,
]
let files = 0
/** A directory of its own for each test, so that no note is of another. */
function fresh(): { cwd: string } {
  const cwd = join(t.dir, `dir-${++files}`)
  mkdirSync(cwd)
  return { cwd }
}
const notes = (cwd: string): string[] =>
  existsSync(join(cwd, 'notes')) ? readFileSync(join(cwd, 'notes'), 'utf8').trim().split('\n') : []
const statusOf = async (): Promise<string> => `${(await t.ls('web'))?.status} ${(await t.ls('web'))?.reason}`
const until = (status: string) => t.until(async () => (await statusOf()) === status, `web is ${status}`)

test('each has the environment, the directory and the log of its process, in this order', async () => {
  const { cwd } = fresh()
  const says = (name: string): string => `echo "${name} $COLOUR $(basename $PWD) \${PTRACK_PID:-no}"; echo "${name} stderr" >&2`
  const wanted = ['pre-start', 'post-start', 'pre-stop', 'post-stop']
  await t.here.ok(
    [
      // Ready by its line, so that the one after its start comes behind it.
      ...['start', '--name', 'web', '--env', 'COLOUR=red', '--health', 'log:^program'],
      ...wanted.flatMap((name) => [`--${name}`, says(name)]),
      ...['--', 'sh', '-c', 'echo "program $$"; exec sleep 3600'],
    ],
    { cwd },
  )
  const { pid } = (await t.ls('web'))!
  await t.here.ok(['stop', 'web'])
  const dir = cwd.split('/').at(-1)
  const log = readFileSync(t.logFile('web'), 'utf8').trim().split('\n')
  expect(log).toEqual([
    `pre-start red ${dir} no`,
    `program ${pid}`,
    `post-start red ${dir} ${pid}`,
    `pre-stop red ${dir} ${pid}`,
    `post-stop red ${dir} no`,
  ])
  const errors = readFileSync(t.logFile('web', 'err'), 'utf8').trim().split('\n')
  expect(errors).toEqual(wanted.map((name) => `${name} stderr`))
  expect((await t.here.ok(['logs', 'web', '--run', '1', '--out'])).stdout).toContain('pre-start red')
  const { definition } = await t.here.json<ProcessDetail>(['show', 'web'])
  expect(definition).toMatchObject({ preStart: says('pre-start'), lifecycleTimeoutMs: 30_000 })
})

describe('a failing', () => {
  const HASTY = ['--lifecycle-timeout', '200ms']
  test('pre-start is a failed start: exit 1, its last lines, and no program', async () => {
    const { cwd } = fresh()
    const { code, stderr } = await t.here.run(
      start('--restart', 'never', '--pre-start', 'echo no table >&2; exit 3', '--post-stop', note('clean')),
      { cwd },
    )
    expect(code).toBe(1)
    expect(stderr).toContain('cannot start web: pre-start: exit code 3')
    expect(stderr).toContain('no table')
    // The answer does not wait for the post-stop.
    await until('failed pre-start: exit code 3')
    expect(notes(cwd)).toEqual(['clean'])
    expect(await t.ls('web')).toMatchObject({ status: 'failed', reason: 'pre-start: exit code 3', exitCode: null })
    expect((await t.here.ok(['ls'])).stdout).toContain('failed: pre-start: exit code 3')
    const { failures } = await t.here.json<WhyView>(['why', 'web'])
    expect(failures).toMatchObject([{ run: 1, reason: 'pre-start: exit code 3', lines: ['no table'] }])
  })

  test('pre-start is tried again by the restart policy', async () => {
    const { cwd } = fresh()
    const { code } = await t.here.run(
      start('--restart-delay', '100ms', '--pre-start', `${note('try')}; [ $(wc -l < notes) -ge 3 ]`),
      {
        cwd,
      },
    )
    expect(code).toBe(1)
    await t.until(async () => (await t.ls('web'))!.status === 'running', 'the third attempt runs')
    await t.until(() => notes(cwd).includes('program'), 'the program has begun')
    expect(notes(cwd)).toEqual(['try', 'try', 'try', 'program'])
  })

  test.each([
    ['--pre-start', 'kill -9 $$', 'pre-start: killed by SIGKILL', []],
    ['--pre-start', "trap '' TERM; sleep 3600 & wait; sleep 3600", 'pre-start: not done within 200ms', HASTY],
    ['--post-start', 'exit 4', 'post-start: exit code 4', []],
    ['--post-start', 'sleep 3600', 'post-start: not done within 200ms', HASTY],
  ])('%s %s ends what was started', async (option, command, why, more) => {
    const { cwd } = fresh()
    const { code, stderr } = await t.here.run(start('--restart', 'never', ...more, option, command), { cwd })
    expect(code).toBe(1)
    expect(stderr).toContain(`cannot start web: ${why}`)
    await until(`failed ${why}`)
    expect(t.processes().filter(({ id }) => id !== null)).toEqual([])
  })

  test('pre-stop or post-stop is reported, and the stop is a stop', async () => {
    const { cwd } = fresh()
    await t.here.ok(start(...HASTY, '--pre-stop', 'sleep 3600'), { cwd })
    await t.here.ok(['stop', 'web'])
    expect((await t.ls('web'))!.status).toBe('stopped')
    expect((await t.here.ok(['why', 'web'])).stdout).toContain('pre-stop: not done within 200ms')
    await t.here.ok(['set', 'web', '--lifecycle-timeout', '30s', '--pre-stop', 'none', '--post-stop', 'exit 5'])
    await t.here.ok(['start', 'web'])
    await t.here.ok(['stop', 'web'])
    expect((await t.ls('web'))!.status).toBe('stopped')
    expect((await t.here.ok(['why', 'web'])).stdout).toContain('post-stop: exit code 5')
    expect(t.logTail(50)).toContain("post-stop of 'web' run 2: exit code 5")
  })
})

test('what waits for it waits for its post-start; a crash has its post-stop before the next run', async () => {
  const { cwd } = fresh()
  await t.here.ok(
    [...start('--post-start', lasting('post-start'), '--post-stop', note('post-stop'))].toSpliced(1, 0, '--no-wait'),
    {
      cwd,
    },
  )
  await t.until(() => notes(cwd).includes('post-start begins'), 'the post-start is executed')
  await t.here.ok(['start', '--name', 'client', '--after', 'web', '--no-wait', '--', 'sleep', '3600'])
  expect((await t.ls('client'))!.status).toBe('pending')
  await until('starting post-start')
  expect((await t.here.ok(['ls'])).stdout).toContain('starting: post-start')
  writeFileSync(join(cwd, 'go'), '')
  await t.until(async () => (await t.ls('client'))!.status === 'running', 'the client runs')
  process.kill((await t.ls('web'))!.pid!, 'SIGKILL')
  await t.until(async () => (await t.ls('web'))!.run === 2 && (await t.ls('web'))!.status === 'running', 'run 2 runs')
  await t.until(() => notes(cwd).filter((line) => line === 'program').length === 2, 'its program has begun')
  expect(notes(cwd).filter((line) => !line.startsWith('post-start'))).toEqual(['program', 'post-stop', 'program'])
})

test('a stop or a cancel ends a pre-start; a restart during it begins anew', async () => {
  const { cwd } = fresh()
  await t.here.ok(start('--pre-start', lasting('pre-start'), '--post-stop', note('post-stop')).toSpliced(1, 0, '--no-wait'), {
    cwd,
  })
  await t.until(() => notes(cwd).length === 1, 'the pre-start is executed')
  expect((await t.here.ok(['ls'])).stdout).toContain('starting: pre-start')
  expect((await t.here.ok(['orphans'])).stdout).toBe('')
  await t.here.ok(['stop', 'web'])
  expect(await statusOf()).toBe('stopped null')
  expect(notes(cwd)).toEqual(['pre-start begins', 'post-stop'])
  expect(t.processes().filter(({ id }) => id !== null)).toEqual([])
})

describe('kill -9 of the daemon', () => {
  const again = async (): Promise<void> => {
    await t.killDaemon()
    await t.here.ok(['ls'])
  }

  test('during a pre-start: what is left of it ends, and it is executed again', async () => {
    const { cwd } = fresh()
    await t.here.ok(start('--pre-start', lasting('pre-start')).toSpliced(1, 0, '--no-wait'), { cwd })
    await t.until(() => notes(cwd).length === 1, 'the pre-start is executed')
    await again()
    await t.until(() => notes(cwd).length === 2, 'it is executed again')
    await until('starting pre-start')
    writeFileSync(join(cwd, 'go'), '')
    await t.until(async () => (await t.ls('web'))!.status === 'running', 'it runs')
    await t.until(() => notes(cwd).includes('program'), 'the program has begun')
    expect(notes(cwd)).toEqual(['pre-start begins', 'pre-start begins', 'pre-start ends', 'program'])
    expect((await t.ls('web'))!.run).toBe(1)
  })

  test('during a post-start: the program stays, and it is executed again', async () => {
    const { cwd } = fresh()
    await t.here.ok(start('--post-start', lasting('post-start')).toSpliced(1, 0, '--no-wait'), { cwd })
    await until('starting post-start')
    await t.until(() => notes(cwd).includes('post-start begins'), 'the post-start is executed')
    const { pid } = (await t.ls('web'))!
    await again()
    await t.until(() => notes(cwd).length === 3, 'it is executed again')
    writeFileSync(join(cwd, 'go'), '')
    await t.until(async () => (await t.ls('web'))!.status === 'running', 'it runs')
    expect(await t.ls('web')).toMatchObject({ pid, run: 1 })
    expect(notes(cwd).filter((line) => line === 'program')).toHaveLength(1)
  })

  test('during a pre-stop: the stop goes on; during a post-stop: it is executed again', async () => {
    const { cwd } = fresh()
    await t.here.ok(start('--pre-stop', lasting('pre-stop'), '--post-stop', lasting('post-stop')), { cwd })
    await t.here.ok(['stop', 'web', '--no-wait'])
    await t.until(() => notes(cwd).includes('pre-stop begins'), 'the pre-stop is executed')
    await again()
    await t.until(() => notes(cwd).includes('post-stop begins'), 'the post-stop is executed')
    await until('completing stopping, post-stop')
    await again()
    await t.until(() => notes(cwd).filter((line) => line === 'post-stop begins').length === 2, 'it is executed again')
    writeFileSync(join(cwd, 'go'), '')
    await until('stopped null')
    expect(notes(cwd)).not.toContain('pre-stop ends')
  })

  test('between them: an adopted run has its pre-stop and post-stop', async () => {
    const { cwd } = fresh()
    await t.here.ok(start('--pre-stop', note('pre-stop $PTRACK_PID'), '--post-stop', note('post-stop')), { cwd })
    const { pid } = (await t.ls('web'))!
    await again()
    await t.here.ok(['stop', 'web'])
    expect(notes(cwd)).toEqual(['program', `pre-stop ${pid}`, 'post-stop'])
  })
})

test('daemon stop --kill-children within a total cuts them to fit, and every process ends', async () => {
  const { cwd } = fresh()
  await t.here.ok(start('--pre-stop', lasting('pre-stop'), '--post-stop', lasting('post-stop')), { cwd })
  await t.request('daemon.stop', { killChildren: true, graceMs: 2000 })
  await t.until(() => t.daemon() === null, 'the daemon is gone')
  expect(t.processes().filter(({ id }) => id !== null)).toEqual([])
  expect(notes(cwd)).toEqual(['program', 'pre-stop begins', 'post-stop begins'])
})

test('reload beside: the successor has its pre-start and post-start first, and a failing one is rolled back', async () => {
  const { cwd } = fresh()
  const server = [process.execPath, program('serves-a-version.mjs')]
  const commands = ['pre-start', 'post-start', 'pre-stop', 'post-stop'].flatMap((name) => [
    `--${name}`,
    note(`${name} \${PTRACK_RUN%%-*}`),
  ])
  await t.here.ok(['start', '--name', 'web', '--socket', 'auto', ...commands, '--', ...server], { cwd })
  await t.here.ok(['reload', 'web'])
  await t.until(() => notes(cwd).includes('post-stop 1'), 'the old one has its post-stop')
  const order = notes(cwd)
  expect(order.slice(0, 4)).toEqual(['pre-start 1', 'post-start 1', 'pre-start 2', 'post-start 2'])
  expect(order.slice(4)).toEqual(['pre-stop 1', 'post-stop 1'])
  const { pid } = (await t.ls('web'))!
  await t.here.ok(['set', 'web', '--pre-start', 'exit 7'])
  const { code, stderr } = await t.here.run(['reload', 'web'])
  expect(code).toBe(1)
  expect(stderr).toContain('pre-start: exit code 7')
  expect(await t.ls('web')).toMatchObject({ pid, status: 'running' })
})

test('`ptrack run` shows what they write, hands its stdin to the program alone, and exits as it', async () => {
  const { cwd } = fresh()
  const commands = ['--pre-start', 'echo before; cat', '--post-stop', 'echo afterwards']
  const { stdout, code } = await t.here.run(['run', '--name', 'job', ...commands, '--', 'sh', '-c', 'cat; exit 5'], {
    cwd,
    input: 'given\n',
  })
  expect(stdout).toBe('before\ngiven\nafterwards\n')
  expect(code).toBe(5)
  const failed = await t.here.run(['run', '--name', 'other', '--pre-start', 'echo no >&2; exit 3', '--', 'true'], { cwd })
  expect(failed).toMatchObject({ code: 126, stderr: expect.stringContaining('no\n') })
  expect(failed.stderr).toContain('pre-start: exit code 3')
})

test('kill -9 of the daemon during the pre-start of a successor: what is left of it ends, and another one comes', async () => {
  const { cwd } = fresh()
  await t.here.ok(['start', '--name', 'web', '--socket', 'auto', '--', process.execPath, program('serves-a-version.mjs')], {
    cwd,
  })
  await t.here.ok(['set', 'web', '--pre-start', lasting('pre-start')])
  const { pid } = (await t.ls('web'))!
  const reload = t.here.run(['reload', 'web'])
  await t.until(() => notes(cwd).length === 1, 'the pre-start is executed')
  expect((await t.here.ok(['orphans'])).stdout).toBe('')
  await t.killDaemon()
  await t.here.ok(['ls'])
  await t.until(() => notes(cwd).length === 2, 'another one is executed')
  const shells = () => t.processes().filter(({ command }) => command.join(' ').includes('pre-start begins'))
  await t.until(() => shells().length === 1, 'only that one lives')
  expect(await t.ls('web')).toMatchObject({ pid, status: 'running' })
  writeFileSync(join(cwd, 'go'), '')
  await t.until(async () => (await t.ls('web'))!.pid !== pid, 'the successor serves')
  await reload
  expect(notes(cwd)).toEqual(['pre-start begins', 'pre-start begins', 'pre-start ends'])
})
