/** Somebody else was faster: what he has changed, beside what is wanted here. */
import { keyOf } from '../../../protocol/fields.ts'
import type { FieldChange, Shown } from '../../form/changes.ts'
import { shownText } from '../../form/changes.ts'
import { type FieldName, textOf } from '../../form/texts.ts'

interface ConflictProps {
  shown: Shown
  now: Readonly<Record<string, unknown>>
  rows: readonly FieldChange[]
}

export function Conflict({ shown, now, rows }: ConflictProps) {
  return (
    <>
      <p class="because" role="alert">
        It was changed meanwhile, so nothing was saved.
      </p>
      <ul class="diff" aria-label="What was changed meanwhile">
        {Object.entries(now).map(([field, value]) => {
          const name = field as FieldName
          return (
            <li key={field}>
              <b class="mono">{keyOf(field)}</b>
              <del class={shownText(name, shown) === '' ? 'quiet' : 'mono'}>{shownText(name, shown) || 'nothing'}</del>
              <span aria-hidden="true">→</span>
              {/* What looks like a secret in it is masked only in the view. */}
              <ins class="mono">{name === 'metadata' ? 'other entries' : textOf(name, value) || 'nothing'}</ins>
              <small>
                You want <span class="mono">{rows.find((row) => row.field === field)?.after || 'nothing'}</span>
              </small>
            </li>
          )
        })}
      </ul>
    </>
  )
}
