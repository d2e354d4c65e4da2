/** The keys and the mouse of `ptrack watch`, each on real programs; the life of a service and of a job are in watch.test.ts. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { identOf, isAlive } from '../support/proc.ts'
import { describeNeeding, findTool } from '../support/requires.ts'
import { panesOf, type WatchTmux, watchTmuxOf } from '../support/watch.ts'

const TMUX = findTool('tmux') !== null
let t: TestHome
let tmux: WatchTmux
beforeAll(async () => {
  t = await testHome()
  tmux = watchTmuxOf(t)
  await t.here.ok(['start', '--name', 'aa', '--', program('waits.sh')])
  await t.here.ok(['start', '--name', 'bb', '--', program('waits.sh')])
  await t.here.ok(['start', '--name', 'lines', '--', program('prints-lines.mjs'), '300', 'stay'])
})
afterAll(async () => {
  if (TMUX) tmux.close()
  await t?.close()
})

const shows = (session: string, what: RegExp): Promise<unknown> => tmux.shows(session, what)
const keys = (session: string, ...names: string[]): void => tmux.keys(session, ...names)
/** Names in the order of the list. */
const order = (session: string): string[] => tmux.panes(session).flatMap((line) => /^[▌ ]\S (aa|bb|lines) /.exec(line)?.[1] ?? [])
/** At once, however long it takes to begin a tmux. */
const click = (session: string, row: number, times = 1): void =>
  tmux.type(session, `\x1b[<0;5;${row}M\x1b[<0;5;${row}m`.repeat(times))
const wheel = (session: string, to: 'up' | 'down', row: number): void =>
  tmux.type(session, `\x1b[<${to === 'up' ? 64 : 65};5;${row}M`)
const rowOf = (session: string, what: RegExp): number =>
  tmux.screen(session).findIndex((line) => panesOf(line).some((pane) => what.test(pane))) + 1

describeNeeding('tmux')('on a terminal', () => {
  test('restart asks, and gives the next run', async () => {
    const session = 'restart'
    tmux.watch(session, 100, 24)
    await tmux.choose(session, 'aa')
    const { pid, run } = (await t.ls('aa'))!
    keys(session, 'r')
    await shows(session, /Restart aa\?/)
    keys(session, 'Escape')
    await shows(session, /nothing was done/)
    expect((await t.ls('aa'))!.pid).toBe(pid)
    keys(session, 'r')
    await shows(session, /Restart aa\?/)
    keys(session, 'y')
    await t.until(async () => {
      const view = (await t.ls('aa'))!
      return view.status === 'running' && view.run === run + 1 && view.pid !== pid
    }, 'it is the next run')
    await shows(session, /^▌\S aa +Running/)
    await tmux.leave(session)
  })

  test('the list: sorted by the next, filtered by what is pasted, cleared by Esc; the selection stays on its process', async () => {
    const session = 'list'
    await t.here.ok(['stop', 'aa'])
    tmux.watch(session, 100, 24)
    await shows(session, /^.\S aa +Stopped/)
    // The worst first, what is off last.
    expect(order(session)).toEqual(['bb', 'lines', 'aa'])
    keys(session, 'G')
    await shows(session, /^▌\S aa /)
    for (const key of ['restarts', 'name']) {
      keys(session, 'S')
      await shows(session, new RegExp(`sorted by ${key}`))
    }
    await t.until(() => order(session).join() === 'aa,bb,lines', 'it is sorted by name')
    expect(rowOf(session, /^▌\S aa/)).toBeGreaterThan(0)
    keys(session, 'R')
    await t.until(() => order(session).join() === 'lines,bb,aa', 'and the other way round')
    keys(session, 'R')
    keys(session, 'f')
    await shows(session, /^filter: /)
    // What a paste holds is text: no Enter, no command, no sequence.
    tmux.type(session, '\x1b[200~running\nbb\x1b[2J\x1b[201~')
    await shows(session, /^filter: running bb/)
    await t.until(() => order(session).join() === 'bb', 'one is left')
    await shows(session, /Processes 1 of 3 .*with "running bb"/)
    keys(session, 'Enter')
    await tmux.hides(session, /^filter: /)
    keys(session, 'Escape')
    await t.until(() => order(session).length === 3, 'all are back')
    keys(session, 'a')
    await shows(session, /with jobs that ended long ago/)
    await t.here.ok(['start', 'aa'])
    await tmux.leave(session)
  })

  test('the log: held and followed, scrolled, searched both ways, cut and wrapped, alone and not at all', async () => {
    const session = 'log'
    tmux.watch(session, 80, 24)
    await tmux.choose(session, 'lines')
    await shows(session, / {2}ready$/)
    keys(session, 'Tab', 'Space')
    await shows(session, /held/)
    keys(session, 'g')
    await shows(session, / {2}line 0$/)
    await shows(session, /held, \d+ lines below/)
    keys(session, 'j')
    await tmux.hides(session, / {2}line 0$/)
    keys(session, 'G')
    await shows(session, /following/)
    await shows(session, / {2}ready$/)
    keys(session, '/')
    await shows(session, /^search the log: /)
    tmux.type(session, 'line 29')
    keys(session, 'Enter')
    await shows(session, /11 lines with "line 29"/)
    await shows(session, /▸ line 299$/)
    keys(session, 'N')
    await shows(session, /▸ line 298$/)
    keys(session, 'n')
    await shows(session, /▸ line 299$/)
    // Around from the other end.
    keys(session, 'n')
    await shows(session, /▸ line 29$/)
    keys(session, 'Escape', 'l')
    await t.until(() => !tmux.screen(session).some((line) => /─ Processes \d/.test(line)), 'the log stands alone')
    keys(session, 'l')
    await tmux.hides(session, /─ Log of /)
    await shows(session, /─ Processes \d/)
    keys(session, 'l')
    await shows(session, /─ Log of lines ─/)
    await tmux.leave(session)
  })

  test('a long line is wrapped, and cut by w; a process that writes on is held where it is', async () => {
    const session = 'wrap'
    const script = 'echo "$(seq -s, 1 60)"; while :; do echo tick; sleep 0.05; done'
    await t.here.ok(['start', '--name', 'wide', '--', 'sh', '-c', script])
    tmux.watch(session, 80, 30)
    await tmux.choose(session, 'wide')
    await shows(session, / {2}tick$/)
    keys(session, 'Tab', 'g')
    await shows(session, / {2}1,2,3,/)
    await shows(session, / {2}.*,59,60$/)
    const held = (): number => Number(/held, (\d+) lines? below/.exec(tmux.screen(session).join('\n'))?.[1] ?? 0)
    await t.until(() => held() > 3, 'it writes on below')
    const top = rowOf(session, / {2}1,2,3,/)
    const before = held()
    await t.until(() => held() > before + 5, 'and on')
    expect(rowOf(session, / {2}1,2,3,/)).toBe(top)
    keys(session, 'w')
    await shows(session, / {2}1,2,3,.*…$/)
    await shows(session, /cut, held/)
    await tmux.leave(session)
    await t.here.ok(['delete', 'wide'])
  })

  test('details tell steps, runs and why; help and back', async () => {
    const session = 'details'
    const told = (fields: object): string => `echo '::ptrack ${JSON.stringify(fields)}'`
    const script = `${told({ step: { id: 'a', name: 'fetch the data', status: 'done' } })}; ${told({ step: { id: 'b', name: 'train', status: 'running', percent: 40 } })}; exec sleep 3600`
    await t.here.ok(['run', '-d', '--name', 'steps', '--', 'sh', '-c', script])
    tmux.watch(session, 100, 40)
    await tmux.choose(session, 'steps')
    keys(session, 'd')
    await shows(session, /^ ✓ fetch the data {2}done/)
    await shows(session, /^ ◐ train {2}running 40%/)
    // Below the end of the panel.
    keys(session, 'G')
    await shows(session, /^ What happened$/)
    keys(session, 'g')
    // Actions work here too.
    keys(session, 'c')
    await shows(session, /Cancel steps\?/)
    keys(session, 'y')
    await shows(session, /^ ⊘ Cancelled/)
    await shows(session, /^ Runs$/)
    await shows(session, /^ \S 1 .*cancelled/)
    keys(session, '?')
    await shows(session, /─ Keys ─/)
    // Back to the details, where they were asked for.
    keys(session, 'Escape')
    await shows(session, /─ steps ─/)
    keys(session, 'Escape')
    await shows(session, /─ Processes \d/)
    await tmux.leave(session)
  })

  test('X ends all orphans after a question; a click chooses among them', async () => {
    const session = 'all-orphans'
    const orphans = []
    for (const name of ['one', 'two']) {
      await t.here.ok(['run', '--name', name, '--', 'python3', program('leaves-a-setsid-child.py')])
      orphans.push(identOf(Number(/child (\d+)/.exec(readFileSync(t.logFile(name), 'utf8'))![1]))!)
    }
    tmux.watch(session, 120, 24)
    await shows(session, /─ Processes \d/)
    keys(session, 'o')
    for (const { pid } of orphans) await shows(session, new RegExp(`^[▌ ] +${pid} `))
    for (const { pid } of orphans) {
      click(session, rowOf(session, new RegExp(`^[▌ ] +${pid} `)))
      await shows(session, new RegExp(`^▌ +${pid} `))
      await shows(session, new RegExp(`^ {2}pid ${pid}: `))
    }
    keys(session, 'X')
    await shows(session, /End all 2 orphans\?/)
    expect(orphans.every(isAlive)).toBe(true)
    keys(session, 'y')
    await shows(session, /Nothing was left behind/)
    expect(orphans.some(isAlive)).toBe(false)
    await tmux.leave(session)
  })

  test('the mouse: a click selects, a double click opens, the wheel moves the list or the log that is under it', async () => {
    const session = 'mouse'
    tmux.watch(session, 80, 24)
    await shows(session, /^▌\S aa/)
    click(session, rowOf(session, /^.\S lines /))
    await shows(session, /^▌\S lines /)
    await shows(session, / {2}line 299$/)
    wheel(session, 'up', rowOf(session, / {2}ready$/))
    await shows(session, /held, 3 lines below/)
    expect(rowOf(session, /^▌\S lines /)).toBeGreaterThan(0)
    wheel(session, 'down', 22)
    await shows(session, /following/)
    wheel(session, 'up', rowOf(session, /^▌\S lines /))
    await tmux.hides(session, /^▌\S lines /)
    const row = rowOf(session, /^.\S bb /)
    click(session, row, 2)
    await shows(session, /─ bb ─/)
    keys(session, 'Left')
    await shows(session, /^▌\S bb /)
    await tmux.leave(session)
  })
})
