/** What a program is given and held to: limits, user, environment; and what is said when it cannot be started at all. */
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { EnvView, ProcessView } from '../../src/protocol/view.ts'
import { root } from '../support/bundle.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { environOf } from '../support/proc.ts'
import { type Ability, asRoot, skipFor, testNeeding } from '../support/requires.ts'
import { atMost } from '../support/slow-machine.ts'

const asAnother = testNeeding(asRoot, 'setpriv')
const cgroups = /^\S+ \S+ \S+ \S+ (\S+) .* - cgroup2 /m.exec(readFileSync('/proc/self/mountinfo', 'utf8'))?.[1]
const memoryController: Ability = {
  name: 'cgroup v2 with the memory controller',
  there: cgroups !== undefined && /\bmemory\b/.test(readFileSync(join(cgroups, 'cgroup.controllers'), 'utf8')),
  optional: true,
}
const limitingAnother = testNeeding(asRoot, 'prlimit', 'setpriv')

let t: TestHome
beforeAll(async () => {
  t = await testHome()
  // Other users must be able to reach a working directory below it.
  chmodSync(t.dir, 0o755)
})
afterAll(async () => {
  await t?.close()
})

/** A copy that another user can reach: the checkout may be below a home that is closed to others. */
function reachable(path: string): string {
  const copy = join(t.dir, 'reachable', path)
  cpSync(join(root, path), copy, { recursive: true })
  return copy
}

const view = async (name: string): Promise<ProcessView> => (await t.ls(name))!

/** What tells-limits.sh told. */
async function told(name: string): Promise<Record<string, string>> {
  const text = await t.until(async () => {
    const { stdout } = await t.here.ok(['logs', name, '-n', '100', '--run', '-1'])
    return stdout.includes('ready\n') && stdout
  }, `${name} has told its limits`)
  return Object.fromEntries(text.split('\n').map((line) => [line.split('=')[0]!, line.slice(line.indexOf('=') + 1)]))
}

describe('limits', () => {
  test('--nice, --umask, --ulimit, --cwd; without them what the caller has', async () => {
    mkdirSync(join(t.dir, 'work place'))
    const limits = ['--nice', '7', '--umask', '027', '--ulimit', 'nofile=512:600', '--cwd', 'work place']
    await Promise.all([
      t.here.ok(['start', '--name', 'held', ...limits, '--', program('tells-limits.sh')]),
      t.here.ok(['start', '--name', 'free', '--', program('tells-limits.sh')]),
      t.here.ok(['run', '-d', '--name', 'job', ...limits, '--', program('tells-limits.sh')]),
    ])
    const own = getPriority()
    const nicer = (by: number): string => String(Math.min(19, own + by))
    const given = { nice: nicer(7), umask: '0027', nofile: '512:600', cwd: join(t.dir, 'work place') }
    expect(await told('held')).toMatchObject(given)
    expect(await told('job')).toMatchObject(given)
    const [, , most] = /Max open files +(\d+) +(\d+)/.exec(readFileSync('/proc/self/limits', 'latin1'))!
    const free = await told('free')
    expect(free).toMatchObject({ nice: nicer(0), umask: '0022', cwd: t.dir })
    // Node raises its own soft limit; a program gets what the shell had, never more than the hard one.
    expect(Number(free.nofile!.split(':')[0])).toBeLessThanOrEqual(Number(most))
    // A limit that is changed holds from the next run on, and says so.
    expect((await t.here.ok(['set', 'held', '--nice', '9'])).stdout).toContain(
      'nice takes effect with the next run: `ptrack restart held`',
    )
    await t.here.ok(['restart', 'held'])
    expect(await told('held')).toMatchObject({ nice: nicer(9), umask: '0027' })
  })

  asAnother('--user and --group: ids, groups, HOME, and its logs are its own', async () => {
    await t.here.ok([
      'start',
      '--name',
      'nobody',
      '--user',
      'nobody',
      '--cwd',
      '/',
      '--',
      'sh',
      reachable('test/fixtures/programs/tells-limits.sh'),
    ])
    const nobody = await told('nobody')
    const [, , uid, gid] = readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .find((line) => line.startsWith('nobody:'))!
      .split(':')
    expect(nobody).toMatchObject({ uid, gid, groups: gid })
    expect(nobody.home).not.toBe(process.env.HOME)
    for (const stream of ['out', 'err'] as const) {
      const { uid: owner, mode } = statSync(t.logFile('nobody', stream))
      expect([owner, (mode & 0o777).toString(8)]).toEqual([Number(uid), '600'])
    }
    await t.here.ok(['start', '--name', 'grouped', '--group', 'daemon', '--', program('tells-limits.sh')])
    expect(await told('grouped')).toMatchObject({ uid: '0', gid: '1' })
    // A tree of another user is stopped like any other.
    await t.here.ok(['stop', 'nobody'])
    const unknown = await t.here.run(['start', '--name', 'who', '--user', 'no-such-user', '--', 'sleep', '1'])
    expect(unknown).toMatchObject({ code: 1 })
    expect(unknown.stderr).toMatch(/^ptrack: cannot start who: there is no user no-such-user; /)
  })

  test('--max-memory ends the whole tree as a failure that says by how much', async () => {
    const greedy = [
      'start',
      '--name',
      'greedy',
      '--restart',
      'never',
      '--max-memory',
      '40M',
      '--',
      'sh',
      '-c',
      '"$0" 90; true',
      program('allocates-memory.py'),
    ]
    await t.here.run(greedy)
    await t.until(async () => (await view('greedy')).status === 'failed', 'it is ended', 40_000)
    const failed = await view('greedy')
    expect(failed.error).toMatchObject({ code: 'MEMORY_LIMIT' })
    expect(failed.reason).toMatch(/^used \d+ MB, more than its limit of 40 MB$/)
    // Two looks, 3 s apart; an idle daemon looks every 15 s.
    expect(Date.parse(failed.endedAt!) - Date.parse(failed.startedAt!)).toBeLessThan(atMost(12_000))
    expect(t.processes().filter((process) => process.command.join(' ').includes('allocates-memory'))).toEqual([])
  })

  test('--cgroup: a cgroup of its own where that is delegated, else a refusal that says what to do', async () => {
    const result = await t.here.run(['start', '--name', 'grouped-run', '--cgroup', '--', program('tells-limits.sh')])
    if (result.code !== 0) {
      console.warn('SKIPPED: no cgroup is delegated here; only the refusal was tested')
      expect(result.stderr).toMatch(
        /^ptrack: cannot start grouped-run: (there is no cgroup v2 here|no cgroup can be made below .+); /,
      )
      return
    }
    const { cgroup } = await told('grouped-run')
    expect(cgroup).toMatch(/\/ptrack-grouped-run-[0-9a-f]+$/)
    // It goes with its run, also by a daemon that has not made it, and after what the run had left behind.
    const leaves = [
      'run',
      '--cgroup',
      '--leftovers',
      'kill',
      '--name',
      'leaves',
      '--',
      'sh',
      '-c',
      'sleep 300 & cat /proc/self/cgroup',
    ]
    const left = /0::(.*)/.exec((await t.ok(leaves)).stdout)![1]!
    await t.killDaemon()
    await t.here.ok(['stop', 'grouped-run'])
    const stays = [cgroup!, left].map((place) => join(cgroups!, place))
    await t.until(() => !stays.some((place) => existsSync(place)), 'both are removed', 20_000)
  })

  testNeeding(memoryController)(
    'with it --max-memory is a hard limit, and what the kernel kills for it is reported',
    async (context) => {
      const { stderr } = await t.here.run([
        'start',
        '--name',
        'hard',
        '--cgroup',
        '--max-memory',
        '20M',
        '--restart',
        'never',
        '--',
        program('allocates-memory.py'),
        '200',
      ])
      if (/cannot hand on limits|no cgroup can be made/.test(stderr)) skipFor(context, memoryController)
      const failed = await t.until(
        async () => (await view('hard')).status === 'failed' && view('hard'),
        'the kernel has killed it',
      )
      expect(failed.error).toMatchObject({ code: 'MEMORY_LIMIT', message: expect.stringContaining('killed by the kernel') })
    },
  )

  test('--cpus and --pids are refused where cgroup v2 has no controller for them', async () => {
    for (const option of ['--cpus', '--pids']) {
      const name = `limited${option}`
      const result = await t.here.run(['start', '--name', name, option, '4', '--', program('tells-limits.sh')])
      if (result.code === 0) continue
      expect(result.stderr).toMatch(
        /cannot start limited--(cpus|pids): .*(controller of cgroup v2|cgroup v2 here|cannot hand on|no cgroup can be made)/,
      )
    }
  })
})

describe('environment', () => {
  const secret = 'hunter2-does-not-leak'
  const caller = {
    FROM_CALLER: secret,
    GOING_AWAY: secret,
    NOTIFY_SOCKET: '/run/x',
    WATCHDOG_USEC: '1',
    INVOCATION_ID: 'x',
    LISTEN_FDS: '1',
    PTRACK_ID: 'forged',
  }

  test("is the caller's, plus --env-file and --env, plus the marker, without the supervisor's own", async () => {
    writeFileSync(join(t.dir, 'vars.env'), `# comment\nFROM_FILE="two words"\nexport BOTH=file\n`)
    const env = ['--env-file', 'vars.env', '--env', 'BOTH=flag', '--env', 'EMPTY=']
    await t.here.ok(['start', '--name', 'env', ...env, '--', program('waits.sh')], { env: caller })
    const { pid, id, run } = await view('env')
    const given = environOf(pid!)
    expect(given).toMatchObject({
      FROM_CALLER: secret,
      FROM_FILE: 'two words',
      BOTH: 'flag',
      EMPTY: '',
      PTRACK_ID: id,
      PTRACK_HOME: t.home,
    })
    expect(given.PTRACK_RUN).toMatch(new RegExp(`^${run}-[0-9a-f]{16}$`))
    expect(given.PTRACK_SOCKET).toBe(join(t.home, 'daemon.sock'))
    for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'INVOCATION_ID', 'LISTEN_FDS', 'PTRACK_DAEMON', 'PTRACK_NOFILE_SOFT'])
      expect(given).not.toHaveProperty(name)
    await t.here.ok(['start', '--name', 'clean', '--clean-env', '--env', 'ONLY=this', '--', program('waits.sh')], { env: caller })
    const clean = environOf((await view('clean')).pid!)
    expect(clean).toMatchObject({ ONLY: 'this', PATH: process.env.PATH })
    expect(clean).not.toHaveProperty('FROM_CALLER')
  })

  test('values stand in env/NAME.json (0600) and nowhere else, whatever is asked and whatever fails', async () => {
    await t.here.run(['start', '--name', 'bad', '--env', `TOKEN=${secret}`, '--', '/no/such/program'], { env: caller })
    const shown = await Promise.all(
      [
        ['ls'],
        ['show', 'env', 'bad'],
        ['show', 'env', '--json'],
        ['why', 'bad', '--json'],
        ['env', 'env'],
        ['env', 'env', '--diff'],
        ['events', '--since', '0', '--json'],
      ].map((args) => t.here.run(args)),
    )
    for (const result of shown) expect(result.stdout + result.stderr).not.toContain(secret)
    const holding = readdirSync(t.home, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => readFileSync(path, 'utf8').includes(secret))
    expect(holding.sort()).toEqual([join(t.home, 'env/bad.json'), join(t.home, 'env/env.json')])
    for (const path of holding) expect((statSync(path).mode & 0o777).toString(8)).toBe('600')
    expect((await t.here.json<EnvView>(['env', 'env', '--reveal'])).env.FROM_CALLER).toBe(secret)
  })

  test('--diff tells what a restart --update-env would change; then removed variables are gone', async () => {
    const now = { env: { ...caller, GOING_AWAY: undefined, COMING: 'new' } }
    const { diff } = await t.here.json<EnvView>(['env', 'env', '--diff'], now)
    expect(diff).toEqual([
      { name: 'COMING', stored: null, caller: '***' },
      { name: 'GOING_AWAY', stored: '***', caller: null },
    ])
    const first = environOf((await view('env')).pid!)
    await t.here.ok(['restart', 'env'], now)
    const plain = environOf((await view('env')).pid!)
    // The run's own, and the token that is made of it.
    const ofRun = { PTRACK_RUN: '', PTRACK_TOKEN: '' }
    expect({ ...plain, ...ofRun }).toEqual({ ...first, ...ofRun })
    await t.here.ok(['restart', 'env', '--update-env'], now)
    const updated = environOf((await view('env')).pid!)
    expect(updated).toMatchObject({ COMING: 'new', BOTH: 'flag', FROM_FILE: 'two words' })
    expect(updated).not.toHaveProperty('GOING_AWAY')
    expect((await t.here.ok(['env', 'env', '--diff'], now)).stdout).toBe('no difference\n')
  })

  test('--env and --env-file on start, restart and reload set those variables and nothing else', async () => {
    writeFileSync(join(t.dir, 'more.env'), 'MORE=file\n')
    await t.here.ok(['start', '--name', 'some', '--env', 'MINE=1', '--', program('waits.sh')], { env: caller })
    const elsewhere = { env: { FROM_CALLER: 'another shell' } }
    const environ = async () => environOf((await view('some')).pid!)
    const kept = { FROM_CALLER: secret, GOING_AWAY: secret, MINE: '1' }

    await t.here.ok(['reload', 'some', '--env', 'LOG=debug'], elsewhere)
    expect(await environ()).toMatchObject({ ...kept, LOG: 'debug' })
    await t.here.ok(['restart', 'some', '--env', 'LOG=info', '--env-file', 'more.env'], elsewhere)
    expect(await environ()).toMatchObject({ ...kept, LOG: 'info', MORE: 'file' })

    const late = await t.here.ok(['start', 'some', '--env', 'LOG=late'], elsewhere)
    expect(late.stdout).toContain('some: already running; its new environment holds from the next run: `ptrack restart some`')
    expect(await environ()).toMatchObject({ ...kept, LOG: 'info' })
    await t.here.ok(['stop', 'some'])
    await t.here.ok(['start', '--env', 'MINE=2', 'some'], elsewhere)
    expect(await environ()).toMatchObject({ ...kept, MINE: '2', LOG: 'late', MORE: 'file' })

    const alone = await t.here.run(['restart', 'some', '--clean-env'])
    expect(alone).toMatchObject({ code: 2, stderr: expect.stringContaining('cannot use --clean-env alone') })
    await t.here.ok(['restart', 'some', '--update-env', '--env', 'LOG=now'], elsewhere)
    expect(await environ()).toMatchObject({ FROM_CALLER: 'another shell', MINE: '2', LOG: 'now' })
    expect(await environ()).not.toHaveProperty('GOING_AWAY')
    await t.here.ok(['delete', 'some'])
  })
})

describe('what cannot be started is failed with its reason, and the daemon goes on', () => {
  test('not found, not executable, a directory, a bad directory, no interpreter', async () => {
    const make = (name: string, text: string, mode: number): string => {
      writeFileSync(join(t.dir, name), text)
      chmodSync(join(t.dir, name), mode)
      return join(t.dir, name)
    }
    const cases: [string, string[], RegExp][] = [
      [
        'missing',
        ['--', 'no-such-command-here'],
        /no-such-command-here is not found in PATH; install it or give its full path$/m,
      ],
      ['plain', ['--', make('plain', '#!/bin/sh\n', 0o644)], /plain is not executable; chmod \+x it/],
      ['directory', ['--', t.dir], /is a directory; name the program in it/],
      ['nowhere', ['--cwd', '/no/such/dir', '--', 'true'], /its directory \/no\/such\/dir does not exist; set --cwd/],
      [
        'interpreter',
        ['--', make('lost', '#!/no/such/sh\n', 0o755)],
        /wants the interpreter \/no\/such\/sh, which does not exist/,
      ],
    ]
    const results = await Promise.all(cases.map(([name, args]) => t.here.run(['start', '--name', name, ...args])))
    results.forEach((result, n) => {
      const [name, , reason] = cases[n]!
      expect([name, result.code, result.stdout]).toEqual([name, 1, ''])
      expect(result.stderr).toMatch(new RegExp(`^ptrack: cannot start ${name}: `))
      expect(result.stderr).toMatch(reason)
    })
    for (const [name] of cases) expect(await view(name)).toMatchObject({ status: 'failed', pid: null, restarts: 0 })
  })

  test('a script without a #! line runs as it would in a shell', async () => {
    writeFileSync(join(t.dir, 'bare'), 'echo "hello $1"; exit 3\n', { mode: 0o755 })
    expect(await t.here.run(['run', '--', './bare', 'you'])).toMatchObject({ code: 3, stdout: 'hello you\n' })
  })

  limitingAnother('EAGAIN: the daemon has reached its limit of processes', async () => {
    // Root knows no such limit, so this daemon is another user's.
    const [, , uid, gid] = readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .find((line) => line.startsWith('nobody:'))!
      .split(':')
      .map(Number)
    const home = join(t.dir, 'of-nobody')
    mkdirSync(home)
    chownSync(home, uid!, gid!)
    const env = { ...t.env, PTRACK_HOME: home, HOME: home, XDG_CONFIG_HOME: home }
    reachable('dist')
    reachable('package.json')
    const cli = join(reachable('bin'), 'ptrack.js')
    const asNobody = (...args: string[]) =>
      spawnSync(process.execPath, [cli, ...args], { uid: uid!, gid: gid!, cwd: '/', env, encoding: 'utf8', timeout: 30_000 })
    const started = asNobody('daemon', 'start', '--json')
    if (started.status !== 0) throw new Error(`cannot test as nobody: ${started.stdout}${started.stderr}`)
    const { pid } = JSON.parse(started.stdout) as { pid: number }
    t.alsoEnd(pid)
    const limit = (nproc: string) => execFileSync('prlimit', ['--pid', String(pid), `--nproc=${nproc}`], { uid: uid!, gid: gid! })
    const soft = /Max processes +(\S+)/.exec(readFileSync(`/proc/${pid}/limits`, 'latin1'))![1]
    limit('1:')
    const crowded = asNobody('start', '--name', 'crowded', '--', 'sleep', '3600')
    expect([crowded.status, crowded.stdout]).toEqual([1, ''])
    expect(crowded.stderr).toMatch(
      /^ptrack: cannot start crowded: the limit of processes is reached \(EAGAIN\); raise `ulimit -u`/,
    )
    limit(`${soft}:`)
    const again = asNobody('start', 'crowded')
    expect([again.status, again.stderr]).toEqual([0, ''])
    expect(asNobody('daemon', 'stop', '--kill-children').status).toBe(0)
  })
})
