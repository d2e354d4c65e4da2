/** A tmux server of one test alone: a real terminal that can be typed into, resized and read. */
import { execFileSync } from 'node:child_process'
import type { TestHome } from './daemon.ts'

export interface Tmux {
  run(...args: string[]): string
  open(session: string, columns: number, rows: number, shell?: string): void
  /** Names of keys as tmux knows them, or text. */
  keys(session: string, ...keys: string[]): void
  type(session: string, text: string): void
  screen(session: string): string[]
  /** With colours. */
  picture(session: string): string
  shows(session: string, what: RegExp, ms?: number): Promise<unknown>
  hides(session: string, what: RegExp): Promise<unknown>
  close(): void
}

export function tmuxOf(t: TestHome): Tmux {
  const socket = `${t.dir}/tmux`
  const run = (...args: string[]): string => {
    try {
      return execFileSync('tmux', ['-u', '-f', '/dev/null', '-S', socket, ...args], {
        encoding: 'utf8',
        env: { ...t.env, TERM: 'screen-256color', LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8' },
        stdio: ['ignore', 'pipe', 'ignore'],
      })
    } catch (error) {
      // There is no such session, or no server, any more.
      if ((error as { status?: number }).status === 1) return ''
      throw error
    }
  }
  const screen = (session: string): string[] => run('capture-pane', '-p', '-t', session).split('\n')
  return {
    run,
    screen,
    open: (session, columns, rows, shell = '/bin/sh') => {
      run('new-session', '-d', '-s', session, '-x', String(columns), '-y', String(rows), shell)
    },
    keys: (session, ...keys) => void run('send-keys', '-t', session, ...keys),
    type: (session, text) => void run('send-keys', '-t', session, '-l', text),
    picture: (session) => run('capture-pane', '-e', '-p', '-t', session),
    shows: (session, what, ms) =>
      t.until(
        () => screen(session).some((line) => what.test(line)),
        () => `the screen shows ${what}, but: ${screen(session).join('\n')}`,
        ms,
      ),
    hides: (session, what) => t.until(() => !screen(session).some((line) => what.test(line)), `${what} has gone from the screen`),
    close: () => void run('kill-server'),
  }
}
