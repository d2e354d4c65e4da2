/** `ptrack watch` on a real terminal: drawn, live, resized, left as it was found; and not on one. */
import { execFileSync, spawn } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cliFile } from '../support/bundle.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { requireTool } from '../support/requires.ts'

const TMUX = requireTool('tmux')
let t: TestHome
let socket: string
beforeAll(async () => {
  t = await testHome()
  socket = `${t.dir}/tmux`
  await t.ok(['start', '--name', 'web', '--port', 'auto', '--', program('listens.mjs')])
  await t.ok(['start', '--name', 'with-a-rather-long-name-of-its-own', '--', program('waits.sh')])
})
afterAll(async () => {
  if (TMUX) tmux('kill-server')
  await t?.close()
})

/** A tmux server of this test alone; answers '' when there is none any more. */
function tmux(...args: string[]): string {
  try {
    return execFileSync('tmux', ['-f', '/dev/null', '-S', socket, ...args], {
      encoding: 'utf8',
      env: { ...t.env, TERM: 'screen' },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  } catch (error) {
    if ((error as { status?: number }).status === 1) return ''
    throw error
  }
}
const screen = (session: string): string[] => tmux('capture-pane', '-p', '-t', session).split('\n')
const shows = (session: string, what: RegExp, ms?: number): Promise<unknown> =>
  t.until(
    () => screen(session).some((line) => what.test(line)),
    `the screen shows ${what}, but: ${screen(session).join('\n')}`,
    ms,
  )

function open(session: string, columns: number, rows: number): void {
  tmux('new-session', '-d', '-s', session, '-x', String(columns), '-y', String(rows), '/bin/sh')
  tmux(
    'send-keys',
    '-t',
    session,
    `PS1='prompt> '; echo before; '${process.execPath}' '${cliFile}' watch; echo "left with $?"`,
    'Enter',
  )
}

describe.skipIf(!TMUX)('on a terminal', () => {
  test.each([
    [80, 24],
    [200, 60],
  ])('%dx%d: the table fits, changes are seen live, q leaves the terminal as it was', async (columns, rows) => {
    const session = `s${columns}`
    open(session, columns, rows)
    await shows(session, /^name +.*status/)
    await shows(session, /^ptrack {2}\d processes, 2 alive/)
    await shows(session, /^web +.*running/)
    await shows(session, /with-a-rather-long-na/)
    const drawn = screen(session)
    expect(drawn.filter((line) => line.startsWith('name'))).toHaveLength(1)
    for (const line of drawn) expect(line.length).toBeLessThanOrEqual(columns)
    // The alternate screen: what stood there before is hidden, not gone.
    expect(drawn.some((line) => line === 'before')).toBe(false)
    const name = `new-${columns}`
    await t.ok(['start', '--name', name, '--', program('waits.sh')])
    await shows(session, new RegExp(`^${name} +.*running`))
    await t.ok(['stop', name])
    await shows(session, new RegExp(`^${name} +.*stopped`))
    await t.ok(['delete', name])
    await t.until(() => !screen(session).some((line) => line.startsWith(name)), 'the deleted one has gone')
    tmux('send-keys', '-t', session, 'q')
    await shows(session, /^left with 0$/)
    expect(screen(session)[0]).toMatch(/before|PS1/)
    expect(tmux('display-message', '-p', '-t', session, '#{cursor_flag} #{alternate_on}').trim()).toBe('1 0')
    // The shell reads lines and echoes again: raw mode is over.
    tmux('send-keys', '-t', session, 'stty -a | grep -wo -e icanon -e echo | tr "\\n" " "', 'Enter')
    await shows(session, /icanon echo/)
  })

  test('it follows the size of the terminal, folds what does not fit, and says how many are left out', async () => {
    open('sizes', 160, 30)
    await shows('sizes', /^name +type +status +health/)
    tmux('resize-window', '-t', 'sizes', '-x', '50', '-y', '5')
    await shows('sizes', /^and 1 more$/)
    for (const line of screen('sizes')) expect(line.length).toBeLessThanOrEqual(50)
    expect(screen('sizes').join('\n')).not.toContain('health')
    tmux('resize-window', '-t', 'sizes', '-x', '160', '-y', '30')
    await shows('sizes', /^name +type +status +health/)
    tmux('send-keys', '-t', 'sizes', 'C-c')
    await shows('sizes', /^left with 0$/)
  })

  test('a daemon that is killed: it says so, keeps the last picture, and comes back by itself', async () => {
    open('away', 100, 20)
    await shows('away', /^web +.*running/)
    await t.killDaemon()
    await shows('away', /daemon gone, reconnecting/)
    expect(screen('away').some((line) => line.startsWith('web'))).toBe(true)
    await t.ok(['stop', 'web'])
    await shows('away', /^web +.*stopped/)
    expect(screen('away').join('\n')).not.toContain('daemon gone')
    tmux('send-keys', '-t', 'away', 'q')
    await shows('away', /^left with 0$/)
  })
})

test('not on a terminal: events as JSON lines, over a death of the daemon too', async () => {
  const child = spawn(process.execPath, [cliFile, 'watch'], { cwd: t.dir, env: t.env, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise((resolve) => child.once('close', resolve))
  let out = ''
  let err = ''
  child.stdout.on('data', (bytes) => (out += bytes))
  child.stderr.on('data', (bytes) => (err += bytes))
  const told = (): { type: string; process: string | null }[] =>
    out
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line))
  const isTold = (name: string): boolean => told().some((event) => event.type === 'statusChange' && event.process === name)
  // Changes until one is told: it may still be connecting.
  const tellsOf = (name: string): Promise<unknown> =>
    t.until(async () => (await t.ok(['restart', name])) && isTold(name), `${name} is told of`)
  await tellsOf('web')
  await t.killDaemon()
  await t.until(() => err.includes('the daemon is gone, reconnecting'), 'it says so')
  await t.ok(['start', '--name', 'later', '--', program('waits.sh')])
  await tellsOf('later')
  // Another daemon numbers its events anew: what was told while nobody listened is not passed over in silence.
  expect(err).toMatch(/some events before \d+ were missed/)
  child.kill('SIGTERM')
  expect(await ended).toBe(0)
  expect(out).not.toContain('\x1b')
})
