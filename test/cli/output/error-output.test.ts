import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { namesOf } from '../../../src/cli/command.ts'
import { COMMANDS, GROUPS, groupOf } from '../../../src/cli/command-table.ts'
import { buildParser } from '../../../src/cli/parse-command.ts'
import { ERROR_CODES, type ErrorCode, PtrackError } from '../../../src/protocol/errors.ts'
import { result, view } from '../../support/views.ts'
import { type FakeDaemon, fakeDaemon } from '../support/fake-daemon.ts'
import { cli } from '../support/run-cli.ts'

let daemon: FakeDaemon | null = null
afterEach(async () => {
  await daemon?.close()
  daemon = null
})

const LINE = /^ptrack: cannot [^\n]+: [^\n]+; [^\n]+\n$/

test.each([
  [['lss'], 'did you mean `ptrack ls`?'],
  [['strat', 'x'], 'did you mean `ptrack start`?'],
  [['daemon', 'stauts'], 'did you mean `ptrack daemon status`?'],
  [['kill'], 'run `ptrack daemon stop --kill-children`'],
  [['systemd'], 'one of systemd print, systemd install, systemd uninstall'],
  [['info'], 'run `ptrack show NAME`'],
  [['rm', 'x'], 'run `ptrack delete NAME`'],
  [['dump'], 'every change is saved'],
  [['reloadLogs'], 'rotated in place'],
  [['install', 'pm2-logrotate'], 'has no modules'],
  [['deploy'], 'does not deploy'],
  [['init'], '`ptrack export -o ptrack.yaml`'],
  [['xyzzy'], 'see `ptrack --help`'],
  [['ls', '--nosuch'], 'see `ptrack ls --help`'],
  [['ls', '--stauts', 'running'], 'did you mean --status?'],
  [['ls', '--format', 'json'], '--json prints data, see `ptrack ls --help`'],
  [['up', '--detach'], 'leave it out: what it starts runs in the background in any case, see `ptrack up --help`'],
  [['up', '-d'], 'leave it out: '],
  [['logs', 'x', '--tail', '5'], '-n N prints the last N lines, see `ptrack logs --help`'],
  [['logs', 'x', '--nostream'], 'without -f it prints and returns'],
  [['start', '--restart', 'sometimes', '--', 'x'], 'use always, on-failure or never'],
  [['token', 'create', 'ci', '--role', 'boss'], 'use admin, '],
  [['scale', 'app', 'x'], 'use 0 to 10000'],
  [['port', 'abc'], 'use 1 to 65535'],
  [['events', '--type', 'bogus'], 'use initialized, '],
  [['stop'], 'see `ptrack stop --help`'],
  [['start'], 'write `ptrack start -- COMMAND`'],
  [['start', '--timeout', 'soon', '--', 'x'], 'write it like'],
  [['start', '--port', '70000', '--', 'x'], 'use 1 to 65535, or auto'],
  [['start', '--health', 'ftp:x', '--', 'x'], 'exec:COMMAND'],
  [['start', '--health', 'log:(', '--', 'x'], 'regular expression'],
  [['start', '--ulimit', 'nofiles=3', '--', 'x'], 'did you mean nofile? (core, cpu, data, '],
  [['start', '--env', 'novalue', '--', 'x'], 'KEY=VALUE'],
  [['signal', 'SIGFOO', 'x'], 'one of HUP'],
  [['wait', 'x', '--for', 'health'], 'did you mean healthy? ('],
  [['set', 'x'], 'ptrack set --help'],
  [['kill-orphan'], '--all'],
  [['config', 'get', 'nosuch'], 'one of home'],
  [['notify', '--ready'], 'PTRACK_ID'],
])('%j: one line with advice, exit 2', async (argv, advice) => {
  const ran = await cli(argv, { home: '/nonexistent/home' })
  expect(ran.stdout).toBe('')
  expect(ran.stderr).toMatch(LINE)
  expect(ran.stderr).toContain(advice)
  expect(ran.code).toBe(2)
  const json = await cli([...argv.slice(0, argv.includes('--') ? argv.indexOf('--') : undefined), '--json'], {
    home: '/nonexistent/home',
  })
  expect(JSON.parse(json.stdout).error.message).toMatch(/^cannot /)
})

test.each(Object.entries(ERROR_CODES))('%s of the daemon is exit %i, in both forms', async (code, exit) => {
  daemon = await fakeDaemon({
    list: () => {
      throw new PtrackError(code as ErrorCode, 'cannot list: no', { hint: 'try' })
    },
  })
  const plain = await cli(['ls'], { home: daemon.home })
  expect(plain).toEqual({ code: exit, stdout: '', stderr: 'ptrack: cannot list: no; try\n' })
  const json = await cli(['ls', '--json'], { home: daemon.home })
  expect(json.code).toBe(exit)
  expect(JSON.parse(json.stdout)).toEqual({ error: { code, message: 'cannot list: no', hint: 'try' } })
  expect(json.stderr).toBe('')
})

test('several targets: each is told, the worst code wins', async () => {
  const gone = { code: 'NOT_FOUND', message: 'cannot stop x: there is no such process', hint: 'see `ptrack ls`' } as const
  const alive = { code: 'UNKILLABLE', message: 'cannot stop y: it does not die' } as const
  daemon = await fakeDaemon({
    stop: () => [
      result({ view: view({ status: 'stopped', pid: null }) }),
      result({ name: 'x', ok: false, view: null, error: gone }),
      result({ name: 'y', ok: false, error: alive, tail: ['last words'] }),
    ],
  })
  const plain = await cli(['stop', 'web', 'x', 'y'], { home: daemon.home })
  expect(plain.code).toBe(4)
  expect(plain.stdout).toBe('web stopped\n')
  expect(plain.stderr).toBe(
    `ptrack: ${gone.message}; ${gone.hint}\nptrack: ${alive.message}\n  last lines of y:\n  | last words\n`,
  )
  const json = await cli(['stop', 'web', 'x', 'y', '--json'], { home: daemon.home })
  expect(JSON.parse(json.stdout)).toMatchObject({ error: gone, results: [{ ok: true }, { ok: false }, { ok: false }] })
})

test('instances that fail alike print their last lines once', async () => {
  const failing = (name: string, tail: string[]) =>
    result({ name, ok: false, error: { code: 'FAILED', message: `cannot start ${name}: exit code 1` }, tail })
  daemon = await fakeDaemon({
    restart: () => [failing('a:0', ['x', 'y']), failing('a:1', ['x', 'y']), failing('a:2', ['z'])],
  })
  const { stderr } = await cli(['restart', 'a'], { home: daemon.home })
  expect(stderr).toBe(
    'ptrack: cannot start a:0: exit code 1\n  last lines of a:0:\n  | x\n  | y\nptrack: cannot start a:1: exit code 1\n  last lines of a:1: the same\nptrack: cannot start a:2: exit code 1\n  last lines of a:2:\n  | z\n',
  )
})

test.each([
  [result(), 'web started (pid 812)\n'],
  [result({ note: 'already running' }), 'web: already running (pid 812)\n'],
  [result({ view: view({ status: 'pending', queuePosition: 3, pid: null }) }), 'web is queued (position 3)\n'],
  [result({ view: view({ status: 'starting' }) }), 'web is starting (pid 812)\n'],
])('start says what is so: %#', async (answer, words) => {
  daemon = await fakeDaemon({ start: () => [answer] })
  expect(await cli(['start', '--', 'x'], { home: daemon.home })).toEqual({ code: 0, stdout: words, stderr: '' })
})

test('a daemon of another version is named, and used', async () => {
  daemon = await fakeDaemon({ list: () => [] }, { version: '9.9.9' })
  const ran = await cli(['ls', '--json'], { home: daemon.home })
  expect(ran.stdout).toBe('[]\n')
  expect(ran.stderr).toMatch(/^ptrack: the daemon is 9\.9\.9, this CLI is .*; this CLI is the older one: update it, /)
})

test('daemon status and stop start none', async () => {
  const status = await cli(['daemon', 'status'], { home: '/nonexistent/home' })
  expect(status.code).toBe(5)
  expect(status.stderr).toMatch(LINE)
  const stop = await cli(['daemon', 'stop'], { home: '/nonexistent/home' })
  expect(stop).toMatchObject({ code: 0, stdout: '' })
  expect(stop.stderr).toContain('no daemon runs')
})

test.each([...GROUPS])('ptrack %s --help lists its subcommands, and needs no daemon', async (group) => {
  const help = await cli([group, '--help'], { home: '/nonexistent/home' })
  expect(help).toMatchObject({ code: 0, stderr: '' })
  for (const { name, spec } of groupOf(group))
    expect(help.stdout).toMatch(new RegExp(`^  ${name} +${spec.summary.slice(0, 10)}`, 'm'))
  const words = COMMANDS.filter(({ hidden }) => !hidden).flatMap(namesOf)
  for (const name of words.filter((each) => each.startsWith(`${group} `))) expect(help.stdout).toContain(`  ${name} `)
  expect(await cli(['help', group])).toEqual(help)
})

// A sentence begins with what the reader does: a verb, not a noun, `it` or `what`.
test('summaries of commands are in the imperative, and defaults are written as such', () => {
  for (const spec of COMMANDS.filter(({ hidden }) => !hidden)) {
    expect(spec.summary, spec.name).toMatch(/^[a-z]+ /)
    expect(spec.summary, spec.name).not.toMatch(/^(it|them|what|so|the|a|an|who|how|every|whether)\b/)
    for (const { description, long } of buildParser(spec).command.options) {
      expect(description, `${spec.name} ${long}`).not.toMatch(
        /\((?:\d+[smhM]?|you|skip|ended|all|stdout)\)$|unless given|so many|^(?:it|its|them|what)\b/,
      )
    }
  }
})

test('help and version need no daemon', async () => {
  expect((await cli(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+/)
  const { stdout: usual } = await cli(['--help'])
  expect(usual.split('\n').length).toBeLessThan(35)
  for (const word of ['Examples:', '  start ', '  web ', '`ptrack help all`']) expect(usual).toContain(word)
  expect((await cli(['help', 'all'])).stdout).toContain('kill-orphan')
  expect((await cli(['help', 'start'])).stdout).toContain('--ready-timeout')
  expect((await cli(['stop', '--help'])).stdout).toContain('Usage: ptrack stop')
  expect((await cli(['--help'])).stdout).not.toContain('jlist')
})

test('a file in place of a name: what reads it here', async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'ptrack-habits-'))
  try {
    writeFileSync(join(cwd, 'ecosystem.config.js'), 'module.exports = {}')
    const place = { home: '/nonexistent/home', cwd }
    const restart = await cli(['restart', 'ecosystem.config.js'], place)
    expect(restart.code).toBe(4)
    expect(restart.stderr).toMatch(
      /^ptrack: cannot find 'ecosystem.config.js': .*; it is a file: `ptrack up -f ecosystem.config.js` starts/,
    )
    expect((await cli(['stop', 'other.config.js'], place)).stderr).toContain('`ptrack ls --all` shows what there is')
  } finally {
    rmSync(cwd, { recursive: true })
  }
})
