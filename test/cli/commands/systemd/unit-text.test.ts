import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { homeOfMachineUnit } from '../../../../src/cli/commands/systemd/home.ts'
import { unitText } from '../../../../src/cli/commands/systemd/unit-text.ts'
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

test('without a systemd nothing is written, and where the unit belongs is said', async () => {
  const config = mkdtempSync(join(tmpdir(), 'ptrack-unit-'))
  try {
    const env = { XDG_CONFIG_HOME: config, XDG_RUNTIME_DIR: join(config, 'none') }
    const installed = await cli(['systemd', 'install', '--user', '--home', '/h'], { env })
    const file = join(config, 'systemd/user/ptrack.service')
    expect(installed.code).toBe(1)
    expect(installed.stderr).toMatch(/^ptrack: cannot install the unit: no systemd runs here for this user; nothing is written/)
    expect(installed.stderr).toContain(file)
    expect(existsSync(file)).toBe(false)
    expect(await cli(['systemd', 'uninstall', '--user'], { env })).toMatchObject({ code: 0, stdout: '' })
  } finally {
    rmSync(config, { recursive: true })
  }
})

test.each<[string, string[], string]>([
  ['none of them', [], '/own'],
  ["only this user's", ['/own'], '/own'],
  ["only the machine's", ['/machine'], '/machine'],
])('a unit of the machine serves the home that is in use: %s', (_what, used, home) => {
  expect(homeOfMachineUnit('/own', '/machine', (each) => used.includes(each))).toBe(home)
})

test('with two homes in use it is refused, with the command for either', () => {
  expect(() => homeOfMachineUnit('/own', '/machine', () => true)).toThrow(
    expect.objectContaining({
      code: 'UNSAFE',
      hint: expect.stringMatching(/install --system --home \/own` or .*install --system --home \/machine`/),
    }),
  )
})

test.each(['/h\n[Service]', '/h\tx', '/h\u2028'])('a home that cannot be printed is refused: %j', async (home) => {
  for (const verb of ['print', 'install']) {
    const refused = await cli(['systemd', verb, '--user', '--home', home])
    expect(refused).toMatchObject({ code: 2, stdout: '' })
    expect(refused.stderr).toMatch(/^ptrack: cannot write a unit for .*; use another directory/)
  }
})
