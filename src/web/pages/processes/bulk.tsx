/** What can be done to all that are marked: it asks, with their number, and of more than five the number has to be typed. */
import type { ProcessView } from '../../../protocol/view.ts'
import { counted } from '../../../words/short.ts'
import type { Action } from '../../../words/takes.ts'
import { actOn, ask, useApp } from '../../app-state.ts'
import { Icon } from '../../parts/icon.tsx'
import { ACTION_ICONS } from '../../parts/row-actions.tsx'
import { ACTION_WORDS, actionsFor } from '../../rights.ts'

const OFFERED = ['start', 'restart', 'stop', 'cancel', 'delete'] as const satisfies readonly Action[]
const FEW = 5

export function Bulk({ views, onDone }: { views: readonly ProcessView[]; onDone: () => void }) {
  const { session, known } = useApp()
  if (!session) return null
  const run = async (action: Action, meant: readonly ProcessView[]): Promise<void> => {
    const names = meant.slice(0, FEW).map(({ name }) => name)
    const more = meant.length - names.length
    const typed = meant.length > FEW ? { typed: String(meant.length) } : {}
    const title = `${ACTION_WORDS[action]} ${counted(meant.length, 'process', 'processes')}?`
    const text = `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}.`
    if (action !== 'start' && !(await ask({ title, text, yes: ACTION_WORDS[action], ...typed }))) return
    await actOn(action, meant)
    onDone()
  }
  return (
    <section class="bulk" aria-label="Marked processes">
      <b>{views.length} selected</b>
      {OFFERED.map((action) => {
        const meant = views.filter((view) => actionsFor(session, view).includes(action))
        if (meant.length === 0) return null
        return (
          <button
            key={action}
            type="button"
            class={action === 'delete' ? 'danger' : undefined}
            disabled={known.link !== 'here'}
            onClick={() => void run(action, meant)}
          >
            <Icon name={ACTION_ICONS[action]} />
            {ACTION_WORDS[action]} {meant.length < views.length && meant.length}
            {action !== 'start' && '…'}
          </button>
        )
      })}
      <button type="button" class="tool" aria-label="Select none" title="Select none" onClick={onDone}>
        <Icon name="x" />
      </button>
    </section>
  )
}
