/** The fields of a definition as the texts of a form: one entry a line where there may be several. What is shown is read as the same. */
import type { Definition } from '../../protocol/definition.ts'
import type { Field } from '../../protocol/field.ts'
import { fields } from '../../protocol/fields.ts'
import type { Condition } from '../../protocol/names.ts'
import { joinWords, shellCommand, splitWords } from '../../protocol/shell-words.ts'
import { BETWEEN, Misread } from '../../protocol/values.ts'

export type FieldName = keyof Definition

/** How long a dependency is waited for where the text does not say it. */
export type UsualCondition = (name: string) => Condition

export const rowOf = (field: FieldName): Field => fields()[field]

/** Texts in which line breaks and blanks at the ends count. */
const AS_TYPED: ReadonlySet<FieldName> = new Set([
  'description',
  'preStart',
  'postStart',
  'preStop',
  'postStop',
  'stopSend',
  'health',
])

export const hasLines = (field: FieldName): boolean =>
  field === 'command' || rowOf(field).repeat !== undefined || (AS_TYPED.has(field) && field !== 'stopSend')

/** Empty for nothing. */
export function textOf(field: FieldName, value: unknown): string {
  if (value === null || value === undefined) return ''
  if (field === 'command') return joinWords(value as string[])
  const { repeat, value: row } = rowOf(field)
  if (repeat === 'list') return (value as unknown[]).map((one) => asLine(String(row.write(one)))).join('\n')
  if (repeat === 'map')
    return Object.entries(value)
      .map(([key, one]) => asLine(`${key}=${field === 'metadata' ? metadataText(one) : String(one)}`))
      .join('\n')
  const written = String(row.write(value))
  return row.kind === 'signal' ? written.replace(/^SIG/, '') : written
}

/** Throws Misread. */
export function read(field: FieldName, text: string, usual: UsualCondition): unknown {
  const { repeat, none, default: byDefault, value } = rowOf(field)
  if (field === 'command') return readCommand(text)
  const written = AS_TYPED.has(field) ? text : text.trim()
  const isNone = written.trim() === 'none' && none === true
  if (repeat !== undefined) {
    const lines = isNone ? [] : written.split('\n').map(fromLine)
    const entries = lines.filter((line) => line !== '').map((line) => readEntry(field, value.parse, line, usual))
    return repeat === 'map' ? Object.fromEntries(entries as [string, unknown][]) : entries
  }
  if (isNone || (written === '' && (none || byDefault === null))) return null
  // Of a list with commas.
  if (written === '' && value.item !== undefined) return []
  return value.parse(written, WHERE)
}

/** As hints continue: `write it as 022`. */
const WHERE = 'it as'

function readEntry(
  field: FieldName,
  parse: (text: string, where: string) => unknown,
  line: string,
  usual: UsualCondition,
): unknown {
  if (field === 'hooks')
    return parse(
      line.replace(TRIGGERS, (_, on: string) => on.replace(/\s/g, '') + BETWEEN),
      WHERE,
    )
  const entry = parse(line, WHERE)
  if (field !== 'after') return entry
  const { name, condition } = entry as { name: string; condition: Condition | null }
  return { name, condition: condition ?? usual(name) }
}

/** `failed, done exec:COMMAND`: up to its second part. */
const TRIGGERS = /^([^\s,]+(?:\s*,\s*[^\s,]+)*)\s+/

function readCommand(text: string): string[] {
  if (text.trim() === '') throw new Misread('', 'it is empty', 'write a program and its arguments')
  if (hasOpenQuote(text)) throw new Misread(text, 'a quote is not closed', 'close it, or write \\ before it')
  return splitWords(text) ?? shellCommand(text)
}

const hasOpenQuote = (text: string): boolean => /["']/.test(text.replace(/\\.|'[^']*'|"(?:\\.|[^"\\])*"/gs, ''))

/** Programs write numbers and maps, people texts: what would be read as JSON is written as JSON. */
function metadataText(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value)
  try {
    JSON.parse(value)
    return JSON.stringify(value)
  } catch {
    return value
  }
}

/** A text that is no line, or would be read as another one, is quoted. */
const asLine = (text: string): string =>
  text === '' || text === 'none' || /^["\s]|\s$|[\r\n]/.test(text) ? JSON.stringify(text) : text

function fromLine(line: string): string {
  const text = line.trim()
  if (!text.startsWith('"')) return text
  try {
    const read: unknown = JSON.parse(text)
    return typeof read === 'string' ? read : text
  } catch {
    return text
  }
}

/** As a sentence. */
export function whyMisread(error: unknown): string {
  if (!(error instanceof Misread)) throw error
  const { text, message, hint } = error
  return `${text === '' ? 'cannot be empty' : `cannot read ${text}: ${message}`}; ${hint}`
}
