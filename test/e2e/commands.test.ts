import { spawnSync } from 'node:child_process'
import { closeSync, cpSync, mkdirSync, openSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ActionResult } from '../../src/protocol/requests.ts'
import type { DaemonStatus, ProcessDetail, ProcessView } from '../../src/protocol/view.ts'
import { cliFile } from '../support/bundle.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'

/** The contract, word for word: other people's scripts rely on these names. */
const VIEW_FIELDS =
  'id number name title description kind type tags owner instance wanted status reason since health healthCheck error pid startTime run restarts command cwd ports exitCode signal createdAt startedAt endedAt elapsedMs cpuPercent memoryBytes diskReadBytes diskWriteBytes progress queuePosition queue nextRunAt results retry crashLoop failure seen session orphaned orphanedPid adopted metadata project fullName'.split(
    ' ',
  )
const DETAIL_FIELDS = 'definition definedBy neededBy checks readyAt refused sockets runs steps descendants'.split(' ')
const RESULT_FIELDS = ['name', 'project', 'fullName', 'ok', 'note', 'view', 'error', 'tail']
const fields = (value: object): string[] => Object.keys(value).sort()
const sorted = (names: readonly string[]): string[] => [...names].sort()

let t: TestHome
beforeAll(async () => {
  t = await testHome()
  await t.here.ok(['start', '--name', 'web', '--instances', '2', '--tag', 'front', '--', program('waits.sh')])
  await Promise.all([
    t.here.ok(['start', '--name', 'api', '--tag', 'back', '--port', 'auto', '--', program('listens.mjs')]),
    t.here.ok(['start', '--name', 'aside', '--', program('waits.sh')]),
    t.here.run(['run', '-d', '--name', 'job', '--', program('exits-with.sh'), '3']),
  ])
  await t.here.run(['wait', 'job'])
})
afterAll(async () => {
  await t?.close()
})

const names = (views: readonly { name: string }[]): string[] => views.map((view) => view.name).sort()

describe('--json', () => {
  test('a view has the fields of the contract, everywhere it is told', async () => {
    const [listed, one, why, acted] = await Promise.all([
      t.here.json<ProcessView[]>(['ls']),
      t.here.json<ProcessDetail>(['show', 'api']),
      t.here.json<{ view: ProcessView; timeline: object[]; failures: object[] }>(['why', 'job']),
      t.here.json<ActionResult[]>(['start', 'api']),
    ])
    expect(names(listed)).toEqual(['api', 'aside', 'job', 'web:0', 'web:1'])
    for (const view of [...listed, why.view, acted[0]!.view!]) expect(fields(view)).toEqual(sorted(VIEW_FIELDS))
    expect(fields(one)).toEqual(sorted([...VIEW_FIELDS, ...DETAIL_FIELDS]))
    expect(fields(one.ports[0]!)).toEqual(sorted(['port', 'open', 'heldBy', 'latencyMs', 'checkedAt', 'connections']))
    for (const result of acted) expect(fields(result)).toEqual(sorted(RESULT_FIELDS))
    const job = listed.find((view) => view.name === 'job')!
    expect(job).toMatchObject({ kind: 'job', status: 'failed', exitCode: 3, signal: null, wanted: 'up', pid: null })
    expect(fields(job.error!)).toEqual(['code', 'message'])
    for (const time of [job.since, job.createdAt, job.startedAt, job.endedAt]) expect(time).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
    expect(fields(why)).toEqual(['actions', 'failures', 'timeline', 'view'])
    expect(fields(why.timeline[0]!)).toEqual(['at', 'reason', 'run', 'status'])
    expect(why.failures).toMatchObject([{ run: 1, lines: ['exiting with 3'] }])
  })

  test('commands that look print one JSON value and nothing else', async () => {
    const [trees, ports, status, orphans, env, doctor, config, unit, version, quiet, holders] = await Promise.all([
      t.here.json<{ name: string; processes: object[] }[]>(['tree', 'aside']),
      t.here.json<unknown[]>(['port', '1']),
      t.json<DaemonStatus>(['daemon', 'status']),
      t.here.json<unknown[]>(['orphans']),
      t.here.json<{ name: string; env: Record<string, string> }>(['env', 'api']),
      t.here.json<object>(['doctor']),
      t.here.json<object>(['config', 'ls']),
      t.here.json<{ path: string; unit: string }>(['systemd', 'print', '--system']),
      t.here.json<{ version: string }>(['--version']),
      t.here.json<string[]>(['ls', '-q', 'web']),
      t
        .ls('api')
        .then((view) => t.here.json<{ port: number; pid: number; process: string }[]>(['port', String(view!.ports[0]!.port)])),
    ])
    expect(trees).toMatchObject([{ name: 'aside', processes: [{ depth: 0 }, { depth: 1, command: 'sleep 3600' }] }])
    expect(fields(trees[0]!.processes[0]!)).toEqual(
      sorted(['pid', 'ppid', 'startTime', 'command', 'cpuPercent', 'memoryBytes', 'depth']),
    )
    expect([ports, orphans]).toEqual([[], []])
    expect(status).toMatchObject({ pid: t.daemon()!.pid, home: t.home, processes: 5, live: 4, stateError: null })
    expect(new Set(Object.values(env.env))).toEqual(new Set(['***']))
    expect([doctor, config].every((value) => typeof value === 'object')).toBe(true)
    expect(unit.unit).toContain('KillMode=process')
    expect(version.version).toMatch(/^\d+\.\d+\.\d+/)
    expect(quiet).toEqual(['web:0', 'web:1'])
    expect(holders).toMatchObject([{ process: 'api', pid: (await t.ls('api'))!.pid }])
  })

  test('events are one JSON object per line, numbered without a hole', async () => {
    const { stdout } = await t.here.ok(['events', '--since', '0', '--json'])
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { seq: number; at: string; type: string; process: string | null })
    expect(events.map((event) => event.seq)).toEqual(events.map((_, n) => n + 1))
    expect(events[0]).toMatchObject({ type: 'initialized', process: null })
    const ofJob = events.filter((event) => event.process === 'job').map((event) => event.type)
    for (const type of ['processStarted', 'statusChange', 'processExit', 'completed']) expect(ofJob).toContain(type)
    const typed = await t.here.ok(['events', 'api', '--type', 'serverStarted', '--json'])
    expect(JSON.parse(typed.stdout)).toMatchObject({ type: 'serverStarted', process: 'api' })
  })

  test('an error is an object on stdout, and stderr is silent', async () => {
    const wrong = [
      ['show', 'nope'],
      ['statr'],
      ['ls', '--sort', 'colour'],
      ['port', 'x'],
      ['start', 'nope'],
      ['config', 'get', 'x'],
    ]
    for (const result of await Promise.all(wrong.map((args) => t.here.run([...args, '--json'])))) {
      const { error } = JSON.parse(result.stdout) as { error: { code: string; message: string; hint?: string } }
      expect(error.code).toMatch(/^[A-Z_]+$/)
      expect(error.message).toMatch(/^cannot /)
      expect(result.stderr).toBe('')
    }
  })
})

test('a command in quotes is one word, and the error says so', async () => {
  const quoted = await t.here.run(['start', 'npm start'])
  expect(quoted).toMatchObject({
    code: 4,
    stderr: expect.stringMatching(/; write it without the quotes: `ptrack start -- npm start`\n$/),
  })
  const named = await t.here.run(['start', '--name', 'quoted', '--', 'npm start'])
  expect(named.stderr).toContain(': npm start is not found in PATH; it is one word with a space in it: ')
  await t.here.ok(['delete', 'quoted'])
})

test('an error is one line on stderr: cannot X: why; what to try', async () => {
  const wrong: [string[], RegExp][] = [
    [['show', 'nope'], /^ptrack: cannot find 'nope': no process has this name, id, number or pid; .+\n$/],
    [['restrat', 'web'], /^ptrack: cannot run `ptrack restrat`: there is no such command; did you mean `ptrack restart`\?\n$/],
    [['daemon', 'stat'], /did you mean `ptrack daemon sta/],
    [['stop'], /^ptrack: cannot read the command line: missing required argument 'name'; see `ptrack stop --help`\n$/],
    [
      ['ls', '--al'],
      /^ptrack: cannot read the command line: unknown option '--al'; did you mean --all\? see `ptrack ls --help`\n$/,
    ],
    [['start', '--port', '99999', '--', 'x'], /^ptrack: cannot read --port "99999": it is not a whole number/],
    [['start', '--name', 'all', '--', 'sleep', '1'], /^ptrack: cannot start: .*`all`/],
    [
      ['start', '--name', 'api', '--', 'sleep', '1'],
      /^ptrack: cannot define 'api': a process of this name exists \(id \w+, running\); /,
    ],
    [['notify', '--ready'], /^ptrack: cannot notify: this is not inside a process that ptrack started; /],
  ]
  const results = await Promise.all(wrong.map(([args]) => t.here.run(args)))
  results.forEach((result, n) => {
    expect(result.stderr).toMatch(wrong[n]![1])
    expect(result.stderr.trimEnd().split('\n')).toHaveLength(1)
    expect(result.stdout).toBe('')
    expect(result.code).toBe(n === 0 ? 4 : 2)
  })
})

describe('a NAME', () => {
  test('is a name, id, pid, pid of a child, glob, tag, all, or the name that instances share', async () => {
    const [api] = await t.here.json<ProcessView[]>(['ls', 'api'])
    const [{ processes } = { processes: [] }] = await t.here.json<{ processes: { pid: number }[] }[]>(['tree', 'aside'])
    const cases: [string[], string[]][] = [
      [['api'], ['api']],
      [[api!.id], ['api']],
      [[String(api!.pid)], ['api']],
      [[String(processes[0]!.pid)], ['aside']],
      [['web'], ['web:0', 'web:1']],
      [['web:1'], ['web:1']],
      [['a*'], ['api', 'aside']],
      [['web:[!0]'], ['web:1']],
      [
        ['ap?', 'job'],
        ['api', 'job'],
      ],
      [
        ['tag:front', 'tag:back'],
        ['api', 'web:0', 'web:1'],
      ],
      [['all'], ['api', 'aside', 'job', 'web:0', 'web:1']],
      [['api', 'a*', api!.id], ['api']],
    ]
    cases.at(-1)![1] = ['api', 'aside']
    const lists = await Promise.all(cases.map(([args]) => t.here.json<ProcessView[]>(['ls', ...args])))
    expect(lists.map(names)).toEqual(cases.map(([, expected]) => expected))
  })

  test('several: all are tried, the worst code wins', async () => {
    const mixed = await t.here.run(['signal', 'CONT', 'web:0', 'job', 'nope'])
    expect(mixed).toMatchObject({ code: 4, stdout: expect.stringContaining('web:0: SIGCONT sent') })
    expect(mixed.stderr.trimEnd().split('\n')).toHaveLength(2)
    const both = await t.here.run(['signal', 'CONT', 'web:0', 'job', '--json'])
    expect(both.code).toBe(3)
    expect(JSON.parse(both.stdout)).toMatchObject({ error: { code: 'NOT_RUNNING' }, results: [{ ok: true }, { ok: false }] })
  })

  test('a pattern without a match is exit 4, but for stop and delete, where there is nothing to do', async () => {
    const zero = await Promise.all(['stop', 'delete'].map((verb) => t.here.run([verb, 'x*', 'tag:none'])))
    expect(zero.map((result) => result.code)).toEqual([0, 0])
    const others = [['restart'], ['reload'], ['reset'], ['pause'], ['resume'], ['cancel'], ['flush'], ['show'], ['why'], ['tree'], ['env'], ['logs'], ['wait'], ['signal', 'HUP'], ['ls'], ['start'], ['set', '--nice', '3']] // biome-ignore format: a list
    const four = await Promise.all(others.map((verb) => t.here.run([...verb, 'x*'])))
    expect(four.map((result, n) => `${others[n]!.join(' ')} ${result.code}`)).toEqual(others.map((verb) => `${verb.join(' ')} 4`))
    const exact = await Promise.all(['stop', 'delete', 'restart'].map((verb) => t.here.run([verb, 'nope'])))
    expect(exact.map((result) => result.code)).toEqual([4, 4, 4])
  })
})

test('output that finds no room is a failure in one line, lost messages leave the exit code', () => {
  const full = openSync('/dev/full', 'w')
  try {
    const say = (args: string[], out: number | 'pipe', err: number | 'pipe') =>
      spawnSync(process.execPath, [cliFile, ...args], { env: t.env, cwd: t.dir, encoding: 'utf8', stdio: ['ignore', out, err] })
    for (const args of [['ls'], ['--help'], ['version'], ['show', 'api', '--json']]) {
      const { status, stderr } = say(args, full, 'pipe')
      expect([args, status, stderr]).toEqual([
        args,
        1,
        'ptrack: cannot write the output: ENOSPC: no space left on device, write; make room, or write it elsewhere\n',
      ])
    }
    expect(say(['show', 'nobody'], 'pipe', full)).toMatchObject({ status: 4, stdout: '' })
  } finally {
    closeSync(full)
  }
})

test('what is frequent loads no other bundle than ptrack.cjs', async () => {
  const alone = join(t.dir, 'alone')
  mkdirSync(join(alone, 'dist'), { recursive: true })
  cpSync(dirname(cliFile), join(alone, 'bin'), { recursive: true })
  cpSync(join(dirname(cliFile), '../dist/ptrack.cjs'), join(alone, 'dist/ptrack.cjs'))
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [join(alone, 'bin/ptrack.js'), ...args], { env: t.env, cwd: t.dir, encoding: 'utf8' })
  for (const args of [['ls'], ['ls', '--json'], ['stop', 'aside'], ['start', 'aside'], ['restart', 'aside'], ['logs', 'aside']])
    expect([args, run(...args)]).toMatchObject([args, { status: 0, stderr: '' }])
  expect(run('start', '--name', 'another', '--', program('waits.sh'))).toMatchObject({ status: 0, stderr: '' })
  expect(run('delete', 'another')).toMatchObject({ status: 0 })
  expect(run('run', '--', 'echo', 'hello')).toMatchObject({ status: 0, stdout: 'hello\n' })
  // The others are really missed.
  expect(run('show', 'aside').stderr).toContain('ptrack-extra.cjs')
})
