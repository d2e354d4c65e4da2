/** One daemon per home: it comes by itself, goes when told, and what a crash or power loss left in its way harms nobody. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ActionResult } from '../../src/protocol/requests.ts'
import type { DaemonStatus, ProcessDetail, ProcessView } from '../../src/protocol/view.ts'
import { cliFile } from '../support/bundle.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { load } from '../support/effort.ts'
import { heapBytesOf, identOf, isAlive, signalIdent } from '../support/proc.ts'

let t: TestHome
beforeEach(async () => {
  t = await testHome()
})
afterEach(async () => {
  await t.close()
})
const marked = () => t.processes().filter((one) => one.id !== null)

const LISTS = load(20, 10)
test(`${LISTS + 10} commands at once on a fresh home meet one daemon, and all get the right answer`, async () => {
  const lists = Array.from({ length: LISTS }, () => t.json<ProcessView[]>(['ls', '--all']))
  const starts = Array.from({ length: 10 }, (_, n) =>
    t.json<ActionResult[]>(['start', '--name', `w${n % 5}`, '--', 'sleep', '3600']),
  )
  for (const views of await Promise.all(lists)) expect(views).toBeInstanceOf(Array)
  const results = (await Promise.all(starts)).map((answer) => (Array.isArray(answer) ? answer[0]!.error : null))
  // Whoever came too late may still be on its way out; but only one ever got the place.
  await t.until(() => t.daemons().length === 1, 'one daemon is left')
  expect(readFileSync(join(t.home, 'daemon.log'), 'utf8').match(/ starts \(PID/g)).toHaveLength(1)
  // Two asked for each name: one got it, the other was told so.
  expect(results.filter((error) => error === null).length).toBeGreaterThanOrEqual(5)
  const views = await t.here.json<ProcessView[]>(['ls'])
  expect(views.map((view) => [view.name, view.status, view.run]).sort()).toEqual(
    [0, 1, 2, 3, 4].map((n) => [`w${n}`, 'running', 1]),
  )
  expect(marked()).toHaveLength(5)
})

test('what the caller holds open is held by neither the daemon that its command starts nor a program', async () => {
  const descriptor = openSync(join(t.dir, 'deploy.lock'), 'w')
  const inherited = [...Array.from({ length: 200 }, () => 'ignore' as const), descriptor]
  const args = [cliFile, 'start', '--name', 'deploy', '--', 'sleep', '3600']
  const command = spawn(process.execPath, args, { env: t.env, stdio: inherited })
  const [code] = await once(command, 'exit')
  closeSync(descriptor)
  expect(code).toBe(0)
  const holds = ({ pid }: { pid: number }): string[] =>
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => (fd === '200' ? [readlinkSync(`/proc/${pid}/fd/${fd}`)] : []))
  expect(t.processes()).toHaveLength(1)
  expect([...t.processes(), t.daemon()!].flatMap(holds)).toEqual([])
})

test('a daemon that hangs: the error names its pid and what ends it', async () => {
  await t.here.ok(['start', '--name', 'a', '--', 'sleep', '3600'])
  const daemon = t.daemon()!
  signalIdent(daemon, 'SIGSTOP')
  const stopped = await t.run(['stop', 'a'])
  expect(stopped.code).toBe(5)
  expect(stopped.stderr).toContain(`\`kill -9 ${daemon.pid}\` ends it, its programs go on, and the next command starts a new one`)
  signalIdent(daemon, 'SIGKILL')
  expect(await t.here.json<ProcessView[]>(['ls'])).toMatchObject([{ name: 'a', status: 'running', adopted: true, run: 1 }])
})

test('a directory that was removed: what needs none works there, what needs one says so', async () => {
  const inRemoved = (...args: string[]) => {
    const place = mkdtempSync(join(t.dir, 'removed-'))
    const line = ['-c', 'cd "$1" && rmdir "$1" && shift && exec "$@"', 'sh', place, process.execPath, cliFile, ...args]
    return spawnSync('sh', line, { env: t.env, encoding: 'utf8' })
  }
  expect(inRemoved('ls', '--json')).toMatchObject({ status: 0, stdout: '[]\n' })
  const started = inRemoved('start', '--name', 'a', '--', 'sleep', '3600')
  expect(started.status).toBe(2)
  expect(started.stderr).toBe('ptrack: cannot use the current directory: it was removed; cd to one that exists\n')
})

test('an empty --home is refused: a variable that is not set must not mean the home of the user', async () => {
  const { code, stderr } = await t.run(['--home', '', 'delete', 'all'])
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: 'ptrack: cannot use the home "": it is empty; leave --home out for the default one\n',
  })
})

describe('what a crash leaves in the way', () => {
  test('a stale socket, lock, daemon.json, or something else of that name: the next command just works', async () => {
    await t.here.ok(['start', '--name', 'web', '--', program('waits.sh')])
    const { pid } = (await t.ls('web'))!
    const at = (name: string) => join(t.home, name)
    const stranger = spawn('env', ['-i', 'sleep', '3600'], { stdio: 'ignore' })
    t.alsoEnd(stranger.pid!)
    const foreign = identOf(stranger.pid!)!
    const lock = at('daemon.lock')
    const highest = () => Math.max(...readdirSync(lock).map(Number).filter(Number.isFinite))
    const info = (more: object) => writeFileSync(at('daemon.json'), JSON.stringify({ ...t.daemon()?.file, ...more }))
    const cases: [string, () => void][] = [
      ['only what kill -9 leaves', () => {}],
      ['no socket at all', () => rmSync(at('daemon.sock'), { force: true })],
      ['daemon.json that names another process', () => info({ pid: foreign.pid, startTicks: 1, bootId: 'another-boot' })],
      ['daemon.json with the identity of another process', () => info({ pid: foreign.pid, startTicks: foreign.startTicks })],
      ['daemon.json cut in the middle', () => writeFileSync(at('daemon.json'), '{"pid": 1')],
      [
        'a lock held by a number that is now another process',
        () => symlinkSync(`${foreign.pid}:1:x`, join(lock, String(highest() + 1))),
      ],
      ['an empty lock, as power loss leaves it', () => writeFileSync(join(lock, String(highest() + 1)), '')],
      ['a half-released lock', () => symlinkSync('released', join(lock, 'new-1-abc'))],
      ['no lock at all', () => rmSync(lock, { recursive: true })],
    ]
    for (const [what, prepare] of cases) {
      await t.killDaemon()
      prepare()
      const { code, stdout, stderr } = await t.run(['ls', '--json'])
      expect([what, code, stderr]).toEqual([what, 0, ''])
      expect(JSON.parse(stdout)).toMatchObject([{ name: 'web', pid, run: 1, status: 'running' }])
      await t.until(() => t.daemons().length === 1, 'there is one daemon')
    }
    expect(isAlive(foreign)).toBe(true)
    expect(marked()).toHaveLength(2)
  })

  test('a FIFO in place of daemon.json holds up neither the daemon that ends nor the one that begins', async () => {
    await t.ok(['daemon', 'start'])
    const file = join(t.home, 'daemon.json')
    rmSync(file)
    spawnSync('mkfifo', [file])
    await t.ok(['daemon', 'stop'])
    await t.ok(['daemon', 'start'])
    expect(t.daemons()).toHaveLength(1)
  })

  test('a FIFO in place of the log: `daemon logs` names it and does not wait for a writer', async () => {
    mkdirSync(t.home, { mode: 0o700 })
    const file = join(t.home, 'daemon.log')
    spawnSync('mkfifo', [file])
    const { code, stderr } = await t.run(['daemon', 'logs'])
    expect(stderr).toBe(`ptrack: cannot read the daemon's log: ${file}: it is a FIFO, not a file; move ${file} away\n`)
    expect(code).toBe(1)
  })

  test('something else in place of the socket is not removed; the advice names it', async () => {
    const file = join(t.home, 'daemon.sock')
    const refused = async () => {
      const { code, stderr } = await t.run(['daemon', 'start'])
      expect(code).toBe(5)
      expect(stderr).toMatch(
        /^ptrack: cannot start the daemon: cannot listen at .*daemon\.sock: it is a (file|directory).*; .*\n$/,
      )
      expect(t.daemons()).toEqual([])
    }
    mkdirSync(join(file, 'precious'), { recursive: true, mode: 0o700 })
    await refused()
    rmSync(file, { recursive: true })
    writeFileSync(file, 'precious')
    await refused()
    expect(readFileSync(file, 'utf8')).toBe('precious')
    rmSync(file)
    expect(await t.here.json(['ls'])).toEqual([])
  })
})

test('a home that everybody may write to, and one that is a file, are refused with advice', async () => {
  const open = join(t.dir, 'open')
  mkdirSync(open)
  chmodSync(open, 0o777)
  const refused = await t.run(['daemon', 'start'], { env: { PTRACK_HOME: open } })
  expect([5, 7]).toContain(refused.code)
  expect(refused.stderr).toMatch(/everybody may write there.*chmod 700/)
  writeFileSync(join(t.dir, 'file'), '')
  const file = await t.run(['ls', '--home', join(t.dir, 'file')])
  expect(file.code).not.toBe(0)
  expect(file.stderr).toMatch(/^ptrack: cannot .*not a directory/)
})

test('a home whose path is too long for a socket serves every kind of command', async () => {
  const env = { PTRACK_HOME: join(t.dir, 'long'.repeat(30), 'home') }
  const ok = (...args: string[]) => t.ok(args, { env })
  try {
    await ok('start', '--name', 'web', '--port', 'auto', '--', program('listens.mjs'))
    expect((await ok('run', '--name', 'hello', '--', 'echo', 'hello')).stdout).toBe('hello\n')
    expect((await ok('logs', 'web')).stdout).toContain('ready on')
    expect((await ok('events', '--since', '0', '--json')).stdout).toContain('processStarted')
    const detail = await t.json<ProcessDetail>(['show', 'web'], { env })
    expect(detail).toMatchObject({ status: 'running', health: 'healthy' })
    // From inside: PTRACK_SOCKET is just as long.
    const inside = ['run', '--name', 'inside', '--', process.execPath, cliFile, 'notify', '--ready']
    expect((await t.run(inside, { env })).code).toBe(0)
    await ok('daemon', 'restart')
    expect(await t.json<ProcessDetail>(['show', 'web'], { env })).toMatchObject({ pid: detail.pid, adopted: true })
    expect((await ok('daemon', 'status')).stdout).toContain('1 alive, 1 adopted')
    expect((await ok('doctor')).stdout).toContain('daemon')
    await ok('stop', 'all')
  } finally {
    await t.run(['daemon', 'stop', '--kill-children'], { env })
  }
})

describe('daemon', () => {
  test('start, status, logs, stop: idempotent, and honest about what lives on', async () => {
    expect((await t.run(['daemon', 'status'])).code).toBe(5)
    expect((await t.ok(['daemon', 'stop'])).stderr).toContain('no daemon runs')
    expect((await t.ok(['daemon', 'start'])).stdout).toMatch(/^daemon started \(pid \d+\)\n$/)
    expect((await t.ok(['daemon', 'start'])).stdout).toMatch(/^the daemon is already running \(pid \d+\)\n$/)
    await t.here.ok(['start', '--name', 'web', '--', program('waits.sh')])
    await t.here.ok(['start', '--name', 'down', '--', program('waits.sh')])
    await t.here.ok(['stop', 'down'])
    const status = await t.json<DaemonStatus>(['daemon', 'status'])
    expect(status).toMatchObject({ pid: t.daemon()!.pid, home: t.home, processes: 2, live: 1, stateError: null, quarantined: [] })
    expect((await t.ok(['daemon', 'logs', '-n', '100'])).stdout).toMatch(/^\[[^\]]+\] \[INFO\] \[Orchestrator\] initialized/im)

    const { pid } = (await t.ls('web'))!
    const web = identOf(pid!)!
    expect((await t.ok(['daemon', 'stop'])).stdout).toMatch(/^daemon stopped \(pid \d+\), 1 process lives on\n$/)
    expect([t.daemons(), existsSync(join(t.home, 'daemon.sock')), existsSync(join(t.home, 'daemon.json'))]).toEqual([
      [],
      false,
      false,
    ])
    expect(isAlive(web)).toBe(true)
    expect(await t.ls('web')).toMatchObject({ pid, run: 1, adopted: true })

    // SIGTERM is what an init system sends: children live on as well.
    const daemon = t.daemon()!
    signalIdent(daemon, 'SIGTERM')
    await t.until(() => !isAlive(daemon), 'it ends')
    expect(isAlive(web)).toBe(true)
    expect(await t.ls('web')).toMatchObject({ pid, run: 1, adopted: true })

    await t.ok(['daemon', 'stop', '--kill-children'])
    expect([marked(), t.daemons()]).toEqual([[], []])
    // It was ended for the supervisor's sake; what a person wanted has not changed.
    await t.ok(['daemon', 'start'])
    await t.until(async () => (await t.ls('web'))?.status === 'running', 'what was wanted runs again')
    expect(await t.ls('down')).toMatchObject({ status: 'stopped', run: 1 })
  })

  // Every start of a program copies the tables of what is resident: 14 MB more made a thousand starts half as fast again.
  test('what starting up needed goes back to the system', async () => {
    await t.ok(['daemon', 'start'])
    const { pid } = t.daemon()!
    await t.until(() => heapBytesOf(pid) < 8_000_000, 'the heap has shrunk')
  })

  test('stop --kill-children ends what ignores SIGTERM, and waits for it', async () => {
    await t.here.ok(['start', '--name', 'deaf', '--stop-timeout', '500ms', '--', program('ignores-sigterm.mjs')])
    await t.here.ok(['start', '--name', 'forker', '--', program('double-forks.py')])
    await t.here.ok(['start', '--name', 'frozen', '--', program('waits.sh')])
    await t.here.ok(['pause', 'frozen'])
    await t.here.ok(['run', '-d', '--name', 'job', '--', program('waits.sh')])
    expect(await t.json(['daemon', 'stop', '--kill-children'])).toMatchObject({ stopped: true, left: 0 })
    expect(marked()).toEqual([])
    expect(await t.ls('job')).toMatchObject({ status: 'cancelled', run: 1 })
  })

  test('run: in the foreground, its children live on after Ctrl-C; a second one is refused', async () => {
    const env = { ...t.env }
    const child = spawn(process.execPath, [cliFile, 'daemon', 'run'], { env, stdio: 'ignore', cwd: t.dir })
    t.alsoEnd(child.pid!)
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
    await t.until(() => t.daemon()?.pid === child.pid, 'it is the daemon')
    await t.here.ok(['start', '--name', 'web', '--', program('waits.sh')])
    const web = identOf((await t.ls('web'))!.pid!)!
    const second = await t.run(['daemon', 'run'], { timeoutMs: 20_000 })
    expect([second.code, second.stderr]).toEqual([
      1,
      expect.stringMatching(
        new RegExp(`^ptrack: cannot run the daemon here: one already runs \\(pid ${child.pid}\\); .*daemon stop`),
      ),
    ])
    expect((await t.json<DaemonStatus>(['daemon', 'status'])).pid).toBe(child.pid)
    child.kill('SIGINT')
    expect(await ended).toBe(0)
    expect(isAlive(web)).toBe(true)
    expect(await t.ls('web')).toMatchObject({ pid: web.pid, adopted: true })
  })
})
