/** What a form changes of a definition: read, compared and said before it is saved. Pure. */
import type { Definition } from '../../protocol/definition.ts'
import { isForNextRun, keyOf } from '../../protocol/fields.ts'
import { FILE_KEY, givenMetadata } from '../../protocol/file-key.ts'
import { type FieldName, read, textOf, type UsualCondition, whyMisread } from './texts.ts'

type Texts = Readonly<Partial<Record<string, string>>>
type Metadata = Readonly<Record<string, unknown>>

/** What a form shows of a process: `metadata` with what looks like a secret masked. */
export interface Shown {
  definition: Definition
  metadata: Metadata
}

export interface FieldChange {
  field: string
  /** As it is written in ptrack.yaml. */
  key: string
  before: string
  after: string
  effect: Effect
}

export type Effect = 'now' | 'after a restart' | 'at the next run'

export interface Changes {
  /** For `set`. */
  changes: Partial<Record<FieldName, unknown>>
  /** What these fields had. */
  expected: Partial<Record<FieldName, unknown>>
  rows: FieldChange[]
  /** By field: why its text cannot be read. */
  wrong: Partial<Record<string, string>>
}

/** Of a field as the form shows it. */
export const shownText = (field: FieldName, { definition, metadata }: Shown): string =>
  textOf(field, field === 'metadata' ? givenMetadata(metadata) : definition[field])

/** `isLive`: it runs, so that a run to come needs a restart. Fields without a text are left alone. */
export function changesOf(shown: Shown, texts: Texts, isLive: boolean, usual: UsualCondition): Changes {
  const found: Changes = { changes: {}, expected: {}, rows: [], wrong: {} }
  for (const [name, text] of Object.entries(texts)) {
    const field = name as FieldName
    const before = shownText(field, shown)
    if (text === undefined || text === before) continue
    let value: unknown
    try {
      value = read(field, text, usual)
    } catch (error) {
      found.wrong[field] = whyMisread(error)
      continue
    }
    const after = textOf(field, value)
    // `90 s` and `1m30s` are one time.
    if (after === before) continue
    found.changes[field] = field === 'metadata' ? withKept(shown, value as Metadata) : value
    found.expected[field] = shown.definition[field] ?? null
    found.rows.push({ field, key: keyOf(field), before, after, effect: effectOf(field, isLive) })
  }
  return found
}

export const effectOf = (field: string, isLive: boolean): Effect =>
  !isForNextRun(field) && !field.startsWith('env.') ? 'now' : isLive ? 'after a restart' : 'at the next run'

/** What is still masked has the value that it had, and the mark of its file stays. */
function withKept({ definition, metadata }: Shown, read: Metadata): Metadata {
  const kept = Object.entries(read).map(([key, value]) => [
    key,
    JSON.stringify(value) === JSON.stringify(metadata[key]) ? definition.metadata[key] : value,
  ])
  const mark = definition.metadata[FILE_KEY]
  return { ...Object.fromEntries(kept), ...(mark !== undefined && { [FILE_KEY]: mark }) }
}

/** Whether a field can be changed here: what is shown of it is read as the same. */
export function isWritable(field: FieldName, shown: Shown, usual: UsualCondition): boolean {
  const is = field === 'metadata' ? givenMetadata(shown.metadata) : shown.definition[field]
  const text = textOf(field, is)
  try {
    return text === '' || plain(read(field, text, usual)) === plain(is)
  } catch {
    return false
  }
}

/** What is null may as well be absent, and the order of keys means nothing. */
const plain = (value: unknown): string =>
  JSON.stringify(value, (_key, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(
          Object.entries(each)
            .filter(([, one]) => one !== null)
            .sort(([a], [b]) => (a < b ? -1 : 1)),
        )
      : each,
  )

/** After others have changed it: what was typed stays, what was not is as it is now. */
export function rebased(before: Shown, now: Shown, texts: Texts): Record<string, string> {
  const kept = Object.entries(texts).filter(([field, text]) => {
    const name = field as FieldName
    return text !== undefined && text !== shownText(name, before) && text !== shownText(name, now)
  })
  return Object.fromEntries(kept as [string, string][])
}

/** Variables as lines `NAME=VALUE`; null beside what cannot be read. */
export function readVariables(text: string): { set: Record<string, string>; wrong: string | null } {
  const set: Record<string, string> = {}
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const at = line.indexOf('=')
    const name = line.slice(0, at).trim()
    // Not the text itself: it may be a secret.
    if (at <= 0 || name === '')
      return { set, wrong: `cannot read line ${index + 1}: it has no \`=\` after a name; write NAME=VALUE` }
    set[name] = line.slice(at + 1)
  }
  return { set, wrong: null }
}

export function variableRows(set: Readonly<Record<string, string>>, has: readonly string[], isLive: boolean): FieldChange[] {
  return Object.keys(set).map((name) => ({
    field: `env.${name}`,
    key: `env.${name}`,
    before: has.includes(name) ? 'set' : '',
    after: has.includes(name) ? 'another value' : 'set',
    effect: effectOf(`env.${name}`, isLive),
  }))
}
