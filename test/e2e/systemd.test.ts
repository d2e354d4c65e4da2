/** The unit of `ptrack systemd` under a real systemd, booted in a namespace of its own. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect } from '../../src/client/connect.ts'
import { PtrackError } from '../../src/protocol/errors.ts'
import type { DaemonStatus, ProcessView } from '../../src/protocol/view.ts'
import { cliFile } from '../support/bundle.ts'
import { commandPath } from '../support/command-path.ts'
import { program } from '../support/daemon.ts'
import { describeNeeding } from '../support/requires.ts'
import { BOOTING, type Booted, bootSystemd, SHARED } from '../support/systemd.ts'
import { typedIn } from '../support/terminal.ts'
import { until } from '../support/until.ts'

let base: string
let system: Booted

describeNeeding(...BOOTING)('the system unit', () => {
  beforeAll(async () => {
    base = realpathSync(mkdtempSync(join(tmpdir(), 'ptrack-systemd-')))
    await boot()
  })
  afterAll(async () => {
    await system?.close()
    if (base) rmSync(base, { recursive: true, force: true, maxRetries: 5 })
  })

  async function boot(): Promise<void> {
    rmSync(join(base, 'systemd.log'), { force: true })
    system = bootSystemd(base)
    await until(
      () => /running|degraded/.test(system.inside(['systemctl', 'is-system-running']).stdout),
      'systemd has booted',
      60_000,
      system.log,
    )
  }
  const unitFile = () => join(base, 'etc/ptrack.service')
  const ptrack = (...args: string[]) =>
    system.inside([process.execPath, cliFile, ...args], {
      PTRACK_HOME: `${SHARED}/state`,
      XDG_CONFIG_HOME: `${SHARED}/config`,
    })
  function ok(...args: string[]): string {
    const { code, stdout, stderr } = ptrack(...args)
    if (code !== 0) throw new Error(`ptrack ${args.join(' ')} exited ${code}: ${stdout}${stderr}\n${system.log()}`)
    return stdout
  }
  /** Without a command inside, which costs ten times as much; where none runs, that starts a daemon. */
  async function view(name: string): Promise<ProcessView> {
    const views = await list().catch((error: unknown) => {
      if (error instanceof PtrackError && error.code === 'UNREACHABLE')
        return JSON.parse(ok('ls', '--all', '--json')) as ProcessView[]
      throw error
    })
    return views.find((each) => each.name === name)!
  }
  async function list(): Promise<ProcessView[]> {
    const client = await connect({ home: join(base, 'state'), clientName: 'test' })
    try {
      return await client.request('list', { all: true })
    } finally {
      client.close()
    }
  }
  const property = (name: string): string => system.inside(['systemctl', 'show', '-P', name, 'ptrack']).stdout.trim()
  const alive = (pid: number): boolean => system.inside(['kill', '-0', String(pid)]).code === 0

  test('install: the unit that is printed, enabled, started, READY, and the daemon is in it', async () => {
    // A daemon that a command has started makes way for the unit's, which takes its processes over.
    ok('start', '--name', 'early', '--', program('waits.sh'))
    const early = await view('early')
    const printed = ok('systemd', 'print', '--system')
    const installed = ok('systemd', 'install', '--system')
    expect(await view('early')).toMatchObject({ pid: early.pid, run: early.run, adopted: true })
    ok('delete', 'early')
    expect(installed).toBe('/etc/systemd/system/ptrack.service is written, enabled and started\n')
    expect(readFileSync(unitFile(), 'utf8')).toBe(printed)
    expect(system.inside(['systemd-analyze', 'verify', '/etc/systemd/system/ptrack.service']).stderr).not.toContain(
      'ptrack.service',
    )
    // The boot has emptied a /tmp of its own, not the one that this test's files are in.
    expect(existsSync(join(base, 'systemd.log'))).toBe(true)
    expect(property('ActiveState')).toBe('active')
    const status = JSON.parse(ok('daemon', 'status', '--json')) as DaemonStatus
    expect(status).toMatchObject({ pid: Number(property('MainPID')), home: `${SHARED}/state` })
    await until(() => property('StatusText') !== '', 'the status is told', 10_000)
    ok('start', '--name', 'service', '--', program('waits.sh'))
    const environ = system.inside(['cat', `/proc/${(await view('service')).pid}/environ`]).stdout
    expect(environ).toContain('PTRACK_ID=')
    for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'INVOCATION_ID', 'JOURNAL_STREAM', 'PTRACK_DAEMON'])
      expect(environ).not.toContain(`${name}=`)
  })

  test('kill -9 of the daemon: systemd brings it back, and it adopts its children', async () => {
    const before = await view('service')
    const daemon = property('MainPID')
    expect(system.inside(['kill', '-9', daemon]).code).toBe(0)
    await until(
      () => property('ActiveState') === 'active' && !['0', daemon].includes(property('MainPID')),
      'it is back',
      30_000,
      system.log,
    )
    expect(await view('service')).toMatchObject({
      pid: before.pid,
      run: before.run,
      startTime: before.startTime,
      adopted: true,
      status: 'running',
    })
    expect(Number(property('NRestarts'))).toBe(1)
  })

  const inUnit = async (): Promise<void> => {
    const same = () => property('ActiveState') === 'active' && daemonPid() === Number(property('MainPID'))
    await until(same, 'the daemon is that of the unit', 30_000, system.log)
  }
  /** systemd may fail to enter the cgroup of a unit that ended just now (219/CGROUP), and tries again after RestartSec. */
  const startUnit = async (): Promise<void> => {
    const { code } = system.inside(['systemctl', 'start', 'ptrack'])
    if (code !== 0) expect(system.log()).toContain('219/CGROUP')
    await inUnit()
  }
  const daemonPid = (): number | null => {
    const { code, stdout } = ptrack('daemon', 'status', '--json')
    return code === 0 ? (JSON.parse(stdout) as DaemonStatus).pid : null
  }

  test('a command in the second after a crash starts a daemon of its own, and the unit takes over from it', async () => {
    const before = await view('service')
    system.inside(['kill', '-9', property('MainPID')])
    expect(await view('service')).toMatchObject({ pid: before.pid, status: 'running' })
    await inUnit()
    expect(await view('service')).toMatchObject({ pid: before.pid, run: before.run, adopted: true })
  })

  test('a daemon that hangs is killed by the watchdog, and its children are adopted', async () => {
    const before = await view('service')
    mkdirSync(join(base, 'etc/ptrack.service.d'))
    writeFileSync(join(base, 'etc/ptrack.service.d/quick.conf'), '[Service]\nWatchdogSec=3\nTimeoutAbortSec=1\n')
    system.inside(['systemctl', 'daemon-reload'])
    system.inside(['systemctl', 'restart', 'ptrack'])
    const daemon = property('MainPID')
    const restarts = Number(property('NRestarts'))
    // Its word comes in time for longer than the watchdog waits.
    const timestamp = property('WatchdogTimestampMonotonic')
    await until(() => Number(property('WatchdogTimestampMonotonic')) > Number(timestamp) + 4e6, 'it beats', 30_000, system.log)
    expect(property('MainPID')).toBe(daemon)
    system.inside(['kill', '-STOP', daemon])
    await until(() => !['0', daemon].includes(property('MainPID')), 'it was replaced', 30_000, system.log)
    await inUnit()
    expect(Number(property('NRestarts'))).toBe(restarts + 1)
    expect(await view('service')).toMatchObject({ pid: before.pid, run: before.run, adopted: true, status: 'running' })
    rmSync(join(base, 'etc/ptrack.service.d'), { recursive: true })
    system.inside(['systemctl', 'daemon-reload'])
  })

  test('install again changes nothing; a unit of an older text is replaced, and children live through it', async () => {
    const { pid } = await view('service')
    const daemon = property('MainPID')
    ok('systemd', 'install', '--system')
    expect(property('MainPID')).toBe(daemon)
    writeFileSync(unitFile(), readFileSync(unitFile(), 'utf8').replace('RestartSec=1', 'RestartSec=2'))
    ok('systemd', 'install', '--system')
    expect(property('MainPID')).not.toBe(daemon)
    expect(property('RestartUSec')).toBe('1s')
    expect(await view('service')).toMatchObject({ pid, adopted: true })
  })

  test('daemon restart stays in the unit; daemon stop stops it', async () => {
    const { pid } = await view('service')
    const daemon = daemonPid()
    expect(ok('daemon', 'restart')).toContain(`restarted (pid ${daemon} -> ${property('MainPID')})`)
    await inUnit()
    ok('daemon', 'stop')
    await until(() => property('ActiveState') === 'inactive', 'the unit is stopped', 10_000, system.log)
    expect(property('Result')).toBe('success')
    expect(alive(pid!)).toBe(true)
    await startUnit()
    expect(await view('service')).toMatchObject({ pid, adopted: true })
  })

  test('`daemon stop --kill-children` lasts until `systemctl start`', async () => {
    const { run } = await view('service')
    ok('daemon', 'stop', '--kill-children')
    await until(() => property('ActiveState') === 'inactive', 'the unit is stopped', 10_000, system.log)
    expect(await view('service')).toMatchObject({ status: 'stopped', wanted: 'up', run })
    await startUnit()
    await until(async () => (await view('service')).status === 'running', 'it runs again', 10_000, system.log)
    expect((await view('service')).run).toBe(run + 1)
  })

  test('after a reboot, and after a loss of power, services that were wanted are back and nothing else', async () => {
    const told = `${SHARED}/told`
    ok(
      'start',
      '--name',
      'polite',
      '--',
      'sh',
      '-c',
      `trap 'echo ended >>${told}; exit 0' TERM; echo up >>${told}; while :; do sleep 0.1; done`,
    )
    ok('start', '--name', 'stopped', '--', program('waits.sh'))
    ok('stop', 'stopped')
    ok('run', '-d', '--name', 'job', '--', program('waits.sh'))
    const lines = (): string => (existsSync(join(base, 'told')) ? readFileSync(join(base, 'told'), 'utf8') : '')
    await until(() => lines() === 'up\n', 'it is up', 10_000)
    const first = await view('service')

    system.inside(['systemctl', 'reboot'])
    await system.ended
    // It was asked to end, as a stop would ask it, before the machine went down.
    expect(lines()).toBe('up\nended\n')
    await boot()
    await inUnit()
    await until(
      async () => (await view('service')).status === 'running' && lines() === 'up\nended\nup\n',
      'services are back',
      20_000,
      system.log,
    )
    expect(await view('service')).toMatchObject({ adopted: false, wanted: 'up' })
    expect((await view('service')).run).not.toBe(first.run)
    expect(await view('stopped')).toMatchObject({ status: 'stopped', wanted: 'down', pid: null })
    expect(await view('job')).toMatchObject({ status: 'interrupted', pid: null })

    ok('run', '-d', '--name', 'second', '--', program('waits.sh'))
    const { run } = await view('service')
    await system.close()
    await boot()
    await inUnit()
    await until(async () => (await view('service')).status === 'running', 'services are back', 20_000, system.log)
    expect((await view('service')).run).not.toBe(run)
    expect(await view('stopped')).toMatchObject({ status: 'stopped', pid: null })
    expect(await view('second')).toMatchObject({ status: 'interrupted', pid: null })
    ok('delete', 'polite')
  })

  test('--cgroup works here, since the unit delegates', async () => {
    ok('start', '--name', 'grouped', '--cgroup', '--', program('waits.sh'))
    expect(system.inside(['cat', `/proc/${(await view('grouped')).pid}/cgroup`]).stdout).toMatch(
      /\/ptrack\.service\/.*ptrack-grouped-[0-9a-f]+/,
    )
    ok('delete', 'grouped')
  })

  test('systemctl stop ends the daemon alone; started again it adopts', async () => {
    const { pid } = await view('service')
    expect(system.inside(['systemctl', 'stop', 'ptrack']).code).toBe(0)
    expect(['inactive', 'failed']).toContain(property('ActiveState'))
    expect(property('Result')).toBe('success')
    expect(alive(pid!)).toBe(true)
    await startUnit()
    expect(await view('service')).toMatchObject({ pid, adopted: true })
  })

  test('uninstall leaves no unit, no link and no daemon; the children live on', async () => {
    const { pid } = await view('service')
    expect(ok('systemd', 'uninstall', '--system')).toBe('/etc/systemd/system/ptrack.service is removed; processes live on\n')
    expect(existsSync(unitFile())).toBe(false)
    const files = readdirSync(join(base, 'etc'), { recursive: true }).map(String)
    expect(files.filter((file) => file.includes('ptrack'))).toEqual([])
    expect(system.inside(['systemctl', 'status', 'ptrack']).code).toBe(4)
    expect(ptrack('daemon', 'status').code).toBe(5)
    expect(alive(pid!)).toBe(true)
    expect(ptrack('systemd', 'uninstall', '--system')).toMatchObject({ code: 0, stdout: '' })
  })

  test('as docs/commands.md has it, the unit of root has the home of its commands, for root alone', async () => {
    commandPath({ dir: base, env: {} })
    const typed = (line: string) =>
      system.inside(['sh', '-c', line], {
        PATH: `${SHARED}/bin:${process.env.PATH}`,
        XDG_CONFIG_HOME: `${SHARED}/config`,
        XDG_STATE_HOME: `${SHARED}/xdg`,
        PTRACK_HTTP: 'off',
      })
    const installed = typed(typedIn('docs/commands.md', 'ptrack systemd install'))
    expect(installed).toMatchObject({ code: 0 })
    const home = `${SHARED}/xdg/ptrack`
    expect(installed.stderr).toContain(`its home is ${home}`)
    expect(system.inside(['stat', '-c', '%a %u', home]).stdout).toBe('700 0\n')
    const status = typed('ptrack daemon status --json')
    expect(JSON.parse(status.stdout)).toMatchObject({ home, pid: Number(property('MainPID')) })
    expect(typed(typedIn('docs/commands.md', 'ptrack systemd uninstall'))).toMatchObject({ code: 0 })
    expect(existsSync(unitFile())).toBe(false)
  })

  test("a unit of a user's systemd", async () => {
    const env = { XDG_RUNTIME_DIR: '/run/user/0', XDG_CONFIG_HOME: `${SHARED}/config`, PTRACK_HOME: `${SHARED}/of-user` }
    const set = Object.entries({ ...env, HOME: '/root', PATH: process.env.PATH! }).map(
      ([name, value]) => `--setenv=${name}=${value}`,
    )
    expect(system.inside(['mkdir', '-p', '-m', '700', '/run/user/0']).code).toBe(0)
    const manager = ['--unit=manager', '-p', 'Type=notify', '-p', 'Delegate=yes', ...set, '/lib/systemd/systemd', '--user']
    expect(system.inside(['systemd-run', ...manager])).toMatchObject({ code: 0 })
    const mine = (...args: string[]) => system.inside([process.execPath, cliFile, ...args], env)
    const systemctl = (...args: string[]) => system.inside(['systemctl', '--user', ...args], env)
    const installed = mine('systemd', 'install', '--user')
    expect(installed).toMatchObject({ code: 0, stderr: expect.stringContaining('loginctl enable-linger') })
    expect(mine('start', '--name', 'of-user', '--', program('waits.sh'))).toMatchObject({ code: 0 })
    const before = (JSON.parse(mine('ls', '--json').stdout) as ProcessView[])[0]!
    expect(mine('daemon', 'restart')).toMatchObject({ code: 0 })
    const { pid } = JSON.parse(mine('daemon', 'status', '--json').stdout) as DaemonStatus
    expect(systemctl('show', '-P', 'MainPID', 'ptrack').stdout).toBe(`${pid}\n`)
    expect((JSON.parse(mine('ls', '--json').stdout) as ProcessView[])[0]).toMatchObject({ pid: before.pid, adopted: true })
    expect(mine('stop', 'of-user')).toMatchObject({ code: 0 })
    expect(mine('systemd', 'uninstall', '--user')).toMatchObject({ code: 0 })
    expect(
      readdirSync(join(base, 'config/systemd/user'), { recursive: true }).filter((file) => `${file}`.includes('ptrack')),
    ).toEqual([])
    expect(systemctl('status', 'ptrack').code).toBe(4)
    expect(mine('daemon', 'status').code).toBe(5)
  })
})
