/** What `ptrack systemd install` and pm2's `startup` promise for a boot, and what they refuse, under a real systemd. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Check } from '../../src/cli/commands/doctor/check.ts'
import { readDaemonInfo } from '../../src/protocol/daemon-info.ts'
import type { DaemonStatus, ProcessView } from '../../src/protocol/view.ts'
import { cliFile, root } from '../support/bundle.ts'
import { commandPath } from '../support/command-path.ts'
import { program } from '../support/daemon.ts'
import { describeNeeding } from '../support/requires.ts'
import { BOOTING, type Booted, bootSystemd, LOGINS, SHARED, SOMEBODY } from '../support/systemd.ts'
import { until } from '../support/until.ts'

let base: string
let system: Booted
let PATH: string

describeNeeding(...BOOTING, ...LOGINS)('boot', () => {
  beforeAll(async () => {
    base = realpathSync(mkdtempSync(join(tmpdir(), 'ptrack-boot-')))
    PATH = commandPath({ dir: base, env: { PATH: process.env.PATH! } }).replace(base, SHARED)
    const wants = join(base, 'etc/multi-user.target.wants')
    mkdirSync(wants, { recursive: true })
    symlinkSync('/lib/systemd/system/systemd-logind.service', join(wants, 'systemd-logind.service'))
    await boot()
  })
  afterEach(() => {
    ptrack('systemd', 'uninstall')
    for (const home of ['own/ptrack', 'other', HOME].filter((each) => existsSync(join(base, each, 'daemon.lock'))))
      ptrack('daemon', 'stop', '--kill-children', '--home', `${SHARED}/${home}`)
    for (const home of ['own', 'other', HOME]) rmSync(join(base, home), { recursive: true, force: true })
  })
  afterAll(async () => {
    await system?.close()
    if (base) rmSync(base, { recursive: true, force: true, maxRetries: 5 })
  })

  async function boot(): Promise<void> {
    rmSync(join(base, 'systemd.log'), { force: true })
    system = bootSystemd(base)
    const booted = () => /running|degraded/.test(system.inside(['systemctl', 'is-system-running']).stdout)
    await until(booted, 'systemd has booted', 60_000, system.log)
  }
  async function reboot(): Promise<void> {
    system.inside(['systemctl', 'reboot'])
    await system.ended
    await boot()
  }

  const HOME = `a home 100% $x`
  const ROOT = { XDG_CONFIG_HOME: `${SHARED}/config`, XDG_STATE_HOME: `${SHARED}/own` }
  const ptrack = (...args: string[]) => system.inside([process.execPath, cliFile, ...args], ROOT)
  function ok(...args: string[]): string {
    const { code, stdout, stderr } = ptrack(...args)
    if (code !== 0)
      throw new Error(`ptrack ${args.join(' ')} exited ${code}: ${stdout}${stderr}\n${system.log()}\n${daemonLogs()}`)
    return stdout
  }
  const daemonLogs = (): string =>
    ['own/ptrack', 'other', HOME]
      .map((home) => join(base, home, 'daemon.log'))
      .filter((file) => existsSync(file))
      .map((file) => `${file}:\n${readFileSync(file, 'utf8').split('\n').slice(-20).join('\n')}`)
      .join('\n')
  const start = (home: string, name: string, ...more: string[]) =>
    ok('start', '--home', `${SHARED}/${home}`, '--name', name, ...more, '--', program('waits.sh'))
  const list = (home: string) => JSON.parse(ok('ls', '--json', '--home', `${SHARED}/${home}`)) as ProcessView[]
  const pidOf = (home: string, name: string) => list(home).find((view) => view.name === name)?.pid
  const daemonOf = (home: string): DaemonStatus | null => {
    const { code, stdout } = ptrack('daemon', 'status', '--json', '--home', `${SHARED}/${home}`)
    return code === 0 ? (JSON.parse(stdout) as DaemonStatus) : null
  }
  const property = (name: string): string => system.inside(['systemctl', 'show', '-P', name, 'ptrack']).stdout.trim()
  const unitFile = () => join(base, 'etc/ptrack.service')
  /** The units of this machine and what is enabled. */
  const units = () => readdirSync(join(base, 'etc'), { recursive: true }).map(String).sort()

  test('after a reboot every wanted service is back in the order of its dependencies; no name of a home is in the way', async () => {
    const lines = () => readFileSync(join(base, 'order'), 'utf8')
    const says = (name: string) => ['--', 'sh', '-c', `echo ${name} >>${SHARED}/order; exec sleep 1000`]
    const home = ['--home', `${SHARED}/${HOME}`]
    const slow = `echo db >>${SHARED}/order; echo ready >>${SHARED}/order; ptrack notify --ready; exec sleep 1000`
    ok('start', ...home, '--name', 'db', '--env', `PATH=${PATH}`, '--health', 'notify', '--', 'sh', '-c', slow)
    ok('start', ...home, '--name', 'api', '--after', 'db:healthy', ...says('api'))
    ok('start', ...home, '--name', 'worker', '--after', 'api', ...says('worker'))
    ok('start', ...home, '--name', 'stopped', ...says('stopped'))
    ok('stop', ...home, 'stopped')
    expect(ok('systemd', 'install', '--system', ...home)).toBe(
      '/etc/systemd/system/ptrack.service is written, enabled and started\n',
    )
    expect(system.inside(['systemd-analyze', 'verify', '/etc/systemd/system/ptrack.service']).stderr).not.toContain(
      'ptrack.service',
    )
    expect(daemonOf(HOME)!.pid).toBe(Number(property('MainPID')))
    rmSync(join(base, 'order'))

    await reboot()
    const back = () => existsSync(join(base, 'order')) && lines().includes('worker')
    await until(back, 'all are back', 30_000, system.log)
    expect(lines()).toBe('db\nready\napi\nworker\n')
    // Without a command: the daemon is that of the unit.
    expect(daemonOf(HOME)).toMatchObject({ pid: Number(property('MainPID')), live: 3 })
  })

  test('with processes in two homes it is refused; either command that it names works, and leaves nothing running twice', () => {
    start('own/ptrack', 'mine')
    start('other', 'theirs')
    ok('systemd', 'install', '--home', `${SHARED}/other`)
    const pids = [pidOf('own/ptrack', 'mine'), pidOf('other', 'theirs')]
    const refused = ptrack('startup')
    expect(refused).toMatchObject({ code: 8, stdout: '' })
    const commands = [...refused.stderr.matchAll(/`(ptrack systemd (?:un)?install --.*?)`/g)].map(([, command]) => command!)
    expect(commands).toEqual([
      `ptrack systemd install --system --home ${SHARED}/other`,
      `ptrack systemd uninstall --system && ptrack systemd install --system --home ${SHARED}/own/ptrack`,
    ])
    for (const [command, home] of [
      [commands[0]!, 'other'],
      [commands[1]!, 'own/ptrack'],
    ] as const) {
      expect(system.inside(['sh', '-c', command], { ...ROOT, PATH })).toMatchObject({ code: 0 })
      expect(daemonOf(home)!.pid).toBe(Number(property('MainPID')))
    }
    expect([pidOf('own/ptrack', 'mine'), pidOf('other', 'theirs')]).toEqual(pids)
    // The home of the unit stays what it is.
    expect(ptrack('systemd', 'install', '--home', `${SHARED}/other`)).toMatchObject({ code: 8, stdout: '' })
    ok('systemd', 'install')
    expect(daemonOf('own/ptrack')!.pid).toBe(Number(property('MainPID')))
    ok('delete', 'theirs', '--home', `${SHARED}/other`)
    expect(ok('startup')).toContain('is written, enabled and started')
    expect(daemonOf('own/ptrack')!.pid).toBe(Number(property('MainPID')))
    expect(ok('unstartup')).toContain('is removed')
    expect(pidOf('own/ptrack', 'mine')).toBe(pids[0])
  })

  test('what stands in the way is named before anything changes', () => {
    start('own/ptrack', 'mine')
    const as = (uid: number, ...command: string[]) =>
      system.inside(['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', ...command], { HOME: SOMEBODY.home })
    const theirs = [SOMEBODY.node, `${SOMEBODY.checkout}/bin/ptrack.js`]
    expect(as(SOMEBODY.uid, ...theirs, 'start', '--name', 'theirs', '--', 'sleep', '1000')).toMatchObject({ code: 0 })
    const home = `${SOMEBODY.home}/.local/state/ptrack`
    // Each lets nobody in while another is there, and writes this as its last act of beginning.
    const daemons = () => ['own/ptrack', 'somebody/.local/state/ptrack'].map((each) => readDaemonInfo(join(base, each)))
    const before = daemons()
    expect(before).toEqual([expect.objectContaining({ runtime: false }), expect.objectContaining({ runtime: false })])
    const refuses = (code: number, reason: string, run: () => { code: number | null; stdout: string; stderr: string }) => {
      const there = units()
      const refused = run()
      expect(refused).toMatchObject({ code, stdout: '' })
      expect(refused.stderr).toContain(reason)
      expect(units()).toEqual(there)
      expect(daemons()).toEqual(before)
    }
    const install = ['systemd', 'install', '--system']

    refuses(
      7,
      'it belongs to somebody, and the unit would run as root; as somebody: `ptrack systemd install --user --linger`',
      () => ptrack(...install, '--home', home),
    )
    refuses(8, `root has no processes, and somebody, who ran sudo, has some in ${home}; without sudo: `, () =>
      system.inside([process.execPath, cliFile, ...install], {
        ...ROOT,
        XDG_STATE_HOME: `${SHARED}/none`,
        SUDO_USER: 'somebody',
      }),
    )
    refuses(7, 'permission denied; nothing is changed', () => as(SOMEBODY.uid, ...theirs, ...install))
    refuses(1, 'no systemd runs here for this user; nothing is written', () => as(SOMEBODY.uid, ...theirs, 'systemd', 'install'))
    writeFileSync(unitFile(), '[Service]\nExecStart=/bin/true\n')
    for (const verb of ['install', 'uninstall']) refuses(8, 'ptrack has not written it', () => ptrack('systemd', verb))
    rmSync(unitFile())
    symlinkSync('/dev/null', unitFile())
    for (const verb of ['install', 'uninstall'])
      refuses(8, 'the unit is masked; `systemctl unmask ptrack.service`', () => ptrack('systemd', verb))
    rmSync(unitFile())
    const etc = (mode: string) => system.inside(['mount', '-o', `remount,${mode},bind`, '/etc/systemd/system'])
    etc('ro')
    refuses(1, 'cannot write /etc/systemd/system/ptrack.service: the file system is read-only; nothing is changed', () =>
      ptrack(...install),
    )
    etc('rw')
    const mine = join(base, 'config/systemd/user/ptrack.service')
    mkdirSync(join(mine, '..'), { recursive: true })
    writeFileSync(mine, ok('systemd', 'print', '--user'))
    refuses(8, '/systemd/user/ptrack.service serves it; `ptrack systemd uninstall --user` makes room', () => ptrack(...install))
    rmSync(mine)
    // A start that fails takes back what was done, and the daemon that made way is there again.
    mkdirSync(`${unitFile()}.d`)
    writeFileSync(`${unitFile()}.d/fails.conf`, '[Service]\nExecStart=\nExecStart=/bin/false\n')
    const [pid, there] = [pidOf('own/ptrack', 'mine'), units()]
    expect(ptrack(...install)).toMatchObject({ code: 1, stderr: expect.stringContaining('what was done before is undone') })
    expect([units(), property('ActiveState'), pidOf('own/ptrack', 'mine')]).toEqual([there, 'inactive', pid])
    expect(daemonOf('own/ptrack')).not.toBeNull()
    rmSync(`${unitFile()}.d`, { recursive: true })
    expect(as(SOMEBODY.uid, ...theirs, 'daemon', 'stop', '--kill-children')).toMatchObject({ code: 0 })
    rmSync(join(base, 'somebody/.local'), { recursive: true })
  })

  test('a checkout that was removed: doctor names it, processes live on, and install writes the unit anew', async () => {
    const copy = join(base, 'copy')
    mkdirSync(join(copy, '.git'), { recursive: true })
    for (const part of ['bin', 'dist', 'package.json']) cpSync(join(root, part), join(copy, part), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
    start('own/ptrack', 'mine')
    const installed = system.inside([process.execPath, `${SHARED}/copy/bin/ptrack.js`, 'systemd', 'install'], ROOT)
    expect(installed).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(`it runs from a checkout, ${SHARED}/copy: when that`),
    })
    const unit = () =>
      (JSON.parse(ptrack('doctor', '--json').stdout) as { checks: Check[] }).checks.find(({ name }) => name === 'unit')
    expect(unit()).toMatchObject({ result: 'ok', message: `/etc/systemd/system/ptrack.service serves ${SHARED}/own/ptrack` })
    const pid = pidOf('own/ptrack', 'mine')
    rmSync(copy, { recursive: true })
    system.inside(['kill', '-9', property('MainPID')])
    await until(() => Number(property('NRestarts')) > 1, 'systemd tries again', 30_000, system.log)
    expect(unit()).toMatchObject({
      result: 'fail',
      message: `/etc/systemd/system/ptrack.service starts ${SHARED}/copy/dist/ptrackd.cjs, which is not there`,
      advice: '`ptrack systemd install --system` writes it anew',
    })
    ok('systemd', 'install')
    expect(unit()).toMatchObject({ result: 'ok' })
    expect(daemonOf('own/ptrack')!.pid).toBe(Number(property('MainPID')))
    expect(pidOf('own/ptrack', 'mine')).toBe(pid)
  })

  test("a user's unit with --linger: nothing where that is refused, and the services are there after a reboot without a login", async () => {
    const bin = join(base, 'bin-refusing')
    mkdirSync(bin)
    writeFileSync(join(bin, 'loginctl'), '#!/bin/sh\necho "Could not enable linger: Access denied" >&2\nexit 1\n', {
      mode: 0o755,
    })
    // A user's PATH may name what only root can look at.
    const run = (path: string, ...args: string[]) =>
      system.inside(
        [
          'setpriv',
          `--reuid=${SOMEBODY.uid}`,
          `--regid=${SOMEBODY.uid}`,
          '--clear-groups',
          SOMEBODY.node,
          `${SOMEBODY.checkout}/bin/ptrack.js`,
          ...args,
        ],
        { HOME: SOMEBODY.home, PATH: `${SHARED}/bin:${path}` },
      )
    const mine = (...args: string[]) => run(process.env.PATH!, ...args)
    cpSync(bin, join(base, 'somebody/bin'), { recursive: true })
    expect(mine('start', '--name', 'service', '--', 'sh', '-c', 'echo up >>$HOME/told; exec sleep 1000')).toMatchObject({
      code: 0,
    })
    const refused = run(`${SOMEBODY.home}/bin:${process.env.PATH}`, 'startup', '--linger')
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toContain(
      'cannot turn lingering on: Could not enable linger: Access denied; nothing is changed; as root: `loginctl enable-linger somebody`',
    )
    expect(existsSync(join(base, 'somebody/.config'))).toBe(false)

    // Without polkit only root may.
    if (mine('startup', '--linger').code !== 0) {
      expect(system.inside(['loginctl', 'enable-linger', SOMEBODY.name])).toMatchObject({ code: 0 })
    }
    await until(() => existsSync(join(base, 'var-lib/systemd/linger/somebody')), 'it lingers', 10_000, system.log)
    expect(mine('startup', '--linger')).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('lingering is on: it starts at boot'),
    })
    const service = () => (JSON.parse(mine('ls', '--json').stdout) as ProcessView[])[0]!
    expect(service()).toMatchObject({ status: 'running', adopted: true })

    await reboot()
    const told = () => readFileSync(join(base, 'somebody/told'), 'utf8')
    await until(() => told() === 'up\nup\n', 'the service is back', 30_000, system.log)
    expect(service()).toMatchObject({ status: 'running', adopted: false })
    expect(mine('unstartup')).toMatchObject({
      code: 0,
      stdout: `${SOMEBODY.home}/.config/systemd/user/ptrack.service is removed; processes live on\n`,
      stderr: expect.stringContaining('lingering stays on; `loginctl disable-linger` turns it off'),
    })
    expect(mine('daemon', 'status').code).toBe(5)
    expect(service()).toMatchObject({ status: 'running', adopted: true })
    expect(mine('daemon', 'stop', '--kill-children')).toMatchObject({ code: 0 })
  })
})
