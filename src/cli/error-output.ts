/** Errors as people and programs read them, and the exit code that goes with each. */
import { ERROR_CODES, type ErrorBody, PtrackError, toErrorBody } from '../protocol/errors.ts'
import { clean } from '../words/text.ts'
import type { Style } from './style.ts'

export const exitCodeOf = (error: ErrorBody): number => ERROR_CODES[error.code] ?? 1

/** `ptrack: cannot X: why; what to try`, on one line. */
export function errorLine(error: ErrorBody, style: Style): string {
  const hint = error.hint ? `; ${error.hint}` : ''
  return `${style.red('ptrack:')} ${clean(`${error.message}${hint}`)}`
}

/** What a parser of options throws, in our words: `error: unknown option '--foo'` becomes `unknown option '--foo'`. */
export function usageError(command: string, message: string): PtrackError {
  const [first, ...rest] = message
    .replace(/^error: /, '')
    .trim()
    .split('\n')
  const suggestion = rest
    .join(' ')
    .replace(/^\(|\)$/g, '')
    .trim()
  const help = `see \`ptrack ${command}${command ? ' ' : ''}--help\``
  return new PtrackError('USAGE', `cannot read the command line: ${first}`, {
    hint: suggestion ? `${lowerFirst(suggestion)} ${help}` : help,
  })
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1)

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
