/** A row of the table of fields (fields.ts), and how rows are written. */
import type * as values from './values.ts'

export interface Field {
  value: values.Value<unknown>
  /** As the option is written; absent = set in another way. */
  flag?: string
  group?: string
  about?: string
  /** Help of the option that turns it off, where it is on by default. */
  off?: string
  /** May be repeated: the values together are a list, or a map. */
  repeat?: 'list' | 'map'
  /** `none` clears it: null, or an empty list. */
  none?: true
  /** Absent = it depends on the kind, or on the policy of the type. */
  default?: unknown
  /** A run keeps what it began with; absent = a change takes effect at once. */
  effect?: 'next run'
  /** `show` has another place for it, or none. */
  unshown?: true
  /** What looks like a secret in it is masked in every view. */
  masked?: true
}
type More = Omit<Field, 'value' | 'flag' | 'group' | 'about'>

export const plain = (value: values.Value<unknown>, more: More): Field => ({ value, ...more })
export const option = (flag: string, about: string, value: values.Value<unknown>, more?: More): Field => ({
  flag,
  about,
  value,
  ...more,
})
export const inGroup = <K extends string>(group: string, rows: Record<K, Field>): Record<K, Field> => {
  for (const key in rows) rows[key].group = group
  return rows
}

export const NULLABLE = { none: true, default: null } as const
export const NEXT_RUN = { effect: 'next run' } as const
