/** A form of settings, as what differs from the present ones. */
import type { Definition, DefinitionInput } from '../protocol/definition.ts'
import { parseDuration, parseSize } from '../protocol/duration.ts'

export const RESTARTS = ['always', 'on-failure', 'never'] as const

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
] as const
const SIZES = [
  ['G', 1024 ** 3],
  ['M', 1024 ** 2],
  ['k', 1024],
] as const

/** Exactly what `parseDuration` reads again: `90s` is not said as `1m 30s`. */
export function durationText(ms: number | null): string {
  if (ms === null) return ''
  const [unit, size] = UNITS.find(([, each]) => ms % each === 0) ?? ['ms', 1]
  return `${ms / size}${unit}`
}

export function sizeText(bytes: number | null): string {
  if (bytes === null) return ''
  const [unit, size] = SIZES.find(([, each]) => bytes % each === 0) ?? ['', 1]
  return `${bytes / size}${unit}`
}

function parsed(text: string, parse: (text: string) => number | null, what: string): number | null {
  if (text === '') return null
  const value = parse(text)
  if (value === null) throw new Error(`cannot read ${text} as a ${what}`)
  return value
}

/** `field` gives the text of a field of the form, null where it has none. Throws an Error that says which text cannot be read. */
export function changesOf(definition: Definition, field: (name: string) => string | null): Partial<DefinitionInput> {
  const read: Partial<Record<string, (text: string) => string | number | null>> = {
    title: (text) => text || null,
    description: (text) => text || null,
    restart: (text) => text,
    timeoutMs: (text) => parsed(text, parseDuration, 'time; try 30s, 10m or 2h'),
    maxMemoryBytes: (text) => parsed(text, parseSize, 'size; try 512M or 2G'),
    priority: Number,
    retries: Number,
  }
  const changes: Record<string, string | number | null> = {}
  for (const [name, parse] of Object.entries(read)) {
    const text = field(name)
    if (text === null) continue
    const value = parse!(text.trim())
    if (value !== definition[name as keyof Definition]) changes[name] = value
  }
  return changes as Partial<DefinitionInput>
}
