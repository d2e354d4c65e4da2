import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { OTHER_INITS, otherInit } from '../../../../src/cli/commands/systemd/other-init.ts'
import { cli } from '../../support/run-cli.ts'

const program = {
  nodePath: '/usr/bin/node',
  cliScript: '/opt/pt rack/bin/ptrack.js',
  daemonScript: '/opt/pt rack/dist/ptrackd.cjs',
  version: '1.2.3',
}
const HOME = `/srv/it's 100% $x`
/** What a shell makes of it, one argument a line. */
const words = (script: string): string[] => spawnSync('sh', ['-c', script], { encoding: 'utf8' }).stdout.split('\n').slice(0, -1)

test.each(OTHER_INITS)('%s: a text that a shell can read', (init) => {
  const { text } = otherInit(init, program, HOME)
  expect(spawnSync('sh', ['-n'], { input: text, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' })
  expect(text.endsWith('\n')).toBe(true)
})

test('cron: one line, whose command cron hands to a shell as it is meant', () => {
  const { path, text } = otherInit('cron', program, HOME)
  expect(path).toBe('crontab -e')
  const [, command] = /^@reboot (.*)\n$/.exec(text)!
  // cron ends a command at a % without a backslash.
  expect(command).not.toMatch(/[^\\]%/)
  expect(words(`printf '%s\\n' ${command!.replaceAll('\\%', '%')}`)).toEqual([
    '/usr/bin/node',
    '/opt/pt rack/bin/ptrack.js',
    'daemon',
    'start',
    '--home',
    HOME,
  ])
})

test('openrc: its arguments are what they were when a shell has read them twice', () => {
  const { path, text } = otherInit('openrc', program, HOME)
  expect(path).toBe('/etc/init.d/ptrack')
  const found = words(`${text}
printf '%s\\n' "$command" "$PTRACK_HOME"
eval printf "'%s\\n'" "$command_args"`)
  expect(found.slice(0, 2)).toEqual(['/usr/bin/node', HOME])
  expect(found.slice(-4)).toEqual(['/opt/pt rack/dist/ptrackd.cjs', '--home', HOME, '--lift'])
})

test('runit: the daemon takes the place of the shell', () => {
  const { path, text } = otherInit('runit', program, HOME)
  expect(path).toBe('/etc/sv/ptrack/run')
  const replaced = text.replaceAll(`'/usr/bin/node'`, `printf '%s\\n'`)
  expect(words(replaced).slice(-4)).toEqual(['/opt/pt rack/dist/ptrackd.cjs', '--home', HOME, '--lift'])
})

test('--for prints it, and a user of such a machine has cron', async () => {
  const printed = await cli(['systemd', 'print', '--for', 'cron', '--user', '--home', '/h'])
  expect(printed).toMatchObject({ code: 0, stderr: '' })
  expect(printed.stdout).toMatch(/^@reboot '.*' '.*\/bin\/ptrack.js' 'daemon' 'start' '--home' '\/h'\n$/)
  const refused = await cli(['systemd', 'print', '--for', 'runit', '--user', '--home', '/h'])
  expect(refused).toMatchObject({ code: 2, stdout: '' })
  expect(refused.stderr).toContain('--for cron is for any user')
})
