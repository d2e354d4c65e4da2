/** Regular expressions over lines, with a time limit. */
import { PtrackError } from '../../protocol/errors.ts'
import { errnoOf, messageOf } from '../errno.ts'

/** An expression like `(a+)+$` may take years over one line. */
const MATCH_MS = 1000

export type Matcher = (lines: string[]) => boolean[]

/** `pattern`: a JavaScript regular expression. Throws USAGE when it is invalid, and the matcher when it takes too long. */
export async function createMatcher(pattern: string): Promise<Matcher> {
  let expression: RegExp
  try {
    expression = new RegExp(pattern)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new PtrackError('USAGE', `cannot search the logs: ${messageOf(error)}`, {
      hint: 'write a JavaScript regular expression; put \\ before a character that is meant literally',
      cause: error,
    })
  }
  const { createContext, Script } = await import('node:vm')
  const context = createContext({ expression, lines: [] as string[] })
  const script = new Script('lines.map((line) => expression.test(line))')
  return (lines) => {
    context.lines = lines
    try {
      return script.runInContext(context, { timeout: MATCH_MS }) as boolean[]
    } catch (error) {
      if (errnoOf(error) !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
      throw new PtrackError('USAGE', `cannot search the logs: the expression took over ${MATCH_MS} ms`, {
        hint: 'avoid repeated groups inside repeated groups, such as (a+)+',
        cause: error,
      })
    }
  }
}
