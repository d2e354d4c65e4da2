/** What will change, before it is saved: each field with what it has and what it gets, and when that takes effect. */
import type { FieldChange } from '../../form/changes.ts'

const EFFECTS: Readonly<Record<FieldChange['effect'], string>> = {
  now: 'Takes effect now',
  'after a restart': 'Takes effect after a restart',
  'at the next run': 'Takes effect at the next run',
}

export const Diff = ({ rows, name }: { rows: readonly FieldChange[]; name: string }) => (
  <ul class="diff" aria-label={name}>
    {rows.map(({ field, key, before, after, effect }) => (
      <li key={field}>
        <b class="mono">{key}</b>
        <del class={before === '' ? 'quiet' : 'mono'}>{before || 'nothing'}</del>
        <span aria-hidden="true">→</span>
        <ins class={after === '' ? 'quiet' : 'mono'}>{after || 'nothing'}</ins>
        <small>{EFFECTS[effect]}</small>
      </li>
    ))}
  </ul>
)
