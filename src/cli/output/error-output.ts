/** Errors as people and programs read them, and their exit codes. */
import { ERROR_CODES, type ErrorBody, PtrackError, toErrorBody } from '../../protocol/errors.ts'
import { nearest } from '../../protocol/suggest.ts'
import { clean } from '../../words/text.ts'
import { habitOf } from './habits.ts'
import type { Style } from './style.ts'

export const exitCodeOf = (error: ErrorBody): number => ERROR_CODES[error.code] ?? 1

/** `ptrack: cannot X: why; what to try`, on one line. */
export function errorLine(error: ErrorBody, style: Style): string {
  const hint = error.hint ? `; ${error.hint}` : ''
  return `${style.red('ptrack:')} ${clean(`${error.message}${hint}`)}`
}

/** What is known of the command whose line could not be read. */
interface Reading {
  known: readonly string[]
  /** A script on the line, whose own options must follow `--`. */
  program: string | null
}

/** A parser's error in our form: `error: unknown option '--foo'` becomes `unknown option '--foo'`. */
export function usageError(command: string, message: string, { known, program }: Reading): PtrackError {
  const said = message.replace(/^error: /, '').trim()
  const help = `see \`ptrack ${command}${command ? ' ' : ''}--help\``
  const unknown = /^unknown option '(--?[^'=]+)/.exec(said)?.[1]
  const advice = unknown ? (habitOf(command, unknown) ?? hintFor(unknown, known, program)) : null
  const hint = advice === null ? help : program === null ? `${advice} ${help}` : advice
  return new PtrackError('USAGE', `cannot read the command line: ${said}`, { hint })
}

const JSON_ELSEWHERE = new Set(['--format', '--output', '--output-format', '-o', '-j'])

function hintFor(unknown: string, known: readonly string[], program: string | null): string | null {
  const near = nearest(
    unknown.replace(/^-+/, ''),
    known.map((option) => option.slice(2)),
  )
  const meant = near === null ? null : `did you mean --${near}?`
  if (program !== null) {
    const behind = `an option of ${program} goes to the program behind \`--\`: \`ptrack start ${program} -- ${unknown}\``
    return meant === null ? behind : `${meant} Otherwise ${behind}`
  }
  if (meant === null && JSON_ELSEWHERE.has(unknown) && known.includes('--json')) return '--json prints data,'
  return meant
}

/** Prints an error in the form asked for and returns the exit code. */
export function reportError(
  error: unknown,
  to: { json: boolean; style: Style; debug: boolean; out(text: string): void; err(text: string): void },
): number {
  const body = toErrorBody(error)
  if (to.json) to.out(`${JSON.stringify({ error: body })}\n`)
  else to.err(`${errorLine(body, to.style)}\n`)
  if (!(error instanceof PtrackError) && error instanceof Error && to.debug) to.err(`${error.stack}\n`)
  return exitCodeOf(body)
}
