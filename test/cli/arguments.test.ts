import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { namesOf } from '../../src/protocol/project.ts'
import { type Method, requests } from '../../src/protocol/requests.ts'
import { result, view } from '../support/views.ts'
import { type FakeDaemon, fakeDaemon } from './support/fake-daemon.ts'
import { cli } from './support/run-cli.ts'

let daemon: FakeDaemon
let dir: string

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'ptrack-args-'))
  writeFileSync(join(dir, 'app.js'), '')
  writeFileSync(join(dir, 'work.py'), '')
  writeFileSync(join(dir, 'a.env'), 'A=1\nB=file\n')
})
afterAll(() => rmSync(dir, { recursive: true }))

beforeEach(async () => {
  const some = (): ReturnType<typeof result>[] => [result()]
  daemon = await fakeDaemon({
    start: some,
    stop: some,
    restart: some,
    reload: some,
    delete: some,
    reset: some,
    scale: some,
    set: some,
    signal: some,
    pause: some,
    resume: some,
    cancel: some,
    flush: some,
    wait: some,
    list: ({ targets }) => (targets === undefined || targets.includes('web') || targets.includes('api') ? [view()] : []),
    env: () => [{ ...namesOf('web'), env: { A: '***' }, set: [] }],
    orphans: () => [],
    'kill-orphan': () => [],
  })
})
afterEach(() => daemon.close())

/** The one request of this method, as the daemon's own schema reads it. */
async function asked<M extends Method>(
  method: M,
  argv: string[],
  env: Record<string, string> = {},
): Promise<Record<string, unknown>> {
  const ran = await cli(argv, { home: daemon.home, cwd: dir, env })
  expect(ran, `${argv.join(' ')}: ${ran.stderr}`).toMatchObject({ code: 0 })
  const [params] = daemon.requests(method)
  const parsed = requests[method].safeParse(params)
  expect(parsed.error?.message).toBeUndefined()
  return params!
}

describe('start', () => {
  const table: [string, string[], Record<string, unknown>][] = [
    [
      'a command behind --',
      ['start', '--', 'node', 'server.js', '--port', '1'],
      { name: 'node', command: ['node', 'server.js', '--port', '1'] },
    ],
    [
      'a command without --, whose options are its own',
      ['start', 'sleep', '-n', '5'],
      { name: 'sleep', command: ['sleep', '-n', '5'] },
    ],
    [
      'a script by its extension, with options after it',
      ['start', 'app.js', 'x', '--name', 'y', 'z'],
      { name: 'y', command: ['node', 'APP', 'x', 'z'] },
    ],
    [
      'a script whose own options stand behind --',
      ['start', 'app.js', '--name', 'api', '--', '--port', '3000', '--', '-i'],
      { name: 'api', command: ['node', 'APP', '--port', '3000', '--', '-i'] },
    ],
    ['a python script', ['start', '--name', 'w', 'work.py'], { name: 'w', command: ['python3', 'WORK'] }],
    [
      'ports and health',
      ['start', '--port', '3000', '--port', 'auto', '--health', 'http://127.0.0.1:3000/ok', '--', 'x'],
      { ports: [3000, 'auto'], health: { kind: 'http', url: 'http://127.0.0.1:3000/ok' } },
    ],
    ['a tcp probe', ['start', '--health', 'tcp:db:5432', '--', 'x'], { health: { kind: 'tcp', host: 'db', port: 5432 } }],
    [
      'an exec probe',
      ['start', '--health', 'exec:test -f /x:y', '--', 'x'],
      { health: { kind: 'exec', command: 'test -f /x:y' } },
    ],
    ['a log probe', ['start', '--health', 'log:ready.*', '--', 'x'], { health: { kind: 'log', pattern: 'ready.*' } }],
    ['health none and notify', ['start', '--health', 'notify', '--', 'x'], { health: { kind: 'notify' } }],
    [
      'times',
      [
        'start',
        '--health-period',
        '5s',
        '--health-timeout',
        '500ms',
        '--ready-timeout',
        '1m',
        '--stop-timeout',
        '3',
        '--timeout',
        '2h',
        '--restart-window',
        '1h30m',
        '--',
        'x',
      ],
      {
        healthPeriodMs: 5000,
        healthTimeoutMs: 500,
        readyTimeoutMs: 60_000,
        stopTimeoutMs: 3000,
        timeoutMs: 7_200_000,
        restartWindowMs: 5_400_000,
      },
    ],
    [
      'restart policy',
      [
        'start',
        '--restart',
        'on-failure',
        '--max-restarts',
        '5',
        '--restart-unhealthy',
        '--restart-delay',
        '5s',
        '--ok-exit',
        '0,3',
        '--no-restart-exit',
        '7,8',
        '--',
        'x',
      ],
      {
        restart: 'on-failure',
        maxRestarts: 5,
        restartUnhealthy: true,
        restartDelayMs: 5000,
        okExit: [0, 3],
        noRestartExit: [7, 8],
      },
    ],
    [
      'how it is stopped',
      ['start', '--stop-signal', 'int', '--leftovers', 'keep', '--critical', '--', 'x'],
      { stopSignal: 'SIGINT', leftovers: 'keep', critical: true },
    ],
    [
      'a job-like part',
      [
        'start',
        '--retries',
        '2',
        '--retry-on',
        'failure,timeout',
        '--retry-interrupted',
        '--priority',
        '-5',
        '--record-exit',
        '--',
        'x',
      ],
      { retries: 2, retryOn: ['failure', 'timeout'], retryInterrupted: true, priority: -5, recordExit: true },
    ],
    [
      'limits',
      [
        'start',
        '--log-max',
        '1M',
        '--log-keep',
        '2',
        '--max-memory',
        '512M',
        '--nice',
        '10',
        '--user',
        'u',
        '--group',
        'g',
        '--umask',
        '027',
        '--ulimit',
        'nofile=64:128',
        '--ulimit',
        'core=unlimited',
        '--cgroup',
        '--',
        'x',
      ],
      {
        logMaxBytes: 1_048_576,
        logKeep: 2,
        maxMemoryBytes: 536_870_912,
        nice: 10,
        user: 'u',
        group: 'g',
        umask: '027',
        ulimits: { nofile: '64:128', core: 'unlimited' },
        cgroup: true,
      },
    ],
    [
      'words',
      [
        'start',
        '--title',
        'T',
        '--description',
        'D',
        '--type',
        'ai',
        '--tag',
        'a',
        '--tag',
        'b',
        '--metadata',
        'n=3',
        '--metadata',
        's=x=y',
        '--',
        'x',
      ],
      { title: 'T', description: 'D', type: 'ai', tags: ['a', 'b'], metadata: { n: 3, s: 'x=y' } },
    ],
  ]
  test.each(table)('%s', async (_title, argv, wanted) => {
    const params = await asked('start', argv)
    const text = JSON.stringify(wanted).replace('APP', join(dir, 'app.js')).replace('WORK', join(dir, 'work.py'))
    expect(params.definition).toMatchObject(JSON.parse(text))
    expect(params.definition).toMatchObject({ cwd: dir })
  })

  test('only what was given is sent', async () => {
    const params = await asked('start', ['start', '--', 'x'])
    expect(params.definition).toEqual({ name: 'x', command: ['x'], cwd: dir })
  })

  test('cwd is made absolute, a script stays the one that was meant', async () => {
    const params = await asked('start', ['start', '--cwd', 'sub', 'app.js'])
    expect(params.definition).toMatchObject({ cwd: join(dir, 'sub'), command: ['node', join(dir, 'app.js')] })
  })

  test('names that exist are started again, with options behind them', async () => {
    const params = await asked('start', ['start', 'web', 'api', '--no-wait'])
    expect(params).toMatchObject({ targets: ['web', 'api'], noWait: true })
    expect(params.definition).toBeUndefined()
  })

  test('what would change them is refused, wherever it stands: it would be lost without a word', async () => {
    for (const argv of [
      ['start', 'web', '--retries', '3'],
      ['start', '--retries', '3', 'web'],
    ]) {
      const { code, stderr } = await cli(argv, { home: daemon.home, cwd: dir })
      expect(code).toBe(2)
      expect(stderr).toMatch(/^ptrack: cannot start web with --retries: it is defined already; `ptrack set web --retries/)
    }
    expect(daemon.requests('start')).toEqual([])
  })

  test('the environment goes along without what belongs to supervisors; files yield to --env', async () => {
    const params = await asked('start', ['start', '--env', 'B=flag', '--env', 'C==', '--env-file', 'a.env', '--', 'x'], {
      KEEP: '1',
      PTRACK_ID: 'x',
      NOTIFY_SOCKET: '/x',
      WATCHDOG_USEC: '1',
      INVOCATION_ID: 'x',
      LISTEN_FDS: '1',
      JOURNAL_STREAM: '1:2',
    })
    const env = params.env as { caller: Record<string, string>; set: Record<string, string> }
    expect(env.set).toEqual({ A: '1', B: 'flag', C: '=' })
    expect(env.caller.KEEP).toBe('1')
    expect(Object.keys(env.caller).filter((key) => /^(PTRACK_|NOTIFY|WATCHDOG|INVOCATION|LISTEN|JOURNAL)/.test(key))).toEqual([])
  })

  test('--clean-env leaves PATH and the like', async () => {
    const params = await asked('start', ['start', '--clean-env', '--', 'x'], { KEEP: '1', HOME: '/h' })
    const { caller } = params.env as { caller: Record<string, string> }
    expect(caller).toMatchObject({ HOME: '/h' })
    expect(caller.KEEP).toBeUndefined()
  })

  test('options after a script are named at a terminal, since a program may have some of the same name', async () => {
    const ran = await cli(['start', 'app.js', '--name', 'api', '--max-memory=1G', '--', '--port', '1'], {
      home: daemon.home,
      cwd: dir,
      stderrColumns: 80,
    })
    expect(ran.stderr).toBe('ptrack: --name, --max-memory are for ptrack; options of app.js go behind `--`\n')
    const where = { home: daemon.home, cwd: dir }
    expect((await cli(['start', '--name', 'api', 'app.js'], { ...where, stderrColumns: 80 })).stderr).toBe('')
    // Scripts have nobody who could mean it otherwise.
    expect((await cli(['start', 'app.js', '--name', 'api'], where)).stderr).toBe('')
  })

  test.each([
    ['--frobnicate', 'an option of app.js goes to the program behind `--`: `ptrack start app.js -- --frobnicate`'],
    ['-v', 'an option of app.js goes to the program behind `--`: `ptrack start app.js -- -v`'],
    ['--instnaces', 'did you mean --instances? Otherwise an option of app.js goes to the program behind `--`'],
  ])('an unknown option after a script starts nothing: %s', async (option, advice) => {
    const ran = await cli(['start', 'app.js', option], { home: daemon.home, cwd: dir })
    expect(ran.code).toBe(2)
    expect(ran.stderr).toContain(`unknown option '${option}'`)
    expect(ran.stderr).toContain(advice)
    expect(daemon.requests('start')).toEqual([])
  })

  test('a home after the script is the home that is asked', async () => {
    const ran = await cli(['start', 'app.js', '--json', '--home', daemon.home], { home: '/nonexistent/home', cwd: dir })
    expect(ran).toMatchObject({ code: 0 })
    expect(JSON.parse(ran.stdout)).toHaveLength(1)
  })

  test('instances', async () => {
    expect(await asked('start', ['start', '--instances', '3', '--', 'x'])).toMatchObject({ instances: 3 })
  })

  test('what is neither a name nor a file nor a command is not found', async () => {
    const ran = await cli(['start', 'no-such-thing-here'], { home: daemon.home, cwd: dir })
    expect(ran.code).toBe(4)
    expect(ran.stderr).toMatch(/^ptrack: cannot start no-such-thing-here: .*; .*\n$/)
    expect(daemon.requests('start')).toEqual([])
  })
})

describe('other commands', () => {
  const table: [Method, string[], Record<string, unknown>][] = [
    ['stop', ['stop', 'web', 'x*', '--timeout', '3s', '--no-wait'], { targets: ['web', 'x*'], timeoutMs: 3000, noWait: true }],
    ['restart', ['restart', 'all'], { targets: ['all'], updateEnv: false, noWait: false }],
    ['restart', ['restart', 'web', '--update-env'], { targets: ['web'], updateEnv: true }],
    ['reload', ['reload', 'web'], { targets: ['web'] }],
    ['delete', ['delete', 'tag:x', '--purge'], { targets: ['tag:x'], purge: true }],
    ['reset', ['reset', 'web'], { targets: ['web'] }],
    ['pause', ['pause', 'web'], { targets: ['web'] }],
    ['resume', ['resume', 'web'], { targets: ['web'] }],
    ['cancel', ['cancel', 'web'], { targets: ['web'], noWait: false }],
    ['flush', ['flush', 'web'], { targets: ['web'] }],
    ['signal', ['signal', 'usr1', 'web', 'api'], { targets: ['web', 'api'], signal: 'SIGUSR1' }],
    ['signal', ['signal', '1', 'web'], { targets: ['web'], signal: 'SIGHUP' }],
    ['scale', ['scale', 'web', '4'], { target: 'web', instances: 4 }],
    [
      'set',
      ['set', 'web', '--max-memory', 'none', '--no-cgroup', '--no-restart-exit', '3'],
      { targets: ['web'], changes: { maxMemoryBytes: null, cgroup: false, noRestartExit: [3] } },
    ],
    [
      'set',
      ['set', 'web', '--nice', '5', '--', 'node', '--x'],
      { targets: ['web'], changes: { nice: 5, command: ['node', '--x'] } },
    ],
    ['list', ['ls'], {}],
    ['list', [], {}],
    [
      'list',
      ['ps', 'web', '--all', '--type', 't', '--status', 'running,failed', '--owner', 'o', '--tag', 'g'],
      { targets: ['web'], all: true, type: 't', status: ['running', 'failed'], owner: 'o', tag: 'g' },
    ],
    ['wait', ['wait', 'web', '--for', 'healthy', '--timeout', '30s'], { targets: ['web'], for: 'healthy', timeoutMs: 30_000 }],
    ['env', ['env', 'web', '--reveal'], { targets: ['web'], reveal: true }],
    [
      'kill-orphan',
      ['kill-orphan', '--all', '--grace', '2s', '--dry-run'],
      { all: true, graceMs: 2000, dryRun: true, callerPid: process.pid },
    ],
    ['kill-orphan', ['kill-orphan', 'web'], { targets: ['web'], all: false }],
  ]
  test.each(table)('%s: %j', async (method, argv, wanted) => {
    expect(await asked(method, argv)).toMatchObject(wanted)
  })

  test('global options may stand before the command', async () => {
    const ran = await cli(['--json', '--home', daemon.home, 'ls', '-q'])
    expect(ran).toMatchObject({ code: 0, stdout: '["web"]\n' })
  })
})
