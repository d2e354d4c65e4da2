/** `ptrack watch` in a real terminal, on real daemons and programs; and its lines where there is no terminal. */
import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cliFile } from '../support/bundle.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { identOf, isAlive, signalIdent, statOf } from '../support/proc.ts'
import { describeNeeding, findTool } from '../support/requires.ts'
import { WATCH, type WatchTmux, watchTmuxOf } from '../support/watch.ts'

const TMUX = findTool('tmux') !== null
let t: TestHome
let tmux: WatchTmux
beforeAll(async () => {
  t = await testHome()
  tmux = watchTmuxOf(t)
  await t.here.ok(['start', '--name', 'web', '--port', 'auto', '--', program('listens.mjs')])
  await t.here.ok(['start', '--name', 'with-a-rather-long-name-of-its-own', '--', program('waits.sh')])
})
afterAll(async () => {
  if (TMUX) tmux.close()
  await t?.close()
})

const shows = (session: string, what: RegExp, ms?: number): Promise<unknown> => tmux.shows(session, what, ms)

describeNeeding('tmux')('on a terminal', () => {
  test.each([
    [80, 24],
    [200, 60],
  ])('%dx%d: the table fits, changes are seen live, q leaves the terminal as it was', async (columns, rows) => {
    const session = `s${columns}`
    tmux.watch(session, columns, rows)
    await shows(session, /─ Processes \d/)
    await shows(session, /2 running/)
    await shows(session, /^.\S web +Running/)
    await shows(session, /^.\S with-a-rathe/)
    const drawn = tmux.screen(session)
    expect(drawn.filter((line) => /─ Processes \d/.test(line))).toHaveLength(1)
    for (const line of drawn) expect(line.length).toBeLessThanOrEqual(columns)
    // The alternate screen: what stood there before is hidden, not gone.
    expect(drawn.some((line) => line === 'before')).toBe(false)
    const name = `new-${columns}`
    await t.here.ok(['start', '--name', name, '--', program('waits.sh')])
    await shows(session, new RegExp(`^.\\S ${name} +Running`))
    await t.here.ok(['stop', name])
    await shows(session, new RegExp(`^.\\S ${name} +Stopped`))
    await t.here.ok(['delete', name])
    await tmux.hides(session, new RegExp(`^.\\S ${name} `))
    await tmux.leave(session)
    expect(tmux.screen(session)[0]).toMatch(/before|PS1/)
    await tmux.isRestored(session)
  })

  test('it follows the size of the terminal', async () => {
    tmux.watch('sizes', 160, 30)
    await shows('sizes', /Up, ended/)
    for (const [columns, rows] of [
      [50, 8],
      [20, 3],
      [1, 1],
      [200, 50],
      [80, 24],
    ] as const) {
      tmux.run('resize-window', '-t', 'sizes', '-x', String(columns), '-y', String(rows))
      if (columns >= 50) await shows('sizes', /^.\S web +Run/)
      for (const line of tmux.screen('sizes')) expect(line.length).toBeLessThanOrEqual(columns)
    }
    await shows('sizes', /q quit( |$)/)
    tmux.keys('sizes', 'C-c')
    await shows('sizes', /^left with 0$/)
  })

  test('the life of a service: started, looked at, stopped after a question, all by keys', async () => {
    const session = 'service'
    await t.here.ok(['start', '--name', 'life', '--', program('prints-lines.mjs'), '30', 'stay'])
    tmux.watch(session, 100, 30)
    await tmux.choose(session, 'life')
    // Its log, whose last line is the newest.
    await shows(session, / {2}ready$/)
    await shows(session, /─ Log of life ─.*following/)
    tmux.keys(session, 'x')
    await shows(session, /Stop life\?/)
    tmux.keys(session, 'n')
    await shows(session, /nothing was done/)
    expect((await t.ls('life'))?.status).toBe('running')
    tmux.keys(session, 'x')
    await shows(session, /Stop life\?/)
    tmux.keys(session, 'y')
    await shows(session, /^▌\S life +Stopped/)
    tmux.keys(session, 's')
    await shows(session, /^▌\S life +Running/)
    tmux.keys(session, 'Enter')
    await shows(session, /─ life ─/)
    await shows(session, /^ Runs$/)
    await shows(session, /^ What happened$/)
    await shows(session, /^ \S 1 .*stopped/)
    tmux.keys(session, 'Escape')
    await shows(session, /─ Processes \d/)
    // Searched from its end back.
    tmux.keys(session, 'Tab', '/')
    await shows(session, /^search the log: /)
    tmux.type(session, 'LINE 7')
    tmux.keys(session, 'Enter')
    await shows(session, /▸ line 7$/)
    await tmux.leave(session)
    await t.here.ok(['delete', 'life'])
  })

  test('the life of a job: pausing until its checkpoint, paused, resumed, cancelled', async () => {
    const session = 'job'
    const gate = join(t.dir, 'gate')
    await t.here.ok(['run', '-d', '--name', 'work', '--', process.execPath, program('asks-at-checkpoints.mjs'), gate])
    await t.until(() => readFileSync(t.logFile('work'), 'utf8').includes('went on 1\n'), 'it has asked once')
    tmux.watch(session, 100, 30)
    await tmux.choose(session, 'work')
    tmux.keys(session, 'p')
    await shows(session, /^▌\S work +Running, pausing/)
    writeFileSync(gate, '')
    await shows(session, /^▌\S work +Paused/)
    tmux.keys(session, 'u')
    await shows(session, /^▌\S work +Running /)
    tmux.keys(session, 'c')
    await shows(session, /Cancel work\?/)
    tmux.keys(session, 'y')
    await shows(session, /^▌\S work +Cancelled/)
    // What cannot be done is said in full.
    tmux.keys(session, 'p')
    await shows(session, /cannot pause work: /)
    await tmux.leave(session)
  })

  test('a daemon that is killed: it says so, keeps the last picture, comes back by itself, and no line of the log is lost', async () => {
    const session = 'away'
    const go = join(t.dir, 'go')
    // Some lines before the daemon dies, others while nobody is there.
    const script =
      'for i in 1 2 3; do echo "early $i"; done; while [ ! -e "$0" ]; do sleep 0.1; done; for i in 1 2 3 4 5; do echo "late $i"; done; exec sleep 3600'
    await t.here.ok(['start', '--name', 'talks', '--', 'sh', '-c', script, go])
    tmux.watch(session, 100, 24)
    await tmux.choose(session, 'talks')
    await shows(session, / {2}early 3$/)
    await t.killDaemon()
    await shows(session, /away \d+s/)
    expect(tmux.screen(session).some((line) => line.startsWith('│▌● talks'))).toBe(true)
    tmux.keys(session, 's')
    await shows(session, /cannot start talks: the daemon is away/)
    writeFileSync(go, '')
    await t.here.ok(['ls'])
    await shows(session, /live {2}\d\d:/)
    await shows(session, / {2}late 5$/)
    const told = tmux.screen(session).flatMap((line) => /(early|late) \d/.exec(line)?.[0] ?? [])
    expect(told).toEqual(['early 1', 'early 2', 'early 3', 'late 1', 'late 2', 'late 3', 'late 4', 'late 5'])
    await t.here.ok(['stop', 'talks'])
    await shows(session, /^▌\S talks +Stopped/)
    await tmux.leave(session)
    await t.here.ok(['delete', 'talks'])
  })

  test('escape sequences of programs steer nothing', async () => {
    const session = 'evil'
    const evil = '\\033]2;owned\\007\\033[2J\\033[?1049l\\033[1;1Howned-by-log\\033[31m red\\n'
    await t.here.ok([
      'start',
      '--name',
      'evil',
      '--title',
      '\x1b]2;owned\x07',
      '--tag',
      'x',
      '--',
      'sh',
      '-c',
      `printf '${evil}'; exec sleep 3600`,
    ])
    tmux.watch(session, 100, 24)
    await tmux.choose(session, 'evil')
    await shows(session, / {2}owned-by-log red$/)
    tmux.keys(session, 'Enter')
    await shows(session, /─ evil ─/)
    expect(tmux.run('display-message', '-p', '-t', session, '#{pane_title} #{alternate_on}').trim()).toMatch(/^(?!owned).* 1$/)
    expect(tmux.screen(session)[0]).toMatch(/ptrack /)
    await tmux.leave(session)
    await t.here.ok(['delete', 'evil'])
  })

  test('an orphan is shown with its evidence, and ended after a question', async () => {
    const session = 'orphans'
    await t.here.ok(['run', '--name', 'leaver', '--', 'python3', program('leaves-a-setsid-child.py')])
    const pid = Number(/child (\d+)/.exec(readFileSync(t.logFile('leaver'), 'utf8'))![1])
    const orphan = identOf(pid)!
    tmux.watch(session, 120, 24)
    await shows(session, /─ Processes \d/)
    tmux.keys(session, 'o')
    await shows(session, new RegExp(`^▌ +${pid} .*leaver`))
    tmux.keys(session, 'x')
    await shows(session, new RegExp(`End pid ${pid}\\?`))
    expect(isAlive(orphan)).toBe(true)
    tmux.keys(session, 'y')
    await shows(session, /Nothing was left behind/)
    expect(isAlive(orphan)).toBe(false)
    tmux.keys(session, 'Escape', 'q')
    await shows(session, /^left with 0$/)
  })

  test.each(['SIGTERM', 'SIGHUP', 'SIGINT'] as const)('%s: the terminal is given back', async (signal) => {
    const session = signal
    tmux.watch(session, 80, 24)
    await shows(session, /^.\S web/)
    expect(signalIdent(tmux.viewIn(session), signal)).toBe(true)
    await shows(session, /^left with (0|129)$/)
    await tmux.isRestored(session)
  })

  test('SIGKILL of its parent: it leaves, and the terminal is given back', async () => {
    const session = 'parent'
    tmux.watch(session, 80, 24, `sh -c "${WATCH}; :"`)
    await shows(session, /^.\S web/)
    const view = tmux.viewIn(session)
    expect(signalIdent(identOf(statOf(view.pid)!.ppid)!, 'SIGKILL')).toBe(true)
    await t.until(() => !isAlive(view), 'the view has left')
    await tmux.isRestored(session)
  })

  test('an error that nobody catches: the terminal is given back, and then the error is told', async () => {
    const session = 'crash'
    const crash = join(t.dir, 'crash.cjs')
    const now = join(t.dir, 'crash.now')
    writeFileSync(
      crash,
      `setInterval(() => { if (require('node:fs').existsSync('${now}')) throw new Error('made by the test') }, 50).unref()`,
    )
    tmux.open(session, 80, 24, 'bash --norc')
    tmux.keys(session, `PS1='prompt> '; NODE_OPTIONS='--require ${crash}' ${WATCH}`, 'Enter')
    await shows(session, /^.\S web/)
    writeFileSync(now, '')
    await shows(session, /made by the test/)
    await tmux.isRestored(session)
  })

  test('Ctrl-Z gives the terminal back for a while, fg takes it again', async () => {
    const session = 'suspend'
    tmux.open(session, 80, 24, 'bash --norc')
    tmux.keys(session, `PS1='prompt> '; ${WATCH}`, 'Enter')
    await shows(session, /^.\S web/)
    tmux.keys(session, 'C-z')
    await shows(session, /Stopped/)
    await tmux.isRestored(session)
    tmux.keys(session, 'clear; fg', 'Enter')
    await shows(session, /^.\S web/)
    tmux.keys(session, '?')
    await shows(session, /─ Keys ─/)
    tmux.keys(session, 'q')
    await tmux.hides(session, /─ Keys ─/)
    await tmux.isRestored(session)
  })

  test('the mouse selects, opens and scrolls', async () => {
    const session = 'mouse'
    tmux.watch(session, 80, 24)
    await shows(session, /^▌/)
    const row = tmux.screen(session).findIndex((line) => /^.\S with-a/.test(line)) + 1
    tmux.type(session, `\x1b[<0;5;${row}M\x1b[<0;5;${row}m`)
    await shows(session, /^▌\S with-a/)
    tmux.type(session, `\x1b[<64;5;${row}M`)
    await tmux.hides(session, /^▌\S with-a/)
    await tmux.leave(session)
  })

  test('without colours, and without UTF-8', async () => {
    tmux.watch('plain', 80, 24, `NO_COLOR=1 LC_ALL=C LANG=C ${WATCH}`)
    await shows('plain', /^\|\* /)
    const picture = tmux.picture('plain')
    expect(picture).not.toMatch(/\x1b\[[0-9;]*[34][0-8]/)
    expect(picture).toMatch(/^[\n\x1b\x20-\x7e]*$/)
    tmux.keys('plain', 'q')
    await shows('plain', /^left with 0$/)
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
  await t.here.ok(['start', '--name', 'later', '--', program('waits.sh')])
  await tellsOf('later')
  // Whether the dead one told something that nobody heard cannot be known, and is not passed over in silence.
  expect(err).toContain('another daemon answers: its events follow from the first one on')
  expect(told().filter(({ type }) => type === 'initialized')).toHaveLength(1)
  child.kill('SIGTERM')
  expect(await ended).toBe(0)
  expect(out).not.toContain('\x1b')
})

test('a reader that leaves after the first line ends it, with nothing said', async () => {
  const child = spawn('sh', ['-c', `'${process.execPath}' '${cliFile}' watch | head -n 1`], { cwd: t.dir, env: t.env })
  t.alsoEnd(child.pid!)
  let out = ''
  let err = ''
  child.stdout.on('data', (bytes) => (out += bytes))
  child.stderr.on('data', (bytes) => (err += bytes))
  let code: number | null | undefined
  child.once('close', (given) => {
    code = given
  })
  // It learns of it by the next line that it writes.
  await t.until(async () => {
    if (code === undefined) await t.ok(['restart', 'web'])
    return code !== undefined
  }, 'it has ended')
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(JSON.parse(out)).toHaveProperty('type')
})
