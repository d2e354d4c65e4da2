/** The recorder: a line of shell above a job that records `CODE\n`, over spaces that the daemon wrote before (record-files.ts). */
import { constants } from 'node:os'
import type { ExitFact } from '../core/state.ts'
import { readPlain } from '../protocol/plain-file.ts'
import { errnoOf } from './errno.ts'
import { OPEN_TYPED } from './terminal.ts'

const CAUGHT = 'HUP INT QUIT ABRT USR1 USR2 PIPE ALRM TERM'

/**
 * stdin is a FIFO (protocol/input-files.ts). A small shell, the holder, keeps a write end open until it reads `end`, so that
 * no death of a writer is taken for the end of the input.
 * - The holder ignores signals to the group, or a program that cleans up would see a false end. It is forked twice, and so
 *   no child of the program or the recorder.
 * - Both opens wait for each other. The FIFO gets its name after both, so a caller that finds the name finds a reader.
 * - The file of `end` is open for reading and writing: no death of a writer ends it.
 * - Its removal shows that the input is over; the program has read the end by then.
 */
const OPEN_INPUT =
  `( ( trap "" ${CAUGHT}; exec 5<>"$0.end" 9>&-; ` +
  '{ mv -f -- "$0.stdin.new" "$0.stdin"; until read -r x <&5 && [ "$x" = end ]; do :; done; } 4>"$0.stdin.new"; ' +
  'rm -f -- "$0.stdin" ) </dev/null >/dev/null 2>&1 & ) || exit 126; exec <"$0.stdin.new"; '

/** `typed`: for what holds its terminal. */
export type Stdin = 'empty' | 'handed on' | 'typed'
const OPENED: Record<Stdin, string> = { empty: '', 'handed on': OPEN_INPUT, typed: OPEN_TYPED }

/**
 * - Signals to the whole group must not end the recorder before the program: it catches them. Caught, not ignored, since
 *   a subshell turns caught ones back into the default and would inherit ignored ones.
 * - The file is named by $0, not by a variable: assigning to a variable that the caller had exported would change the
 *   program's environment.
 * - fd 9 is the log, above the shared sockets and apart from the shell's own messages ("Terminated"), which go to /dev/null; it
 *   is the program's stderr.
 * - `1<>` overwrites the spaces without truncating: needs no new block, so a full disk cannot stop it.
 * - `report` says it to the daemon, which is not the parent of what a holder of sockets started.
 */
export const recorderScript = (prepare: string, stdin: Stdin = 'empty', report = ''): string =>
  `trap : ${CAUGHT}; ` +
  `{ ( ${OPENED[stdin]}exec 2>&9 9>&-; ${prepare}exec "$@"); c=$?; ` +
  `${stdin === 'handed on' ? 'echo end 1<>"$0.end"; ' : ''}echo $c 1<>"$0"; ${report}} 9>&2 2>/dev/null; exit $c`

/** Null while running, when killed with its program, or without a file. */
export function recordedExit(recordFile: string): ExitFact | null {
  let text: string
  try {
    text = readPlain(recordFile, 'latin1')
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'EFTYPE') return null
    throw error
  }
  // Without its newline it is half written.
  const match = /^(\d{1,3})\n/.exec(text)
  return match === null ? null : exitOfShell(Number(match[1]))
}

/** A shell reports "ended by signal n" as 128+n. A program can also exit so by itself, hence `inferred`. */
export function exitOfShell(code: number): ExitFact {
  const signal = code > 128 ? signalNames.get(code - 128) : undefined
  return signal === undefined ? { kind: 'code', code } : { kind: 'signal', signal, inferred: true, code }
}

/** The first name of a number is its usual one (SIGABRT before SIGIOT, SIGIO before SIGPOLL). */
const signalNames = new Map<number, string>()
for (const [name, number] of Object.entries(constants.signals)) if (!signalNames.has(number)) signalNames.set(number, name)
