/** What a process reports about its work beside progress, as facts: results, where it continues, metadata. */
import { givenMetadata } from '../protocol/file-key.ts'
import type { ProcessView } from '../protocol/view.ts'
import { timeWords } from './time.ts'

/** The next retry and its number: an attempt of a job, the restart of a service. */
export function retryFact({ kind, retry }: ProcessView, nowMs: number): readonly [key: string, value: string] | null {
  if (retry === null) return null
  const { attempt, of, nextAt } = retry
  const which = `${attempt}${of === null ? '' : ` of ${of}`}`
  return [kind === 'job' ? 'next attempt' : 'next restart', `${which}, at ${timeWords(nextAt, nowMs)}`]
}

/** What keeps a waiting job, and until when. */
export function queueFact({ queue }: Pick<ProcessView, 'queue'>, nowMs: number): readonly [key: string, value: string] | null {
  if (queue == null || queue.limit === null) return null
  const { limit, value, expectedStartAt } = queue
  const start = expectedStartAt === null ? '' : `, expected to start ${timeWords(expectedStartAt, nowMs)}`
  return ['limit', `${limit}, ${value} at once${start}`]
}

/** Raw values and names of the program, to be cleaned before printing. */
export function workFacts(view: ProcessView, nowMs: number): (readonly [key: string, value: string])[] {
  const { name, queuePosition, nextRunAt, results, metadata } = view
  const facts: (readonly [string, string] | null)[] = [
    results === 0 ? null : ['results', `${results} (\`ptrack results ${name}\`)`],
    queuePosition === null ? null : ['queue position', String(queuePosition)],
    queueFact(view, nowMs),
    retryFact(view, nowMs),
    typeof nextRunAt !== 'string' ? null : ['next run', timeWords(nextRunAt, nowMs)],
    ...Object.entries(givenMetadata(metadata)).map(
      ([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)] as const,
    ),
  ]
  return facts.filter((fact) => fact !== null)
}
