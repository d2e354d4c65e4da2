/** In what a definition differs from one that is there: a plan shows it, and `start --if-missing` refuses it. */
import { Definition, type DefinitionInput } from './definition.ts'
import { FILE_KEY } from './file-key.ts'
import { resolveDefinition } from './resolve-definition.ts'
import type { TypePolicy } from './settings.ts'
import { withDrawnPorts } from './sockets.ts'

export interface FieldChange {
  field: string
  /** For variables without values: they may be secrets. */
  before: unknown
  after: unknown
}

/** With every default, as the daemon would keep it; `auto` ports are its present ones. */
export function foretell(
  input: DefinitionInput,
  policies: Readonly<Record<string, TypePolicy>>,
  has: readonly number[],
  hasSockets: Definition['sockets'] = [],
): Definition {
  const raw = Definition.parse(input)
  const ports = raw.ports.map((port, index) => (port === 'auto' ? (has[index] ?? 0) : port))
  const drawn = hasSockets.map(({ port }) => port)
  return resolveDefinition({ ...raw, sockets: withDrawnPorts(raw.sockets, drawn) } as never, ports, policies)
}

/** Its name apart, and which file brought it. */
export function differences(before: Definition, after: Definition): FieldChange[] {
  const unlike = (a: unknown, b: unknown): boolean => canonical(a) !== canonical(b)
  return (Object.keys(after) as (keyof Definition)[])
    .filter((field) => field !== 'name' && field !== 'instance')
    .map((field) => {
      const without = (value: unknown): unknown => {
        if (field !== 'metadata') return value
        const { [FILE_KEY]: _mark, ...rest } = value as Record<string, unknown>
        return rest
      }
      return { field, before: without(before[field]), after: without(after[field]) }
    })
    .filter((each) => unlike(each.before, each.after))
}

/** The order of keys means nothing. */
export const canonical = (value: unknown): string =>
  JSON.stringify(value ?? null, (_key, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  )

/** Of variables that were set for it. */
export function variableChanges(before: Record<string, string>, after: Record<string, string>): FieldChange[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()
  return names
    .filter((name) => before[name] !== after[name])
    .map((name) => ({
      field: `env.${name}`,
      before: before[name] === undefined ? null : 'set',
      after: after[name] === undefined ? null : before[name] === undefined ? 'set' : 'another value',
    }))
}
