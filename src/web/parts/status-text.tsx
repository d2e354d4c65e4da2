/** A status in the words of the CLI, with a mark that does not need colours. */
import type { ProcessView } from '../../protocol/view.ts'
import { statusTone, statusWords } from '../../words/status.ts'
import { useApp } from '../app-state.ts'

const MARKS = { good: '●', bad: '▲', quiet: '○', busy: '◐' } as const

export function StatusText({ view }: { view: ProcessView }) {
  const { nowMs } = useApp()
  const tone = statusTone(view)
  return (
    <span class={`status ${tone}`} title={view.reason ?? undefined}>
      <span aria-hidden="true">{MARKS[tone]}</span> {statusWords(view, nowMs, true)}
      {view.health === 'healthy' && <small> healthy</small>}
    </span>
  )
}
