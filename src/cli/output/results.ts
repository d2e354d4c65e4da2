/** Results of changes: one line per process, failures with their last log lines, the worst exit code. */
import { saysPortTaken } from '../../protocol/port-taken.ts'
import type { ActionResult } from '../../protocol/requests.ts'
import { VERBS, type VerbsWith } from '../../protocol/verbs.ts'
import type { ProcessView } from '../../protocol/view.ts'
import { clean } from '../../words/text.ts'
import type { Context } from '../context.ts'
import { errorLine, exitCodeOf } from './error-output.ts'

export type Verb = VerbsWith<'done'>

const SHOWS_PID: ReadonlySet<Verb> = new Set<Verb>(['start', 'restart', 'reload', 'resume', 'scale', 'signal', 'set'])

/** The present state instead of the verb, where a request was only accepted (`--no-wait`) or ended otherwise. */
function presentWords(verb: Verb, view: ProcessView): string | null {
  const coming = verb === 'start' || verb === 'restart' || verb === 'reload'
  if (coming) {
    if (view.status === 'pending')
      return view.queuePosition === null ? 'is pending' : `is queued (position ${view.queuePosition})`
    if (view.status === 'starting') return 'is starting'
    if (view.status === 'retrying') return 'is retrying'
    if (view.status === 'done') return 'ran to its end'
    if (view.status === 'failed') return 'has failed'
  }
  if (verb === 'pause' && view.status === 'running') return 'pauses at its next checkpoint'
  if (verb === 'stop' || verb === 'cancel') {
    if (view.status === 'completing') return 'is stopping'
    // For a job a stop is a cancel, and for a service a cancel is a stop.
    if (view.status === 'cancelled' || view.status === 'stopped') return view.status
  }
  return null
}

export function resultLine(verb: Verb, result: ActionResult): string {
  const { view, note } = result
  const what = note ? `: ${clean(note)}` : ` ${(view && presentWords(verb, view)) ?? VERBS[verb].done}`
  const pid = view?.pid && SHOWS_PID.has(verb) && !what.includes(String(view.pid)) ? ` (pid ${view.pid})` : ''
  return `${clean(result.name)}${what}${pid}`
}

/** The highest exit code among the failures; 0 without any. */
export const worstCode = (results: readonly ActionResult[]): number =>
  results.reduce((worst, one) => (one.ok ? worst : Math.max(worst, one.error ? exitCodeOf(one.error) : 1)), 0)

/** One line for all that patterns skipped: `left alone: 3 ended jobs, 1 not running`. */
export function leftAloneLine(results: readonly ActionResult[]): string | null {
  const counts = new Map<string, number>()
  for (const { leftAlone } of results) if (leftAlone !== undefined) counts.set(leftAlone, (counts.get(leftAlone) ?? 0) + 1)
  if (counts.size === 0) return null
  const words = [...counts].map(([what, count]) => `${count} ${count === 1 ? what : what.replace(/job$/, 'jobs')}`)
  return `left alone: ${words.join(', ')}`
}

/** For instances of which each wants the port that only one can have; null for others. */
export function onePortLine(results: readonly ActionResult[]): string | null {
  const failed = results.filter(({ name, view, tail }) => /:\d+$/.test(name) && view?.ports.length === 0 && saysPortTaken(tail))
  if (failed.length === 0) return null
  const base = failed[0]!.name.replace(/:\d+$/, '')
  return `${failed.length} of ${results.length} instances want a port that is taken: share one among all with --socket N, give each its own with --port N (then read PORT in the program), or keep one: \`ptrack scale ${clean(base)} 1\``
}

/** Prints results in the form asked for; returns the exit code. */
export function printResults(context: Context, verb: Verb, results: readonly ActionResult[]): number {
  const code = worstCode(results)
  if (context.json) {
    const worst = results.find((one) => !one.ok && (one.error ? exitCodeOf(one.error) : 1) === code)
    // Programs look for `error` first.
    if (worst)
      context.printJson({
        error: worst.error ?? { code: 'FAILED', message: worst.note ?? `cannot ${verb} ${worst.name}` },
        results,
      })
    else context.printJson(results)
    return code
  }
  let printed = ''
  for (const result of results) {
    if (result.leftAlone !== undefined) continue
    if (result.ok) {
      context.print(resultLine(verb, result))
      continue
    }
    const error = result.error ?? {
      code: 'FAILED' as const,
      message: `cannot ${verb} ${result.name}: ${result.note ?? 'it failed'}`,
    }
    context.io.err(`${context.names.text(errorLine(error, context.errStyle))}\n`)
    // Instances that fail alike print the same.
    const tail = result.tail.join('\n')
    const isPrinted = tail === printed
    printed = tail
    if (result.tail.length > 0) {
      context.io.err(`${context.errStyle.dim(`  last lines of ${clean(result.name)}:${isPrinted ? ' the same' : ''}`)}\n`)
      for (const line of isPrinted ? [] : result.tail) context.io.err(`  ${context.errStyle.dim('|')} ${clean(line)}\n`)
    }
  }
  const passedOver = leftAloneLine(results)
  if (passedOver !== null) context.print(passedOver)
  const onePort = onePortLine(results)
  if (onePort !== null) context.note(onePort)
  if (results.length === 0) context.say(`nothing to ${verb}`)
  return code
}
