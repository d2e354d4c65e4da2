/**
 * Terminals of programs. `script` of util-linux holds one: it opens a pseudo terminal, starts the program as the leader of a session
 * on it, passes on what comes by a FIFO, and writes what the program shows to the log. It ends with the program, by its exit code.
 * So a terminal needs no native code, and no daemon while it lives.
 */
import { execFile, spawnSync } from 'node:child_process'
import { closeSync, rmSync, writeSync } from 'node:fs'
import type { Identity } from '../core/state.ts'
import type { TerminalSize, Terminals } from '../core/world-terminals.ts'
import { typedFileOf } from '../protocol/input-files.ts'
import { quoted } from '../protocol/shell-quote.ts'
import { CannotStart } from './cannot-start.ts'
import { errnoOf } from './errno.ts'
import { makeFifos, openFifoToWrite } from './fifo.ts'
import type { OsTable } from './platform/os-table.ts'
import { readProc } from './platform/proc-files.ts'
import { systemTool } from './system-tool.ts'

const NEEDED = 'programs with a terminal (--tty)'
const TRIAL_MS = 5000
const TRIED_CODE = 7
let isTried = false

/** Opens the FIFO for reading and writing, so that no death of a writer is an end of the input. For the recorder's script. */
export const OPEN_TYPED = 'exec <>"$0.tty"; '

export function prepareTyped(recordFile: string): void {
  removeTyped(recordFile)
  makeFifos([typedFileOf(recordFile)])
}

export const removeTyped = (recordFile: string): void => rmSync(typedFileOf(recordFile), { force: true })

/**
 * The words that start a command on a terminal of its own, and their environment. `script` takes a line for the shell in SHELL, so
 * that the program gets its own SHELL back there.
 */
export function onTerminal(
  command: readonly string[],
  env: Record<string, string>,
  shell: string,
  { rows, columns }: TerminalSize,
): { words: string[]; env: Record<string, string> } {
  const script = scriptThatWorks()
  const stty = systemTool('stty', NEEDED)
  const own = env.SHELL === undefined ? 'unset SHELL; ' : `SHELL=${quoted(env.SHELL)}; `
  const size = `${stty} echo iutf8 rows ${rows} cols ${columns} 2>/dev/null; `
  const line = `${size}${own}TERM=\${TERM:-xterm-256color}; export TERM; exec ${command.map(quoted).join(' ')}`
  return { words: [script, '-qfec', line, '/dev/null'], env: { ...env, SHELL: shell } }
}

/** That of BusyBox or of a BSD has other options. */
function scriptThatWorks(): string {
  const script = systemTool('script', NEEDED)
  if (isTried) return script
  const { status } = spawnSync(script, ['-qfec', `exit ${TRIED_CODE}`, '/dev/null'], {
    env: { PATH: '/usr/bin:/bin', SHELL: '/bin/sh' },
    stdio: 'ignore',
    timeout: TRIAL_MS,
  })
  if (status !== TRIED_CODE)
    throw new CannotStart(
      'MISSING_TOOL',
      `${script} cannot open a terminal here; install util-linux, of which it has to be, and see that /dev/pts is mounted`,
    )
  isTried = true
  return script
}

export function createTerminals(table: Pick<OsTable, 'alive'>): Terminals {
  return {
    type(recordFile, bytes) {
      const fd = openFifoToWrite(typedFileOf(recordFile))
      if (fd === null) return null
      try {
        return pour(fd, bytes)
      } finally {
        closeSync(fd)
      }
    },
    async resize(program, size) {
      const terminal = table.alive(program) ? terminalOf(program) : null
      if (terminal === null) return false
      const words = ['-F', terminal, 'rows', String(size.rows), 'cols', String(size.columns)]
      const stty = systemTool('stty', NEEDED)
      return new Promise((resolve) => execFile(stty, words, { timeout: TRIAL_MS }, (error) => resolve(error === null)))
    },
  }
}

/** Returns how much of it the FIFO has taken. */
function pour(fd: number, bytes: Uint8Array): number {
  let done = 0
  try {
    while (done < bytes.length) done += writeSync(fd, bytes, done)
  } catch (error) {
    // EPIPE: its reader has just ended.
    if (errnoOf(error) !== 'EAGAIN' && errnoOf(error) !== 'EPIPE') throw error
  }
  return done
}

const PTS_MAJOR = 136

/** By the number of its controlling terminal: field 7 of proc_pid_stat(5). */
function terminalOf({ pid }: Identity): string | null {
  const stat = readProc(`/proc/${pid}/stat`)?.toString('latin1') ?? ''
  const device = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[4])
  const major = (device >> 8) & 0xfff
  const minor = (device & 0xff) | ((device >> 12) & 0xfff00)
  return major < PTS_MAJOR || major > PTS_MAJOR + 7 ? null : `/dev/pts/${(major - PTS_MAJOR) * 256 + minor}`
}
