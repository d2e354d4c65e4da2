/** Heads of the columns: a press sorts by one, another turns it round. */
import { Icon } from '../../parts/icon.tsx'
import type { Selection, Sort } from '../../selection.ts'

const COLUMNS: readonly (readonly [name: string, sort: Sort | null, shown: string])[] = [
  ['c-mark', 'status', ''],
  ['c-name', 'name', 'Name'],
  ['c-owner', null, 'Owner'],
  ['c-runs', null, 'Last 30 runs'],
  ['c-cpu', 'cpu', 'CPU'],
  ['c-mem', 'memory', 'Memory'],
  ['c-up', 'newest', 'Up, ended'],
]

interface HeadsProps {
  selection: Selection
  onChange(changes: Partial<Selection>): void
}

export const Heads = ({ selection, onChange }: HeadsProps) => (
  // biome-ignore-start lint/a11y: a grid with a focus of its own, see useCursor
  <div class="heads" role="row">
    {COLUMNS.map(([name, sort, shown]) => {
      const isBy = sort !== null && selection.sort === sort
      const direction = isBy ? (selection.reverse ? 'ascending' : 'descending') : 'none'
      return (
        <span key={name} class={name} role="columnheader" aria-sort={sort === null ? undefined : direction}>
          {sort === null ? (
            shown
          ) : (
            <button
              type="button"
              tabIndex={-1}
              title={sort === 'status' ? 'Worst first' : undefined}
              aria-label={sort === 'status' ? 'Status, worst first' : undefined}
              onClick={() => onChange({ sort, reverse: isBy && !selection.reverse })}
            >
              {shown}
              {(isBy || sort === 'status') && <Icon name="down" />}
            </button>
          )}
        </span>
      )
    })}
  </div>
  // biome-ignore-end lint/a11y: a grid with a focus of its own, see useCursor
)
