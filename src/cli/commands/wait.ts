/** wait: until processes are healthy or have ended. */
import type { ActionResult } from '../../protocol/requests.ts'
import { statusWords } from '../../words/status.ts'
import { clean } from '../../words/text.ts'
import type { CommandSpec } from '../command.ts'
import type { Context } from '../context.ts'
import { choice, duration } from '../input/parse.ts'
import { printResults } from '../output/results.ts'

type Goal = 'healthy' | 'ended'

const FAILED_ENDS: ReadonlySet<string> = new Set(['failed', 'timeout', 'interrupted', 'cancelled'])

/** Having ended was the goal; a script also wants to know whether it ended badly. */
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

/** A wait that lasts longer than this says what it waits for. */
const QUIET_MS = 3000
const NOTES_MAX = 5

/** The daemon's message for a wait that is over at once. */
async function sayWhatFor(context: Context, targets: string[], goal: Goal): Promise<void> {
  // The wait itself reports a daemon that is away.
  const now = await context.request('wait', { targets, for: goal, timeoutMs: 0 }).catch(() => [])
  const open = now.flatMap(({ error }) => (error?.code === 'TIMED_OUT' ? [error.message] : []))
  for (const message of open.slice(0, NOTES_MAX)) context.note(clean(message.replace(/^cannot wait longer for /, 'waiting for ')))
  if (open.length > NOTES_MAX) context.note(`and for ${open.length - NOTES_MAX} more`)
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
      .addHelpText(
        'after',
        '\nWhat has no check (--port, --health) counts as healthy while it runs; once it has failed, after a run of 60 s.',
      )
    return async (context, targets, options) => {
      const goal = (options.for as Goal | undefined) ?? 'ended'
      const quiet = setTimeout(() => void sayWhatFor(context, targets, goal), QUIET_MS)
      const results = await context
        .request('wait', { targets, for: goal, timeoutMs: options.timeout as number | undefined })
        .finally(() => clearTimeout(quiet))
      const judgements = results.map((result) => judged(result, goal))
      return printResults(
        context,
        'wait',
        judgements.map((one) =>
          one.ok
            ? { ...one, note: one.note ?? (goal === 'healthy' ? 'healthy' : one.view && statusWords(one.view, Date.now())) }
            : one,
        ),
      )
    }
  },
}
