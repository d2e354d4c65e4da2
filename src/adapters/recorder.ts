/**
 * The recorder: one line of shell above a job, which writes the exit code down so that it outlives the daemon.
 * Its record is `CODE\n` over a line of spaces that the daemon wrote before (record-files.ts).
 */
import { constants } from 'node:os'
import type { ExitFact } from '../core/state.ts'
import { errnoOf } from './errno.ts'
import { readTextSync } from './regular-file.ts'

/**
 * - Signals to the whole group must not end the recorder before the program: it catches them. Caught, not ignored, since
 *   a subshell turns caught ones back into the default and would inherit ignored ones.
 * - The file is named by $0, not by a variable: assigning to a variable that the caller had exported would change the
 *   program's environment.
 * - fd 3 is the log, kept aside from the shell's own chatter ("Terminated"), which goes to /dev/null; the program sees it
 *   as its stderr and has no fd 3.
 * - `1<>` writes over the spaces without cutting the file first: needs no new block, so a full disk cannot stop it.
 */
export const recorderScript = (prepare: string): string =>
  'trap : HUP INT QUIT ABRT USR1 USR2 PIPE ALRM TERM; ' +
  `{ (exec 2>&3 3>&-; ${prepare}exec "$@"); c=$?; echo $c 1<>"$0"; } 3>&2 2>/dev/null; exit $c`

/** The exit that a recorder wrote, or null when there is none: still running, killed with its program, or no file. */
export function recordedExit(recordFile: string): ExitFact | null {
  let text: string
  try {
    text = readTextSync(recordFile, 'latin1')
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'EFTYPE') return null
    throw error
  }
  // Without its newline it is half written.
  const match = /^(\d{1,3})\n/.exec(text)
  return match === null ? null : exitOfShell(Number(match[1]))
}

/** A shell tells "ended by signal n" as 128+n. A program can also exit so by itself, hence `inferred`. */
export function exitOfShell(code: number): ExitFact {
  const signal = code > 128 ? signalNames.get(code - 128) : undefined
  return signal === undefined ? { kind: 'code', code } : { kind: 'signal', signal, inferred: true, code }
}

/** The first name of a number is its usual one (SIGABRT before SIGIOT, SIGIO before SIGPOLL). */
const signalNames = new Map<number, string>()
for (const [name, number] of Object.entries(constants.signals)) if (!signalNames.has(number)) signalNames.set(number, name)
