/** Regular expressions over lines, with a time limit. */
import { PtrackError } from '../../protocol/errors.ts'
import { errnoOf, messageOf } from '../errno.ts'

/** An expression like `(a+)+$` may take years over one line. */
const MATCH_MS = 1000
/** Of that time on a processor: less, and other programs had it. Then it is tried once more, with as many times the time. */
const SHARE = 0.5
const ONCE_MORE = 3

export type Matcher = (lines: string[]) => boolean[]

const cpuOfProcess = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/**
 * `pattern`: a JavaScript regular expression. Throws USAGE when it is invalid, and the matcher when it takes too long.
 * `cpuMs`: the processor time of this process.
 */
export async function createMatcher(pattern: string, limitMs = MATCH_MS, cpuMs = cpuOfProcess): Promise<Matcher> {
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
  const run = (timeout: number): boolean[] | null => {
    try {
      return script.runInContext(context, { timeout }) as boolean[]
    } catch (error) {
      if (errnoOf(error) !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
      return null
    }
  }
  return (lines) => {
    context.lines = lines
    const beganCpuMs = cpuMs()
    let matches = run(limitMs)
    if (matches === null && cpuMs() - beganCpuMs < limitMs * SHARE) matches = run(limitMs * ONCE_MORE)
    if (matches !== null) return matches
    throw new PtrackError('USAGE', `cannot search the logs: the expression took over ${limitMs} ms`, {
      hint: 'avoid repeated groups inside repeated groups, such as (a+)+',
    })
  }
}
