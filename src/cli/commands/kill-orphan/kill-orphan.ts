/** kill-orphan: what is sent, and what became of each. */
import { formatDuration } from '../../../protocol/duration.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import type { Input } from '../../../protocol/requests.ts'
import type { KillResult, OrphanView } from '../../../protocol/view.ts'
import { clean } from '../../../words/text.ts'
import type { Context } from '../../context.ts'

export interface KillOptions {
  all?: boolean
  grace?: number
  dryRun?: boolean
}

/** A listed pid is sent as the identity that was shown; anything else as typed. */
export function killRequest(
  words: readonly string[],
  listed: readonly OrphanView[],
  options: KillOptions,
  callerPid: number,
): Input<'kill-orphan'> {
  const identities: string[] = []
  const targets: string[] = []
  for (const word of words) {
    const matches = listed.filter((one) => String(one.pid) === word)
    if (matches.length > 0) identities.push(...matches.map((one) => one.identity))
    else targets.push(word)
  }
  return {
    ...(identities.length > 0 ? { identities } : {}),
    ...(targets.length > 0 ? { targets } : {}),
    all: options.all === true,
    ...(options.grace === undefined ? {} : { graceMs: options.grace }),
    dryRun: options.dryRun === true,
    callerPid,
  }
}

/** Refused as unsafe outranks still alive. */
export function killCode(results: readonly KillResult[]): number {
  const real = results.filter((one) => !one.dryRun)
  return real.some((one) => one.result === 'refused') ? 8 : real.some((one) => one.result === 'alive') ? 1 : 0
}

export function killLine(result: KillResult): string {
  if (result.dryRun) return `${result.pid} ${clean(result.reason ?? 'would be ended')}`
  const why = result.reason ? ` (${clean(result.reason)})` : ''
  const ended = result.result === 'terminated' || result.result === 'killed'
  const signal = result.signal && ended ? ` by ${result.signal} in ${formatDuration(result.tookMs)}` : ''
  return `${result.pid} ${result.result}${signal}${why}`
}

export async function killOrphan(context: Context, words: string[], options: KillOptions): Promise<number> {
  if (words.length === 0 && !options.all)
    throw new PtrackError('USAGE', 'cannot kill orphans: none was named', { hint: 'name pids from `ptrack orphans`, or --all' })
  const named = words.some((word) => /^\d+$/.test(word))
  const listed = named ? await context.request('orphans', {}) : []
  const results = await context.request('kill-orphan', killRequest(words, listed, options, process.pid))
  if (context.json) context.printJson(results)
  else if (results.length === 0) context.note('no orphans')
  else for (const result of results) context.print(killLine(result))
  return killCode(results)
}
