/** What one asks of a job first: how far it is and how long it still takes; or why it waits; or how it ended. */
import type { StatsRow } from '../../protocol/history.ts'
import { isEnded } from '../../protocol/names.ts'
import type { ProcessView } from '../../protocol/view.ts'
import { amountWords, outlookWords, wholePercent } from '../../words/progress.ts'
import { clockWords, dayWords, roughly } from '../../words/short.ts'
import { STATES, stateOf } from '../../words/states.ts'
import { durationWords } from '../../words/status.ts'
import { sentence } from '../../words/text.ts'
import { whyWords } from '../../words/why.ts'

export interface Goal {
  now: string
  /** Beside it, smaller. */
  more: string
  left: string
  leftMore: string
  /** Null: none is drawn; undefined: its length is not known. */
  percent: number | null | undefined
  below: string[]
}

export type Usual = Pick<StatsRow, 'p50Ms' | 'p95Ms' | 'runs'>

/** Today by the clock, else by the day. */
export function whenWords(ms: number, nowMs: number): string {
  const iso = new Date(ms).toISOString()
  return dayWords(iso) === dayWords(new Date(nowMs).toISOString()) ? clockWords(iso) : `${dayWords(iso)}, ${clockWords(iso)}`
}

const usually = ({ p50Ms, p95Ms, runs }: Usual): string =>
  p50Ms === null || runs < 2
    ? ''
    : `usually ${durationWords(round(p50Ms))}${p95Ms === null ? '' : `, 95% within ${durationWords(round(p95Ms))}`}`

/** Durations of other runs need no more than two figures. */
const round = (ms: number): number => (ms >= 60_000 ? Math.round(ms / 1000) * 1000 : ms >= 1000 ? Math.round(ms / 100) * 100 : ms)

export function goalOf(view: ProcessView, usual: Usual | null, nowMs: number, isAway: boolean): Goal {
  const { progress, status } = view
  if (isEnded(status)) return ended(view, usual, nowMs)
  if (status === 'pending') return waiting(view, nowMs)
  if (status === 'retrying') return retrying(view, nowMs, isAway)
  const percent = progress?.percent ?? null
  const startedMs = view.startedAt === null ? null : Date.parse(view.startedAt)
  const lasts = startedMs === null ? '' : durationWords(Math.max(1000, Math.floor((nowMs - startedMs) / 1000) * 1000))
  const amount = progress === null ? null : amountWords(progress)
  const eta = progress !== null && !progress.stalled && progress.etaMs !== null && (percent ?? 0) < 100 ? progress.etaMs : null
  const started = startedMs === null ? '' : `started ${whenWords(startedMs, nowMs)}`
  const word = sentence(STATES[stateOf(view)].word)
  return {
    now: percent !== null ? wholePercent(percent) : (amount ?? word),
    more: percent !== null ? (amount ?? '') : amount === null ? (status === 'running' ? `for ${lasts}` : '') : `in ${lasts}`,
    left: isAway ? '' : progress === null ? '' : sentence(outlookWords(progress) ?? ''),
    leftMore: [eta === null ? '' : `ends about ${whenWords(nowMs + eta, nowMs)}`, started].filter(Boolean).join(', '),
    percent: percent ?? undefined,
    below: [progress?.message ?? '', status === 'running' ? '' : word, usual === null ? '' : sentence(usually(usual))].filter(
      Boolean,
    ),
  }
}

function waiting(view: ProcessView, nowMs: number): Goal {
  const { queue, queuePosition, nextRunAt } = view
  const limit = queue?.limit ?? null
  const expected = queue?.expectedStartAt ?? (queuePosition === null ? nextRunAt : null)
  const below = [
    limit === null ? '' : `The limit ${limit} lets ${queue!.value} run at once.`,
    queuePosition !== null && limit === null ? 'It is its turn.' : '',
  ]
  return {
    now:
      queuePosition === null ? 'Waiting' : queuePosition === 1 ? 'Next to start' : `Number ${queuePosition} of those that wait`,
    more: queuePosition === null ? (view.reason ?? '').replace(/^waiting (for )?/, 'for ') : '',
    left: expected === null ? '' : `Starts about ${whenWords(Date.parse(expected), nowMs)}`,
    leftMore: `waits for ${roughly(Math.max(1000, nowMs - Date.parse(view.since)))}`,
    percent: null,
    below: below.filter(Boolean),
  }
}

function retrying(view: ProcessView, nowMs: number, isAway: boolean): Goal {
  const { retry } = view
  const nextMs = retry === null ? null : Date.parse(retry.nextAt)
  return {
    now: retry === null ? 'Retrying' : `Attempt ${retry.attempt}${retry.of === null ? '' : ` of ${retry.of}`}`,
    more: whyWords(view, nowMs, isAway).replace(/^In [^:]*: /, ''),
    left: nextMs === null || isAway ? '' : `In ${durationWords(Math.max(1000, Math.ceil((nextMs - nowMs) / 1000) * 1000))}`,
    leftMore: nextMs === null ? '' : `at ${whenWords(nextMs, nowMs)}`,
    percent: null,
    below: [],
  }
}

function ended(view: ProcessView, usual: Usual | null, nowMs: number): Goal {
  const { progress, startedAt, endedAt, status, results } = view
  const word = sentence(STATES[stateOf(view)].word)
  const took = startedAt === null || endedAt === null ? '' : `after ${durationWords(Date.parse(endedAt) - Date.parse(startedAt))}`
  const why = whyWords(view, nowMs)
  const reached = progress?.percent != null && status !== 'done' ? `it was at ${wholePercent(progress.percent)}` : ''
  return {
    now: word,
    more: [why === word ? '' : why.replace(/, next in .*$/, '').replace(/^Next in .*$/, ''), took].filter(Boolean).join(', '),
    left: '',
    leftMore: endedAt === null ? '' : `ended ${whenWords(Date.parse(endedAt), nowMs)}`,
    percent: null,
    below: [
      sentence(reached),
      progress?.message ?? '',
      results > 0 ? `${results.toLocaleString('en')} ${results === 1 ? 'row' : 'rows'} of results` : '',
      usual === null ? '' : sentence(usually(usual)),
    ].filter(Boolean),
  }
}
