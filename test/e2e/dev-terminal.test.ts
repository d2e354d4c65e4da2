/** `ptrack dev` at a terminal: its keys, Ctrl-C, a tab that is closed, and a terminal that is given back. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ProcessView } from '../../src/protocol/view.ts'
import { cliFile } from '../support/bundle.ts'
import { type TestHome, testHome } from '../support/daemon.ts'
import { directoryWith } from '../support/dev.ts'
import { describeNeeding, findTool } from '../support/requires.ts'
import { type WatchTmux, watchTmuxOf } from '../support/watch.ts'

let t: TestHome
let tmux: WatchTmux
beforeAll(async () => {
  t = await testHome({ env: { NO_COLOR: '' } })
  tmux = watchTmuxOf(t)
  await t.here.ok(['daemon', 'start'])
})
afterAll(async () => {
  if (findTool('tmux') !== null) tmux.close()
  await t?.close()
})

const DEV = `'${process.execPath}' '${cliFile}' dev`
const TALKS = 'while :; do echo "GET /$1"; sleep 0.2; done\n'
const FILE = `processes:
  web: { command: sh talks.sh web }
  api: { command: sh talks.sh api, after: { web: started } }
  shell: { command: sh, tty: true, env: { PS1: "inside> " }, stopSignal: HUP }
`
const shows = (session: string, what: RegExp): Promise<unknown> => tmux.shows(session, what)
const status = async (name: string): Promise<ProcessView['status'] | undefined> =>
  (await t.request('list', { all: true })).find(({ fullName }) => fullName === name)?.status
function begin(session: string, args = ''): string {
  const directory = directoryWith(t, session, { 'ptrack.yaml': FILE, 'talks.sh': TALKS })
  tmux.watch(session, 100, 30, `cd '${directory}'; ${DEV} ${args}`)
  return directory
}
/** What is newer than an empty line that Enter has made since the call. */
async function since(session: string): Promise<() => string[]> {
  const shown = (): string[] => {
    const lines = tmux.screen(session)
    return lines.slice(0, lines.findLastIndex((line) => line !== '') + 1)
  }
  await t.until(() => {
    tmux.keys(session, 'Enter')
    return shown().slice(-3).includes('')
  }, 'an empty line was only just made')
  return () => {
    const lines = shown()
    return lines.slice(lines.lastIndexOf('') + 1)
  }
}

describeNeeding('tmux', 'script')('at a terminal', () => {
  test('its keys: one alone, a pattern, restarts, a terminal, the view; then Ctrl-C, which a shell sees as 130', async () => {
    begin('keys')
    await shows('keys', /^api {4}\| GET \/api$/)
    expect(tmux.picture('keys')).toMatch(/\x1b\[36m/)
    tmux.keys('keys', '1')
    await shows('keys', /shows only web; 0 shows all$/)
    const alone = await since('keys')
    await t.until(() => alone().length > 3, 'lines come')
    expect(alone().filter((line) => !line.startsWith('web ') && !line.startsWith('ptrack'))).toEqual([])
    tmux.keys('keys', '0', '/')
    await shows('keys', /^show lines with/)
    tmux.type('keys', '/api')
    tmux.keys('keys', 'Enter')
    await shows('keys', /shows only lines with \/api/)
    const matching = await since('keys')
    await t.until(() => matching().length > 3, 'lines come')
    expect(matching().filter((line) => !line.startsWith('api ') && !line.startsWith('ptrack'))).toEqual([])
    tmux.keys('keys', '0', 'r')
    await shows('keys', /^restart 1 web {2}2 api {2}3 shell:$/)
    tmux.keys('keys', '2')
    await shows('keys', /^ptrack \| api started again \(run 2, pid \d+\)$/)
    // With web goes what depends on it.
    tmux.keys('keys', 'r')
    await shows('keys', /^restart 1 web {2}2 api {2}3 shell:$/)
    tmux.keys('keys', '1')
    await shows('keys', /^ptrack \| api restarts$/)
    await shows('keys', /^ptrack \| web started again \(run 2, pid \d+\)$/)
    await shows('keys', /^ptrack \| api started again \(run 3, pid \d+\)$/)
    // The only one with a terminal.
    tmux.keys('keys', 'a')
    await t.until(() => {
      tmux.keys('keys', 'echo "$((40 + 2))"', 'Enter')
      return tmux.screen('keys').includes('42')
    }, 'what is typed goes to the program')
    const inside = tmux.screen('keys')
    expect(inside.lastIndexOf('42')).toBeGreaterThan(inside.findLastIndex((line) => line.includes('GET')))
    tmux.keys('keys', 'C-\\')
    await shows('keys', /^shell {2}\| 42$/)
    tmux.keys('keys', 'w')
    await shows('keys', / Processes 3 /)
    tmux.keys('keys', 'q')
    await shows('keys', /^api {4}\| GET/)
    tmux.keys('keys', 'R')
    await shows('keys', /^ptrack \| web started again \(run 3, pid \d+\)$/)
    await shows('keys', /^ptrack \| api started again \(run 4, pid \d+\)$/)
    tmux.keys('keys', 'C-c')
    // A shell does not go on after what SIGINT has ended.
    await shows('keys', /^prompt>$/)
    tmux.keys('keys', 'echo "code $?"', 'Enter')
    await shows('keys', /^code 130$/)
    expect(tmux.screen('keys').join('\n')).toMatch(/api stopped.*\n(.*\n)*.*web stopped/)
    expect(tmux.screen('keys').join('\n')).not.toMatch(/left with|cannot/)
    await tmux.isRestored('keys')
    expect(await status('keys/web')).toBe('stopped')
  })

  test('d leaves all running, q stops it and is no failure', async () => {
    begin('left')
    await shows('left', /^api {4}\| GET/)
    tmux.keys('left', 'd')
    await shows('left', /^left with 0$/)
    await tmux.isRestored('left')
    expect(await status('left/web')).toBe('running')
    tmux.keys('left', 'clear', 'Enter')
    tmux.keys('left', `${DEV}; echo "again $?"`, 'Enter')
    await shows('left', /^ptrack \| web runs already/)
    tmux.keys('left', 'q')
    await shows('left', /^again 0$/)
    expect(await status('left/web')).toBe('running')
    await t.here.ok(['down'], { cwd: join(t.dir, 'left') })
  })

  test('Ctrl-Z and fg, a wish to kill, a mistake in the file', async () => {
    const directory = begin('shell', '--watch')
    await shows('shell', /^api {4}\| GET/)
    tmux.keys('shell', 'C-z')
    await shows('shell', /Stopped|suspended/)
    tmux.keys('shell', 'clear; fg', 'Enter')
    await shows('shell', /^api {4}\| GET/)
    tmux.keys('shell', '?')
    await shows('shell', /r restart one/)
    writeFileSync(join(directory, 'ptrack.yaml'), readFileSync(join(directory, 'ptrack.yaml'), 'utf8').replace('tty', 'ttyy'))
    await shows('shell', /`ttyy` is no key/)
    writeFileSync(join(directory, 'ptrack.yaml'), 'processes:\n  web: { command: sh deaf.sh, stopTimeout: 60s }\n')
    writeFileSync(join(directory, 'deaf.sh'), 'trap "" TERM; echo deaf; while :; do sleep 0.1; done\n')
    await shows('shell', /^web {4}\| deaf$/)
    tmux.keys('shell', 'C-c')
    await t.until(async () => (await status('shell/web')) === 'completing', 'it is asked to stop')
    tmux.keys('shell', 'C-c')
    await shows('shell', /kills what is left$/)
    await t.until(async () => (await status('shell/web')) === 'stopped', 'it is killed')
  })

  test('a tab that is closed ends what it started', async () => {
    begin('tab')
    await shows('tab', /^api {4}\| GET/)
    tmux.run('kill-session', '-t', 'tab')
    await t.until(async () => (await status('tab/web')) === 'stopped', 'all is stopped', 15_000)
    expect(await status('tab/api')).toBe('stopped')
  })
})
