/** wait: until processes are healthy or have ended. */
import type { ActionResult } from '../../protocol/requests.ts'
import { statusWords } from '../../words/status.ts'
import type { CommandSpec } from '../command.ts'
import { choice, duration } from '../input/parse.ts'
import { printResults } from '../output/results.ts'

const FAILED_ENDS: ReadonlySet<string> = new Set(['failed', 'timeout', 'interrupted', 'cancelled'])

/** Having ended is what was waited for; having ended badly is what a script wants to know. */
function judged(result: ActionResult, goal: string): ActionResult {
  if (!result.ok || goal !== 'ended' || result.view === null || !FAILED_ENDS.has(result.view.status)) return result
  return {
    ...result,
    ok: false,
    error: {
      code: 'FAILED',
      message: `${result.name} ended: ${statusWords(result.view, Date.now())}`,
      hint: `see \`ptrack why ${result.name}\``,
    },
  }
}

export const wait: CommandSpec = {
  name: 'wait',
  group: 'looking',
  operands: 'names',
  summary: 'wait until processes have ended or are healthy',
  define: (command) => {
    command
      .argument('<name...>', 'names, ids, numbers, pids, globs, tag:T or all')
      .option('--for <what>', 'healthy | ended (default: ended)', choice('--for', ['healthy', 'ended'] as const))
      .option('--timeout <time>', 'give up after this long (exit 6)', duration('--timeout'))
    return async (context, targets, options) => {
      const goal = (options.for as 'healthy' | 'ended' | undefined) ?? 'ended'
      const results = await context.request('wait', { targets, for: goal, timeoutMs: options.timeout as number | undefined })
      const told = results.map((result) => judged(result, goal))
      return printResults(
        context,
        'wait',
        told.map((one) =>
          one.ok
            ? { ...one, note: one.note ?? (goal === 'healthy' ? 'healthy' : one.view && statusWords(one.view, Date.now())) }
            : one,
        ),
      )
    }
  },
}
