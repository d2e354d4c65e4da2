import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { unitText } from '../../src/cli/extra/systemd-unit.ts'
import { cli } from './support/run-cli.ts'

const facts = {
  nodePath: '/usr/bin/node',
  daemonScript: '/opt/pt rack/100%/$x/ptrackd.cjs',
  cliScript: '/opt/ptrack.js',
  version: '1.2.3',
}

test('what the promises of the unit rest on', () => {
  const unit = unitText({ ...facts, scope: 'system', home: null })
  for (const line of [
    'Type=notify',
    'NotifyAccess=all',
    'KillMode=process',
    'OOMPolicy=continue',
    'TasksMax=infinity',
    'WatchdogSec=30',
    'Restart=on-failure',
    'RestartSec=1',
    'StateDirectory=ptrack',
    'WantedBy=multi-user.target',
    'StartLimitIntervalSec=0',
  ])
    expect(unit.split('\n')).toContain(line)
  expect(unit).toContain('--home %S/ptrack --lift\n')
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

test('without a systemd the file is written and what remains is said; uninstall removes it', async () => {
  const config = mkdtempSync(join(tmpdir(), 'ptrack-unit-'))
  try {
    const env = { XDG_CONFIG_HOME: config, XDG_RUNTIME_DIR: join(config, 'none') }
    const installed = await cli(['systemd', 'install', '--user', '--home', '/h'], { env })
    const file = join(config, 'systemd/user/ptrack.service')
    expect(installed.code).toBe(1)
    expect(installed.stderr).toContain('systemctl --user daemon-reload && systemctl --user enable --now ptrack.service')
    expect(readFileSync(file, 'utf8')).toBe((await cli(['systemd', 'print', '--user', '--home', '/h'], { env })).stdout)
    expect(await cli(['systemd', 'uninstall', '--user'], { env })).toMatchObject({ code: 0 })
    expect(existsSync(file)).toBe(false)
    expect(await cli(['systemd', 'uninstall', '--user'], { env })).toMatchObject({ code: 0, stdout: '' })
  } finally {
    rmSync(config, { recursive: true })
  }
})
