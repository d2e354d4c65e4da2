/** Where there is no home, what reads or acts on processes answers as for one without any, starts nothing and makes nothing. */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { OrphanView, ProcessView } from '../../src/protocol/view.ts'
import { cliFile } from '../support/bundle.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { cases } from '../support/effort.ts'
import { describeNeeding } from '../support/requires.ts'
import { watchTmuxOf } from '../support/watch.ts'

let t: TestHome
beforeEach(async () => {
  t = await testHome()
})
afterEach(async () => {
  await t.close()
})

const NAMED = ['show', 'why', 'tree', 'env', 'wait', 'logs', 'results', 'history'].map((command) => [command, 'web'])
const READING = [
  ...NAMED,
  ...[['ls'], ['ls', '--quiet'], ['ls', 'web'], ['ls', 'tag:site'], ['logs'], ['logs', '-f', 'web'], ['results', '-f', 'web']],
  ...[['wait', 'web', 'tag:site', 'all'], ['show', 'all'], ['history'], ['stats'], ['types'], ['orphans']],
  ...[['limits'], ['policy'], ['hooks'], ['token', 'ls'], ['retention'], ['gc'], ['gc', '--dry-run'], ['export'], ['jlist']],
]

const ACTING = [
  ...['stop', 'delete', 'restart', 'reload', 'cancel', 'pause', 'resume', 'reset', 'flush'].map((command) => [command, 'web']),
  ...[
    ['stop', 'all'],
    ['delete', 'all', 'web'],
    ['restart', 'all'],
    ['signal', 'HUP', 'web'],
    ['set', 'web', '--title', 'x'],
  ],
]

describe('what a daemon without processes answers', () => {
  test.each([[[] as string[]], [['--json']]])('%j', async (more) => {
    const empty = join(t.dir, 'empty')
    await t.ok(['daemon', 'start', '--home', empty])
    try {
      for (const command of cases([...READING, ...ACTING])) {
        const asked = [...command, ...more]
        const [there, here] = await Promise.all([t.here.run([...asked, '--home', empty]), t.here.run(asked)])
        expect([asked, here]).toEqual([asked, there])
      }
    } finally {
      await t.run(['daemon', 'stop', '--home', empty])
    }
    expect(existsSync(t.home)).toBe(false)
    expect(t.daemons()).toEqual([])
  })
})

test('a directory that is none stays as it is', async () => {
  const other = join(t.dir, 'other')
  mkdirSync(other, { mode: 0o777 })
  writeFileSync(join(other, 'precious'), '')
  for (const home of [other, '/etc', '/nope/x']) {
    expect((await t.ok(['ls', '--json', '--home', home])).stdout).toBe('[]\n')
    expect(await t.run(['daemon', 'status', '--home', home])).toMatchObject({ code: 5, stdout: '' })
    expect(await t.run(['doctor', '--home', home])).toMatchObject({ stdout: expect.stringContaining('daemon') })
  }
  expect(readdirSync(other)).toEqual(['precious'])
  expect(existsSync('/nope')).toBe(false)
  expect(existsSync('/etc/daemon.lock')).toBe(false)
})

test('nothing has happened where nothing ran', async () => {
  for (const command of [['events'], ['events', '--json'], ['events', '--since', '3']])
    expect(await t.run(command)).toMatchObject({ code: 0, stdout: '', stderr: '' })
  expect(existsSync(t.home)).toBe(false)
})

test('what a removed home left running is not passed over', async () => {
  await t.ok(['start', '--name', 'web', '--', program('waits.sh')])
  await t.killDaemon()
  rmSync(t.home, { recursive: true })
  expect(await t.run(['ls'])).toMatchObject({
    code: 0,
    stdout: '',
    stderr: expect.stringContaining('`ptrack orphans` lists them'),
  })
  for (const command of [
    ['stop', 'all'],
    ['delete', 'web'],
  ])
    expect(await t.run(command)).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('`ptrack kill-orphan --all` ends them'),
    })
  expect(existsSync(t.home)).toBe(false)
  expect((await t.json<OrphanView[]>(['orphans'])).map(({ kind }) => kind)).toContain('stray')
})

test('who holds a port only a daemon can see', async () => {
  const { code, stderr } = await t.run(['port', '8080'])
  expect([code, stderr]).toEqual([5, expect.stringMatching(/^ptrack: cannot see who holds port 8080: .*`ptrack daemon start`/)])
  expect(existsSync(t.home)).toBe(false)
})

test('who follows waits for the daemon that comes', async () => {
  const followers = [
    ['watch', '--json'],
    ['events', '-f', '--json'],
  ].map((command) => {
    const child = spawn(process.execPath, [cliFile, ...command], { cwd: t.dir, env: t.env, stdio: ['ignore', 'pipe', 'pipe'] })
    const said = { out: '', err: '' }
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said.out += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said.err += text
    })
    return { child, said }
  })
  try {
    await t.until(() => followers.every(({ said }) => said.err.includes('no daemon runs')), 'they wait')
    expect(existsSync(t.home)).toBe(false)
    await t.ok(['start', '--name', 'web', '--', program('waits.sh')])
    expect((await t.json<ProcessView[]>(['ls'])).map(({ name }) => name)).toEqual(['web'])
    await t.until(async () => {
      await t.ok(['restart', 'web'])
      return followers.every(({ said }) => said.out.includes('processStarted'))
    }, 'both see it')
    for (const { said } of followers) expect(said.err.match(/^ptrack: /gm)).toHaveLength(1)
  } finally {
    for (const { child } of followers) child.kill()
  }
})

describeNeeding('tmux')('the terminal view', () => {
  test('waits for the daemon that comes', async () => {
    const tmux = watchTmuxOf(t)
    try {
      tmux.watch('waits', 80, 24)
      await tmux.shows('waits', /no daemon yet, waiting/)
      expect(existsSync(t.home)).toBe(false)
      await t.ok(['start', '--name', 'web', '--', program('waits.sh')])
      await tmux.shows('waits', / web +Running/)
      await tmux.leave('waits')
    } finally {
      tmux.close()
    }
  })
})
