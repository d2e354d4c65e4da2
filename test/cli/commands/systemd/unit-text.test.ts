import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { homeOfUnit, isOurs, programsOfUnit, unitText } from '../../../../src/cli/commands/systemd/unit-text.ts'
import { cli } from '../../support/run-cli.ts'

const facts = {
  nodePath: '/usr/bin/node',
  daemonScript: '/opt/pt rack/100%/$x/ptrackd.cjs',
  cliScript: '/opt/ptrack.js',
  version: '1.2.3',
}

test('what the promises of the unit rest on', () => {
  const unit = unitText({ ...facts, scope: 'system', home: '/root/.local/state/ptrack' })
  for (const line of [
    'Type=notify',
    'NotifyAccess=all',
    'KillMode=process',
    'OOMPolicy=continue',
    'TasksMax=infinity',
    'WatchdogSec=30',
    'Restart=on-failure',
    'RestartSec=1',
    'WantedBy=multi-user.target',
    'StartLimitIntervalSec=0',
  ])
    expect(unit.split('\n')).toContain(line)
  expect(unit).toContain('--home "/root/.local/state/ptrack" --lift\n')
  // What children would inherit is not there.
  expect(
    unit.split('\n').filter((line) => /^(Protect|Private|NoNewPrivileges|UMask|ReadOnly|SystemCall|MemoryDeny)/.test(line)),
  ).toEqual([])
})

test('blanks, percent and dollar signs in paths stay what they are', () => {
  const unit = unitText({ ...facts, scope: 'user', home: '/home/me/100% $x' })
  expect(unit).toContain(
    'ExecStart="/usr/bin/node" --max-semi-space-size=2 --single-threaded-gc --v8-pool-size=1 "/opt/pt rack/100%%/$$x/ptrackd.cjs" --home "/home/me/100%% $$x" --lift\n',
  )
  expect(unit).toContain('Environment="PTRACK_HOME=/home/me/100%% $x" ')
  expect(unit).not.toContain('StateDirectory')
  expect(unit).toContain('WantedBy=default.target')
})

test('home and programs of a unit are read back as they were written', () => {
  const home = String.raw`/home/me/a "b" 100% $x \ c`
  const unit = unitText({ ...facts, scope: 'user', home })
  expect(isOurs(unit)).toBe(true)
  expect(homeOfUnit(unit)).toBe(home)
  expect(programsOfUnit(unit)).toEqual([facts.nodePath, facts.daemonScript])
  expect(isOurs('[Unit]\n')).toBe(false)
  // As units were that named no home.
  expect(homeOfUnit('ExecStart=/usr/bin/node x --home %S/ptrack\nEnvironment=PTRACK_DAEMON=1\n')).toBeNull()
})

test('without a systemd nothing is written, and what starts it there is named', async () => {
  const config = mkdtempSync(join(tmpdir(), 'ptrack-unit-'))
  try {
    const env = { XDG_CONFIG_HOME: config, XDG_RUNTIME_DIR: join(config, 'none') }
    for (const command of [
      ['systemd', 'install', '--user'],
      ['startup', '--user'],
    ]) {
      const installed = await cli([...command, '--home', '/h'], { env })
      expect(installed.code).toBe(1)
      expect(installed.stderr).toMatch(/cannot install the unit: no systemd runs here/)
      expect(installed.stderr).toMatch(
        existsSync('/run/systemd/system')
          ? /; nothing is written; log in as that user, or `ptrack systemd install --user --linger`/
          : /; nothing is written; `ptrack systemd print --for (cron|openrc|runit)` \(or /,
      )
    }
    expect(readdirSync(config)).toEqual([])
    for (const command of [
      ['systemd', 'uninstall', '--user'],
      ['unstartup', '--user'],
    ])
      expect(await cli(command, { env })).toMatchObject({ code: 0, stdout: '' })
  } finally {
    rmSync(config, { recursive: true })
  }
})

test.each<[string[], string]>([
  [['startup', 'upstart'], 'there is a unit for systemd, and none for upstart; `ptrack systemd print --for cron|openrc|runit`'],
  [['startup', 'openrc'], '`ptrack systemd print --for openrc` prints what to install'],
  [['startup', 'systemd', '-u', 'nosuch', '--hp', '/home/nosuch'], 'as nosuch: `ptrack systemd install --user --linger`'],
  [['unstartup', '-u', 'nosuch'], 'as nosuch: `ptrack systemd uninstall --user`'],
  [['startup', '--hp', '/elsewhere'], 'is chosen with --home'],
  [['startup', '--user', '--system'], '--user and --system exclude each other'],
])('what pm2 users type at boot: %j', async (argv, advice) => {
  const { code, stdout, stderr } = await cli(argv, { home: '/h' })
  expect([code, stdout]).toEqual([2, ''])
  expect(stderr).toContain(advice)
})
