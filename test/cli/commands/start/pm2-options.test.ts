/** What `pm2 start` takes, read by `ptrack start`; docs/from-pm2.md prints the table. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { PM2_OPTIONS, type Pm2Option } from '../../../../src/cli/commands/start/pm2-options.ts'
import { start as startSpec } from '../../../../src/cli/commands/start.ts'
import { buildParser } from '../../../../src/cli/parse-command.ts'
import { requests } from '../../../../src/protocol/requests.ts'
import { result } from '../../../support/views.ts'
import { type FakeDaemon, fakeDaemon } from '../../support/fake-daemon.ts'
import { cli } from '../../support/run-cli.ts'

let daemon: FakeDaemon
let dir: string

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'ptrack-pm2-'))
  writeFileSync(join(dir, 'app.js'), '')
})
afterAll(() => rmSync(dir, { recursive: true }))
beforeEach(async () => {
  daemon = await fakeDaemon({ start: () => [result()], list: () => [] })
})
afterEach(() => daemon.close())

const start = (...words: string[]) => cli(['start', ...words], { home: daemon.home, cwd: dir })

const cores = availableParallelism()
const TAKEN: [string[], Record<string, unknown>, Record<string, unknown>?][] = [
  [['-n', 'api'], { name: 'api' }],
  [['-i', '4'], {}, { instances: 4 }],
  [['-i4'], {}, { instances: 4 }],
  [['-i', 'max'], {}, { instances: cores }],
  [['-i', '0'], {}, { instances: cores }],
  [['-i', '-1'], {}, { instances: Math.max(1, cores - 1) }],
  [['--instances', 'max'], {}, { instances: cores }],
  [['--instances', '2'], {}, { instances: 2 }],
  [['--instances=-99'], {}, { instances: 1 }],
  [['--watch'], { watchFiles: ['**'] }],
  [['--watch=src'], { watchFiles: ['src/**'] }],
  [['--watch', '--ignore-watch', './logs/ *.tmp'], { watchFiles: ['**', '!logs', '!*.tmp'] }],
  [['--max-memory-restart', '300M'], { maxMemoryBytes: 300 * 1024 * 1024 }],
  [['--cron-restart', '0 3 * * *'], { cron: '0 3 * * *' }],
  [['-c', '0 3 * * *'], { cron: '0 3 * * *' }],
  [['--no-autorestart'], { restart: 'never' }],
  [['--stop-exit-codes', '0', '3', '--name', 'a'], { noRestartExit: [0, 3], name: 'a' }],
  [['--kill-timeout', '3000'], { stopTimeoutMs: 3000 }],
  [['--restart-delay', '3000'], { restartDelayMs: 3000 }],
  [['--restart-delay', '3s'], { restartDelayMs: 3000 }],
  [['-k', '5s'], { stopTimeoutMs: 5000 }],
  [['--wait-ready', '--listen-timeout', '8000'], { health: { kind: 'notify' }, readyTimeoutMs: 8000 }],
  [['--namespace', 'shop'], { tags: ['shop'] }],
  [['--uid', 'www', '--gid', 'web'], { user: 'www', group: 'web' }],
]

test.each(TAKEN)('%j before and after the script', async (words, definition, more = {}) => {
  for (const line of [
    [...words, 'app.js', '--', '-i', '9'],
    ['app.js', ...words, '--', '-i', '9'],
  ]) {
    const ran = await start(...line)
    expect(ran, `${line.join(' ')}: ${ran.stderr}`).toMatchObject({ code: 0 })
    const params = daemon.requests('start').at(-1)!
    expect(requests.start.safeParse(params).error?.message).toBeUndefined()
    expect(params).toMatchObject({ ...more, definition })
    expect((params.definition as { command: string[] }).command.slice(1)).toEqual([join(dir, 'app.js'), '-i', '9'])
  }
})

test('what they are here is said, once each', async () => {
  const { stderr } = await start('app.js', '-n', 'api', '--watch', 'src', '--time')
  expect(stderr.split('\n')).toEqual([
    'ptrack: -n api of pm2 is --name api here',
    "ptrack: --watch src of pm2 is --watch-files 'src/**' here",
    'ptrack: --time of pm2 is not needed: `ptrack logs --timestamps` shows the times',
    '',
  ])
})

test('of the options that both have, those whose value pm2 reads otherwise are looked at', () => {
  const { command } = buildParser(startSpec)
  const ours = new Set(command.options.flatMap(({ long, short }) => [long, short]))
  const both = PM2_OPTIONS.filter(({ words }) => words !== null).flatMap(({ flags }) => flags.filter((flag) => ours.has(flag)))
  // pm2's --env is read without a row of the table.
  expect(Object.keys(startSpec.translation!.alike).sort()).toEqual(['--env', ...both].sort())
})

test('every option of the table is taken, or refused with what does it here', async () => {
  const value = (option: Pm2Option): string[] =>
    option.value === 'none' || option.value === 'optional'
      ? []
      : option.flags.some((flag) => /time|delay|memory|-k/.test(flag))
        ? ['2000']
        : ['1']
  for (const option of PM2_OPTIONS)
    for (const flag of option.flags) {
      const ran = await start('--watch', 'app.js', flag, ...value(option))
      if (option.refused) {
        expect(ran.code, flag).toBe(2)
        expect(ran.stderr).toBe(`ptrack: cannot start with ${flag} of pm2: ptrack has no such option; ${option.here}\n`)
      } else expect(ran, `${flag}: ${ran.stderr}`).toMatchObject({ code: 0 })
    }
})

test('a set of an ecosystem file, a regular expression and a missing value are answered', async () => {
  expect((await start('app.js', '--env', 'production')).stderr).toMatch(/write KEY=VALUE, .*`ptrack import FILE --env NAME`/)
  expect((await start('app.js', '--watch', '--ignore-watch', '\\.log$')).stderr).toMatch(/takes globs/)
  expect((await start('app.js', '-i')).stderr).toMatch(/-i: its value is missing/)
  expect(daemon.requests('start')).toEqual([])
})

test('a command keeps its own options: -n after it is not ours', async () => {
  expect(await start('sleep', '-n', '5')).toMatchObject({ code: 0, stderr: '' })
  expect(daemon.requests('start')[0]!.definition).toMatchObject({ command: ['sleep', '-n', '5'] })
})

test('docs/from-pm2.md prints the table: UPDATE_PM2=1 writes it anew', async () => {
  const page = new URL('../../../../docs/from-pm2.md', import.meta.url)
  const cell = (text: string): string => text.replaceAll('|', '\\|')
  const placeholder = { none: '', required: ' VALUE', optional: ' [VALUE]', several: ' VALUE...' }
  const rows = PM2_OPTIONS.map(({ flags, value, here, words, refused }) => {
    const what = refused ? `not there: ${here}` : words === null ? `not needed: ${here}` : here
    return `| ${flags.map((flag) => `\`${flag}${placeholder[value]}\``).join(', ')} | ${cell(what)} |`
  })
  const table = ['| `pm2 start` | `ptrack start` |', '| --- | --- |', ...rows].join('\n')
  const text = readFileSync(page, 'utf8')
  const whole = text.replace(/\| `pm2 start` \| `ptrack start` \|\n(\|.*\n)+/, () => `${table}\n`)
  if (process.env.UPDATE_PM2) writeFileSync(page, whole)
  expect(text).toContain(table)
})

test('several instances on one port are announced, or explained', async () => {
  const { stderr } = await start('app.js', '-i', '4', '--port', '3100', '--', 'x')
  expect(stderr).toContain('the 4 instances get the ports 3100 to 3103, each its own in PORT')
  await daemon.close()
  daemon = await fakeDaemon({
    list: () => [],
    start: () => [
      result(),
      result({
        name: 'app:1',
        ok: false,
        error: { code: 'FAILED', message: 'cannot start app:1: exit code 1' },
        tail: ['Error: listen EADDRINUSE: address already in use :::3000'],
      }),
    ],
  })
  const failed = await start('app.js', '-i', '2')
  expect(failed.stderr).toContain('1 of 2 instances want a port that is taken')
  expect(failed.stderr).toContain('--socket N')
})
