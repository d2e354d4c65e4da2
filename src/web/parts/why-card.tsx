import type { CheckView, ProcessView } from '../../protocol/view.ts'
import { needsSomebody, STATES, stateOf } from '../../words/states.ts'
import { sentence } from '../../words/text.ts'
import { reasonOf } from '../../words/why.ts'
import { plainText } from '../ansi.ts'
import { useApp } from '../app-state.ts'
import { linkTo } from '../route.ts'
import { Mark } from './icon.tsx'

export function WhyCard({ view, check }: { view: ProcessView; check: CheckView | null }) {
  const { nowMs, known } = useApp()
  if (!needsSomebody(view) && view.status !== 'retrying') return null
  const state = stateOf(view)
  const lines = view.failure?.lines ?? []
  return (
    <section class={`why-card ${STATES[state].hue}`} aria-label="Why">
      <Mark state={state} />
      <h2>{sentence(STATES[state].word)}</h2>
      <p>{reasonOf(view, state === 'unhealthy' ? check : null, nowMs, known.link === 'away')}</p>
      {lines.length > 0 && <Lines lines={lines} />}
      <p>
        <a href={linkTo(view.name, 'log')}>All of its log</a>
        {view.seen != null && <span class="quiet"> · marked as seen by {view.seen.by}</span>}
      </p>
    </section>
  )
}

/** A guess, as an aid to the eye; what is meant is in the words. */
const TONES: readonly (readonly [RegExp, string])[] = [
  [/\b(error|fatal|panic|exception|failed|failure)\b|^\s*[\u2716\u2717]/i, 'err'],
  [/\bwarn(ing)?\b/i, 'warn'],
]

export function Lines({ lines }: { lines: readonly string[] }) {
  return (
    <ol class="lines" aria-label="Last lines of stderr">
      {lines.map((line, index) => (
        <li key={index} class={TONES.find(([pattern]) => pattern.test(line))?.[1]}>
          {plainText(line)}
        </li>
      ))}
    </ol>
  )
}
