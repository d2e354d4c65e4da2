/** A status in the words of the CLI, with a mark that does not need colours. */
import type { ProcessView } from '../../protocol/view.ts'
import { STATES, stateOf } from '../../words/states.ts'
import { statusWords } from '../../words/status.ts'
import { sentence } from '../../words/text.ts'
import { useApp } from '../app-state.ts'

export function StatusText({ view }: { view: ProcessView }) {
  const { nowMs } = useApp()
  const { hue, mark } = STATES[stateOf(view)]
  return (
    <span class={`status ${hue}`} title={view.reason ?? undefined}>
      <span aria-hidden="true">{mark}</span> {sentence(statusWords(view, nowMs, true))}
      {view.health === 'healthy' && <small> healthy</small>}
    </span>
  )
}
