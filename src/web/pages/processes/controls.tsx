/** Above the list: search, filters with live counts, the grouping, and what waits to move. */
import type { RefObject } from 'preact'
import { useMemo } from 'preact/hooks'
import type { ProcessView } from '../../../protocol/view.ts'
import { GROUPINGS, type Grouping } from '../../../words/groups.ts'
import type { State } from '../../../words/states.ts'
import { sentence } from '../../../words/text.ts'
import { Icon, Mark } from '../../parts/icon.tsx'
import { countsOf, FILTERS, type ListFilter, type Selection, SORTS, type Sort } from '../../selection.ts'

const FACES: Readonly<Record<ListFilter, readonly [word: string, mark: State | null]>> = {
  all: ['All', null],
  attention: ['Need you', 'crash loop'],
  running: ['Running', 'running'],
  starting: ['Starting', 'retrying'],
  waiting: ['Waiting', 'pending'],
  paused: ['Paused', 'paused'],
  ended: ['Ended', 'done'],
}

const SORT_WORDS: Readonly<Record<Sort, string>> = {
  status: 'Worst first',
  name: 'Name',
  cpu: 'CPU',
  memory: 'Memory',
  newest: 'Newest',
}

interface ControlsProps {
  search: RefObject<HTMLInputElement | null>
  views: readonly ProcessView[]
  selection: Selection
  moved: number
  onChange(changes: Partial<Selection>): void
  onRelease(): void
}

export function Controls({ search, views, selection, moved, onChange, onRelease }: ControlsProps) {
  const counts = useMemo(() => countsOf(views), [views])
  const { filter, text, sort, group, project, owner } = selection
  return (
    <div class="list-bars">
      <div class="bar">
        <input
          ref={search}
          type="search"
          class="search"
          placeholder="Name, tag, status, command ( / )"
          aria-label="Search by name, type, owner, tag, status or command"
          value={text}
          onInput={(event) => onChange({ text: event.currentTarget.value })}
          onKeyDown={(event) => event.key === 'Escape' && onChange({ text: '' })}
        />
        {project !== null && <Chosen what="Project" value={project || 'none'} onClear={() => onChange({ project: null })} />}
        {owner !== null && <Chosen what="Owner" value={owner} onClear={() => onChange({ owner: null })} />}
        <label class="bar end">
          <span class="quiet">Group</span>
          <select
            aria-label="Group by"
            value={group}
            onChange={({ currentTarget }) => onChange({ group: currentTarget.value as Grouping })}
          >
            {GROUPINGS.map((each) => (
              <option key={each} value={each}>
                {sentence(each)}
              </option>
            ))}
          </select>
        </label>
        <label class="bar">
          <span class="quiet">Sort</span>
          <select
            aria-label="Sort by"
            value={sort}
            onChange={({ currentTarget }) => onChange({ sort: currentTarget.value as Sort, reverse: false })}
          >
            {SORTS.map((each) => (
              <option key={each} value={each}>
                {SORT_WORDS[each]}
              </option>
            ))}
          </select>
        </label>
      </div>
      <fieldset class="bar filters">
        <legend class="hidden">Which processes</legend>
        {FILTERS.map((each) => {
          const [word, mark] = FACES[each]
          // An empty kind is no choice, unless it is the present one.
          if (counts[each] === 0 && each !== 'all' && each !== filter) return null
          return (
            <button
              key={each}
              type="button"
              class="chip"
              aria-pressed={filter === each}
              onClick={() => onChange({ filter: each })}
            >
              {mark !== null && <Mark state={mark} />}
              {word} <b>{counts[each]}</b>
            </button>
          )
        })}
        {moved > 0 && (
          <button type="button" class="plain end" onClick={onRelease}>
            {moved} moved
          </button>
        )}
      </fieldset>
    </div>
  )
}

const Chosen = ({ what, value, onClear }: { what: string; value: string; onClear: () => void }) => (
  <button type="button" class="chip" aria-pressed="true" title="Remove this filter" onClick={onClear}>
    {what} <b>{value}</b>
    <Icon name="x" />
  </button>
)
