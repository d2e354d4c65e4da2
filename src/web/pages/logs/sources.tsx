/** Which processes are read: by project, one by one, or all that a pattern means. */
import { useState } from 'preact/hooks'
import { shortName } from '../../../protocol/project.ts'
import type { ProcessView } from '../../../protocol/view.ts'
import { groupsOf } from '../../../words/groups.ts'
import { naturalOrder } from '../../../words/natural-order.ts'
import { stateOf } from '../../../words/states.ts'
import { ownHeights } from '../../heights.ts'
import { coloursOf, found, MOST_SOURCES } from '../../logs/choices.ts'
import { Mark } from '../../parts/icon.tsx'
import { Virtual } from '../../parts/virtual.tsx'

interface SourcesProps {
  views: readonly ProcessView[]
  /** Ids. */
  chosen: ReadonlySet<string>
  onChoose(ids: ReadonlySet<string>): void
}

const byName = (a: ProcessView, b: ProcessView): number => naturalOrder(a.name, b.name)

export function Sources({ views, chosen, onChoose }: SourcesProps) {
  const [text, setText] = useState('')
  const shown = found(views, text)
  const colours = coloursOf(views)
  const rows = groupsOf(shown, 'project', byName).flatMap(({ key, name, cells }) => {
    const members = cells.flatMap((cell) => cell.views).sort(byName)
    return [{ key, name, members }, ...members.map((view) => ({ key: view.id, view }))]
  })
  const change = (members: readonly ProcessView[], isOn: boolean): void => {
    const next = new Set(chosen)
    for (const { id } of members) {
      if (isOn) next.add(id)
      else next.delete(id)
    }
    onChoose(next)
  }
  const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize)
  return (
    <>
      <header>
        <h2>Processes</h2>
        <small>
          {chosen.size} of {views.length}
        </small>
      </header>
      <div class="source-bar">
        <input
          type="search"
          placeholder="Name, shop/*, tag:shop"
          aria-label="Find a process"
          value={text}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
          onKeyDown={(event) => event.key === 'Escape' && setText('')}
        />
        {shown.length > 0 && (
          <button
            type="button"
            disabled={shown.length > MOST_SOURCES}
            onClick={() => onChoose(new Set(shown.map(({ id }) => id)))}
          >
            {text.trim() === '' ? 'All' : `Only these ${shown.length}`}
          </button>
        )}
      </div>
      {shown.length === 0 ? (
        <p class="nothing">No process is called so.</p>
      ) : (
        <Virtual
          class="source-list"
          label="Processes to read"
          heights={ownHeights(rows.length, () => 1.75 * rem)}
          tabIndex={-1}
          row={(index) => {
            const row = rows[index]!
            if ('view' in row) {
              const { view } = row
              return (
                <label key={row.key} class="source">
                  <input
                    type="checkbox"
                    checked={chosen.has(view.id)}
                    onChange={({ currentTarget }) => change([view], currentTarget.checked)}
                  />
                  <b class={`tick ${colours.get(view.name)}`} aria-hidden="true" />
                  <span class="cut" title={view.name}>
                    {view.project === null ? view.name : shortName(view.name)}
                  </span>
                  <Mark state={stateOf(view)} named />
                </label>
              )
            }
            const count = row.members.filter(({ id }) => chosen.has(id)).length
            return (
              <label key={row.key} class="source of">
                <input
                  type="checkbox"
                  checked={count === row.members.length}
                  ref={(box) => {
                    if (box) box.indeterminate = count > 0 && count < row.members.length
                  }}
                  onChange={({ currentTarget }) => change(row.members, currentTarget.checked)}
                />
                <span class="cut">{row.name === '' ? 'No project' : row.name}</span>
                <small>
                  {count} of {row.members.length}
                </small>
              </label>
            )
          }}
        />
      )}
      {chosen.size >= MOST_SOURCES && <p class="quiet inside">{MOST_SOURCES} are read at once, the others not.</p>}
    </>
  )
}
