/** The unit of `ptrack systemd` under a real systemd, booted in a namespace of its own. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DaemonStatus, ProcessView } from '../../src/protocol/view.ts'
import { cliFile } from '../support/bundle.ts'
import { program } from '../support/daemon.ts'
import { type Booted, bootSystemd, SHARED, systemdCanBoot } from '../support/systemd.ts'
import { until } from '../support/until.ts'

const CAN = systemdCanBoot()
let base: string
let system: Booted

describe.skipIf(!CAN)('the system unit', () => {
  beforeAll(async () => {
    base = realpathSync(mkdtempSync(join(tmpdir(), 'ptrack-systemd-')))
    system = bootSystemd(base)
    await until(
      () => /running|degraded/.test(system.inside(['systemctl', 'is-system-running']).stdout),
      'systemd has booted',
      60_000,
      system.log,
    )
  }, 90_000)
  afterAll(async () => {
    await system?.close()
    if (base) rmSync(base, { recursive: true, force: true, maxRetries: 5 })
  })

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
  const view = (name: string): ProcessView =>
    (JSON.parse(ok('ls', '--all', '--json')) as ProcessView[]).find((each) => each.name === name)!
  const property = (name: string): string => system.inside(['systemctl', 'show', '-P', name, 'ptrack']).stdout.trim()
  const alive = (pid: number): boolean => system.inside(['kill', '-0', String(pid)]).code === 0

  test('install: the unit that is printed, enabled, started, READY, and the daemon is in it', async () => {
    const printed = ok('systemd', 'print', '--system')
    const installed = ok('systemd', 'install', '--system')
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
    const environ = system.inside(['cat', `/proc/${view('service').pid}/environ`]).stdout
    expect(environ).toContain('PTRACK_ID=')
    for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'INVOCATION_ID', 'JOURNAL_STREAM', 'PTRACK_DAEMON'])
      expect(environ).not.toContain(`${name}=`)
  })

  test('kill -9 of the daemon: systemd brings it back, and it adopts its children', async () => {
    const before = view('service')
    const daemon = property('MainPID')
    expect(system.inside(['kill', '-9', daemon]).code).toBe(0)
    await until(
      () => property('ActiveState') === 'active' && !['0', daemon].includes(property('MainPID')),
      'it is back',
      30_000,
      system.log,
    )
    expect(view('service')).toMatchObject({
      pid: before.pid,
      run: before.run,
      startTime: before.startTime,
      adopted: true,
      status: 'running',
    })
    expect(Number(property('NRestarts'))).toBe(1)
  })

  test('--cgroup works here, since the unit delegates', () => {
    ok('start', '--name', 'grouped', '--cgroup', '--', program('waits.sh'))
    expect(system.inside(['cat', `/proc/${view('grouped').pid}/cgroup`]).stdout).toMatch(
      /\/ptrack\.service\/.*ptrack-grouped-[0-9a-f]+/,
    )
    ok('delete', 'grouped')
  })

  test('systemctl stop ends the daemon alone; started again it adopts', async () => {
    const { pid } = view('service')
    expect(system.inside(['systemctl', 'stop', 'ptrack']).code).toBe(0)
    expect(['inactive', 'failed']).toContain(property('ActiveState'))
    expect(property('Result')).toBe('success')
    expect(alive(pid!)).toBe(true)
    expect(system.inside(['systemctl', 'start', 'ptrack'])).toMatchObject({ code: 0 })
    expect(view('service')).toMatchObject({ pid, adopted: true })
  })

  test('uninstall leaves no unit, no link and no daemon; the children live on', () => {
    const { pid } = view('service')
    expect(ok('systemd', 'uninstall', '--system')).toBe('/etc/systemd/system/ptrack.service is removed; processes live on\n')
    expect(existsSync(unitFile())).toBe(false)
    const files = readdirSync(join(base, 'etc'), { recursive: true }).map(String)
    expect(files.filter((file) => file.includes('ptrack'))).toEqual([])
    expect(system.inside(['systemctl', 'status', 'ptrack']).code).toBe(4)
    expect(ptrack('daemon', 'status').code).toBe(5)
    expect(alive(pid!)).toBe(true)
    expect(ptrack('systemd', 'uninstall', '--system')).toMatchObject({ code: 0, stdout: '' })
  })
})
