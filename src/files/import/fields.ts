/** The table of a foreign format: meaning, reader and differences of each field. Reader, report and docs/import.md use it. */
import { PtrackError } from '../../protocol/errors.ts'
import { nearest } from '../../protocol/suggest.ts'
import type { FieldNote, FileProcess } from '../file-process.ts'

/** Where a value differs from the row of the table. */
type Outcome = Partial<Pick<FieldNote, 'verdict' | 'became' | 'why'>> & {
  parts?: readonly { field: string; why: string }[]
}

/** One row; `State` is what the reader of the format gathers for one process. */
export interface Field<State> {
  /** The documented name first, then aliases. A trailing `*` stands for any rest. */
  names: readonly [string, ...string[]]
  verdict: FieldNote['verdict']
  /** In ptrack's words. */
  became: string | null
  why: string | null
  read?: (value: Value, state: State) => Outcome | undefined
}

/** Of the file, not of one of its processes. */
export const fileNote = (
  field: string,
  verdict: FieldNote['verdict'],
  why: string | null,
  line: number | null = null,
): FieldNote => ({ process: null, field, verdict, became: null, why, line })

const bad = (at: string, why: string): PtrackError =>
  new PtrackError('BAD_FILE', `cannot import ${at}: ${why}`, { hint: 'mend the file; nothing was started' })

/** A value of a file, read as the required type. Everything else is BAD_FILE, naming the place. */
export class Value {
  /** `at` names it in errors, such as `web: kill_timeout`; `field` as written. */
  readonly raw: unknown
  readonly at: string
  readonly field: string

  constructor(raw: unknown, at: string, field: string) {
    this.raw = raw
    this.at = at
    this.field = field
  }

  fail(expected: string): PtrackError {
    return bad(this.at, `${JSON.stringify(this.raw)} is not ${expected}`)
  }

  text(): string {
    if (typeof this.raw === 'string') return this.raw
    if (typeof this.raw === 'number' || typeof this.raw === 'boolean') return String(this.raw)
    throw this.fail('a text')
  }

  number(min = 0): number {
    const number = typeof this.raw === 'string' && this.raw.trim() !== '' ? Number(this.raw) : this.raw
    if (typeof number !== 'number' || !Number.isFinite(number) || number < min) throw this.fail(`a number from ${min}`)
    return number
  }

  flag(): boolean {
    if (typeof this.raw === 'boolean') return this.raw
    const text = typeof this.raw === 'string' ? this.raw.toLowerCase() : ''
    if (['true', 'yes', 'on', '1'].includes(text)) return true
    if (['false', 'no', 'off', '0', 'none', ''].includes(text) && typeof this.raw === 'string') return false
    throw this.fail('true or false')
  }

  list(): string[] {
    return (Array.isArray(this.raw) ? this.raw : [this.raw]).map((one) => new Value(one, this.at, this.field).text())
  }

  record(): Record<string, unknown> {
    if (!isRecord(this.raw)) throw this.fail('an object')
    return this.raw
  }

  inner(key: string): Value {
    return new Value(this.record()[key], `${this.at}.${key}`, key)
  }
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const matches = (pattern: string, key: string): boolean =>
  pattern.endsWith('*') ? key.startsWith(pattern.slice(0, -1)) && key.length >= pattern.length : pattern === key

export interface Place {
  /** As in notes; null = the whole file. */
  process: string | null
  /** 1-based line of a field. */
  lineOf: (key: string) => number | null
}

/** Reads every field of `record` by its row, into `state`; one note for each, in the order of the file. */
export function readFields<State>(
  table: readonly Field<State>[],
  record: Record<string, unknown>,
  state: State,
  place: Place,
): FieldNote[] {
  const notes: FieldNote[] = []
  for (const [key, raw] of Object.entries(record)) {
    if (raw === undefined || raw === null) continue
    const at = { process: place.process, field: key, line: place.lineOf(key) }
    const row =
      table.find(({ names }) => names.includes(key)) ?? table.find(({ names }) => names.some((name) => matches(name, key)))
    if (row === undefined) {
      const near = nearest(
        key,
        table.flatMap(({ names }) => names).filter((name) => !name.endsWith('*')),
      )
      notes.push({
        ...at,
        verdict: 'ignored',
        became: null,
        why: `unknown field${near === null ? '' : `; did you mean ${near}?`}`,
      })
      continue
    }
    const { parts = [], ...outcome } = row.read?.(new Value(raw, `${place.process ?? 'the file'}: ${key}`, key), state) ?? {}
    notes.push({ ...at, verdict: row.verdict, became: row.became, why: row.why, ...outcome })
    for (const { field, why } of parts) notes.push({ ...at, field: `${key}.${field}`, verdict: 'ignored', became: null, why })
  }
  return notes
}

export const emptyProcess = (name: string, cwd: string): FileProcess => ({
  definition: { name, kind: 'service', command: [], cwd },
  env: {},
  cleanEnv: false,
  instances: 1,
  autostart: true,
  instanceEnv: [],
})

/** A valid name for ptrack, from that of another program. */
export function importedName(name: string): string {
  const plain = name
    .replace(/[^A-Za-z0-9_.@+-]/g, '-')
    .replace(/^[^A-Za-z0-9_]+/, '')
    .slice(0, 110)
  if (plain === '' || plain === 'all') return `process${plain}`
  return /^\d+$/.test(plain) ? `p${plain}` : plain
}
