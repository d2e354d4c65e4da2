/** A status in the words of the CLI, with a mark that does not need colours. */
import type { ProcessView } from '../../protocol/view.ts'
import { STATES, stateOf } from '../../words/states.ts'
import { statusWords } from '../../words/status.ts'
import { sentence } from '../../words/text.ts'
import { useApp } from '../app-state.ts'
import { Mark } from './icon.tsx'

export function StatusText({ view }: { view: ProcessView }) {
  const { nowMs } = useApp()
  const state = stateOf(view)
  return (
    <span class={`status ${STATES[state].hue}`} title={view.reason ?? undefined}>
      <Mark state={state} />
      <span>
        {sentence(statusWords(view, nowMs, true))}
        {view.health === 'healthy' && <small> healthy</small>}
      </span>
    </span>
  )
}
