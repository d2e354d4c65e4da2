/** `ptrack watch` in tmux, as a person would sit before it. */
import { expect } from 'vitest'
import { cliFile } from './bundle.ts'
import type { TestHome } from './daemon.ts'
import { allPids, commandLine, type Ident, identOf, statOf } from './proc.ts'
import { type Tmux, tmuxOf } from './tmux.ts'

export const WATCH = `'${process.execPath}' '${cliFile}' watch`

/** What stands in the panels of this line: without frames, side by side as one after another. */
export const panesOf = (line: string): string[] => line.split('││').map((pane) => pane.replace(/^│/, '').replace(/ *│$/, ''))

export interface WatchTmux extends Tmux {
  /** What stands in the panels, wherever they are. */
  panes(session: string): string[]
  /** A shell, and the view in it; its exit code is told behind `left with`. */
  watch(session: string, columns: number, rows: number, command?: string): void
  /** Only what contains the words is listed, and selected. */
  choose(session: string, words: string): Promise<void>
  /** Waits for the terminal as it was: main screen, cursor, no mouse, lines and echo. */
  isRestored(session: string): Promise<void>
  /** The view that runs in this session. */
  viewIn(session: string): Ident
  /** Leaves the view by its key, and sees that it is left. */
  leave(session: string): Promise<void>
}

export function watchTmuxOf(t: TestHome): WatchTmux {
  const tmux = tmuxOf(t)
  const { keys, type, run } = tmux
  const panes = (session: string): string[] => tmux.screen(session).flatMap(panesOf)
  const shows: Tmux['shows'] = (session, what, ms) =>
    t.until(
      () => panes(session).some((line) => what.test(line)),
      () => `the screen shows ${what}, but: ${tmux.screen(session).join('\n')}`,
      ms,
    )
  const hides: Tmux['hides'] = (session, what) =>
    t.until(() => !panes(session).some((line) => what.test(line)), `${what} has gone from the screen`)
  return {
    ...tmux,
    panes,
    shows,
    hides,
    watch(session, columns, rows, command = WATCH) {
      tmux.open(session, columns, rows)
      keys(session, `PS1='prompt> '; echo before; ${command}; echo "left with $?"`, 'Enter')
    },
    async choose(session, words) {
      await shows(session, /ptrack .* live /)
      keys(session, 'f')
      await shows(session, /^filter: /)
      type(session, words)
      await shows(session, new RegExp(`^▌ ?\\S ${words}`))
      keys(session, 'Enter')
      await hides(session, /^filter: /)
    },
    async isRestored(session) {
      const flags = (): string =>
        run(
          'display-message',
          '-p',
          '-t',
          session,
          '#{cursor_flag} #{alternate_on} #{mouse_any_flag} #{mouse_sgr_flag} #{wrap_flag}',
        ).trim()
      await t.until(
        () => flags() === '1 0 0 0 1',
        () => `the terminal is given back, but: ${flags()}`,
      )
      keys(session, 'clear; stty -a | grep -wo -e icanon -e echo -e isig | tr "\\n" " "', 'Enter')
      await shows(session, /isig icanon echo/)
    },
    viewIn(session) {
      const shell = Number(run('display-message', '-p', '-t', session, '#{pane_pid}'))
      const family = new Set([shell])
      // Parents have smaller numbers only as a rule: until nothing is added.
      for (let before = 0; before !== family.size; ) {
        before = family.size
        for (const pid of allPids()) if (family.has(statOf(pid)?.ppid ?? -1)) family.add(pid)
      }
      const found = [...family].find((pid) => commandLine(pid)[0] === process.execPath && commandLine(pid).includes('watch'))
      expect(found, `a view runs in ${session}`).toBeDefined()
      return identOf(found!)!
    },
    async leave(session) {
      keys(session, 'q')
      await shows(session, /^left with 0$/)
    },
  }
}
