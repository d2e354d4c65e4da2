/** From an entry of ptrack.yaml to the fields of a definition, and back. */
import type { DefinitionInput } from '../../protocol/definition.ts'
import type { Field } from '../../protocol/field.ts'
import { fields, keyOf } from '../../protocol/fields.ts'
import type { ProcessEntry } from './schema.ts'

/** Handled separately, or absent. */
const APART = new Set(['name', 'instance', 'command', 'cwd', 'after'])
const ROWS = Object.entries(fields()).filter(([field]) => !APART.has(field))

export function definitionFields(entry: ProcessEntry): Partial<DefinitionInput> {
  const given = entry as Record<string, unknown>
  const found: Record<string, unknown> = {}
  for (const [field] of ROWS) if (given[keyOf(field)] !== undefined) found[field] = given[keyOf(field)]
  if (entry.port !== undefined) found.ports = [entry.port, ...(entry.ports ?? [])]
  return found as Partial<DefinitionInput>
}

/** Lists and maps stay as they are. */
function written({ value: { write }, none, repeat }: Field, value: unknown): unknown {
  if (value === null) return none ? 'none' : null
  return repeat || Array.isArray(value) ? value : write(value)
}

/** The key and value of a definition's field in ptrack.yaml. */
export function writtenField(field: string, value: unknown): { key: string; value: unknown } {
  const row = ROWS.find(([name]) => name === field)?.[1]
  return { key: keyOf(field), value: row && value !== undefined ? written(row, value) : value }
}

export function entryFields(definition: Partial<DefinitionInput>): Record<string, unknown> {
  const entry: Record<string, unknown> = {}
  for (const [field, row] of ROWS) {
    const value = definition[field as keyof DefinitionInput]
    if (value !== undefined) entry[keyOf(field)] = written(row, value)
  }
  return entry
}
