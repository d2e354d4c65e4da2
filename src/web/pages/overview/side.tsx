/** What is in progress and until when, what comes next, and what happened lately. */
import type { ProcessView } from '../../../protocol/view.ts'
import { amountWords, outlookWords, wholePercent } from '../../../words/progress.ts'
import { clockWords, counted } from '../../../words/short.ts'
import { stateOf } from '../../../words/states.ts'
import { durationWords, statusWords, uptimeMs } from '../../../words/status.ts'
import { useApp, useNow } from '../../app-state.ts'
import { comesNext, inProgress } from '../../comes.ts'
import { Mark } from '../../parts/icon.tsx'
import { exactly } from '../../parts/when.tsx'
import { happened } from '../../past.ts'
import { linkTo } from '../../route.ts'
import type { Past } from './use-past.ts'

const MOST = 8

export function InProgress({ views }: { views: readonly ProcessView[] }) {
  const jobs = inProgress(views)
  if (jobs.length === 0) return null
  return (
    <section class="panel" aria-labelledby="h-progress">
      <header>
        <h2 id="h-progress">In progress</h2>
        <small>
          <a href="#/running">{counted(jobs.length, 'job')}</a>
        </small>
      </header>
      <ul class="works">
        {jobs.slice(0, MOST).map((view) => (
          <Job key={view.id} view={view} />
        ))}
      </ul>
    </section>
  )
}

function Job({ view }: { view: ProcessView }) {
  const { nowMs, known } = useApp()
  const { progress, status, name } = view
  const percent = progress?.percent ?? null
  const paused = status === 'paused'
  const end = progress?.etaMs == null || paused ? null : clockWords(new Date(nowMs + progress.etaMs).toISOString())
  const left = progress === null ? null : outlookWords(progress)
  // Between two attempts nothing of it runs.
  const waits = status === 'retrying'
  const state = paused ? 'Paused' : waits ? statusWords(view, nowMs) : `for ${durationWords(uptimeMs(view, nowMs))}`
  return (
    <li aria-label={name}>
      <a class="name cut" href={linkTo(name)} title={name}>
        {name}
      </a>
      <span class="num">{percent === null ? '' : wholePercent(percent)}</span>
      <progress
        max={100}
        {...(percent === null && !waits ? {} : { value: percent ?? 0 })}
        class={percent === null && !waits ? 'unknown' : paused ? 'held' : undefined}
        aria-label={`Progress of ${name}`}
      />
      <small class="cut">{(progress && !waits && (amountWords(progress) ?? progress.message)) || state}</small>
      <small class="num">
        {known.link === 'away'
          ? ''
          : waits
            ? ''
            : [left, end].filter(Boolean).join(', ') || (status === 'running' ? 'no estimate' : stateOf(view))}
      </small>
    </li>
  )
}

export function UpNext({ views }: { views: readonly ProcessView[] }) {
  const nowMs = useNow(1000)
  const next = comesNext(views, nowMs, MOST)
  if (next.length === 0) return null
  return (
    <section class="panel" aria-labelledby="h-next">
      <header>
        <h2 id="h-next">Up next</h2>
      </header>
      <ol class="nexts">
        {next.map(({ view, when, note, atMs }) => (
          <li key={view.id}>
            <span
              class="quiet cut"
              title={atMs > 0 ? exactly(view.nextRunAt!) : view.queue?.limit ? `limit ${view.queue.limit}` : undefined}
            >
              {when}
            </span>
            <a class="name cut" href={linkTo(view.name)} title={view.name}>
              {view.name}
            </a>
            <small class="num">{note}</small>
          </li>
        ))}
      </ol>
    </section>
  )
}

const HOUR_MS = 3_600_000

export function Lately({ past: { timeline } }: { past: Past }) {
  const nowMs = useNow(15_000)
  const all = timeline === null ? [] : happened(timeline, nowMs - HOUR_MS, 14)
  if (all.length === 0) return null
  return (
    <section class="panel" aria-labelledby="h-lately">
      <header>
        <h2 id="h-lately">Lately</h2>
        <small>
          <a href="#/activity">Activity</a>
        </small>
      </header>
      <ol class="lates">
        {all.map(({ key, name, state, text, fromMs, atMs }) => {
          const [from, to] = [fromMs, atMs].map((ms) => clockWords(new Date(ms).toISOString()))
          return (
            <li key={key}>
              <time class="quiet num" dateTime={new Date(atMs).toISOString()} title={exactly(new Date(atMs).toISOString())}>
                {from === to ? to : `${from}–${to}`}
              </time>
              <Mark state={state} />
              <span class="cut" title={`${name} ${text}`}>
                <a class="name" href={linkTo(name)}>
                  {name}
                </a>{' '}
                {text}
              </span>
            </li>
          )
        })}
      </ol>
    </section>
  )
}
