/** What a tool takes: one description that a client reads as JSON Schema, and that is checked here. */
import { PtrackError } from '../../../protocol/errors.ts'
import { nearest } from '../../../protocol/suggest.ts'

interface About {
  description?: string
}
export type Field = About &
  (
    | { type: 'string'; enum?: readonly string[]; minLength?: number; maxLength?: number }
    | { type: 'number' | 'integer'; minimum: number; maximum: number; default?: number }
    | { type: 'boolean'; default?: boolean }
    | { type: 'array'; items: Field; minItems?: number; maxItems: number }
    | { type: 'object'; additionalProperties: Field; maxProperties: number }
    | { anyOf: readonly Field[] }
  )

export interface Schema {
  type: 'object'
  properties: Readonly<Record<string, Field>>
  required?: readonly string[]
  additionalProperties: false
}

export const takes = (properties: Record<string, Field>, required: readonly string[] = []): Schema => ({
  type: 'object',
  properties,
  ...(required.length > 0 ? { required } : {}),
  additionalProperties: false,
})

export const text = (description: string, maxLength = 4096): Field => ({ type: 'string', description, minLength: 1, maxLength })
export const flag = (description: string): Field => ({ type: 'boolean', description })
export const choice = (description: string, values: readonly string[]): Field => ({ type: 'string', enum: values, description })
export const whole = (description: string, minimum: number, maximum: number): Field => ({
  type: 'integer',
  minimum,
  maximum,
  description,
})

/** Why a value does not fit; null if it does. `place` as in `env.PORT`. */
function problem(field: Field, value: unknown, place: string): string | null {
  if ('anyOf' in field) {
    const all = field.anyOf.map((each) => problem(each, value, place))
    if (all.some((each) => each === null)) return null
    // The complaint about the right type says more than that of another type.
    const fitting = field.anyOf.findIndex((each) => 'type' in each && isOf(each.type, value))
    return fitting >= 0 ? all[fitting]! : `\`${place}\` must be ${field.anyOf.map(kindWords).join(' or ')}`
  }
  if (!isOf(field.type, value)) return `\`${place}\` must be ${kindWords(field)}`
  switch (field.type) {
    case 'string': {
      const given = value as string
      if (field.enum && !field.enum.includes(given)) return `\`${place}\` must be one of ${field.enum.join(', ')}`
      if (given.length < (field.minLength ?? 0)) return `\`${place}\` is empty`
      if (given.length > (field.maxLength ?? Number.POSITIVE_INFINITY))
        return `\`${place}\` is longer than ${field.maxLength} characters`
      return given.includes('\0') ? `\`${place}\` holds a NUL` : null
    }
    case 'number':
    case 'integer':
      return (value as number) < field.minimum || (value as number) > field.maximum
        ? `\`${place}\` must be from ${field.minimum} to ${field.maximum}`
        : null
    case 'array': {
      const given = value as unknown[]
      if (given.length < (field.minItems ?? 0)) return `\`${place}\` is empty`
      if (given.length > field.maxItems) return `\`${place}\` has more than ${field.maxItems} items`
      return first(given.map((each, n) => () => problem(field.items, each, `${place}[${n}]`)))
    }
    case 'object': {
      const given = Object.entries(value as object)
      if (given.length > field.maxProperties) return `\`${place}\` has more than ${field.maxProperties} keys`
      return first(
        given.map(
          ([key, each]) =>
            () =>
              problem(field.additionalProperties, each, `${place}.${key}`),
        ),
      )
    }
    default:
      return null
  }
}

function first(checks: (() => string | null)[]): string | null {
  for (const check of checks) {
    const found = check()
    if (found !== null) return found
  }
  return null
}

function isOf(type: string, value: unknown): boolean {
  if (type === 'integer') return Number.isSafeInteger(value)
  if (type === 'number') return typeof value === 'number' && Number.isFinite(value)
  if (type === 'array') return Array.isArray(value)
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value)
  return typeof value === type
}

const KINDS: Record<string, string> = {
  string: 'a string',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
}
const kindWords = (field: Field): string => ('anyOf' in field ? field.anyOf.map(kindWords).join(' or ') : KINDS[field.type]!)

/** Throws BAD_REQUEST, which names the field. */
export function checked(tool: string, { properties, required = [] }: Schema, given: unknown): Record<string, unknown> {
  const refuse = (why: string, hint?: string): PtrackError =>
    new PtrackError('BAD_REQUEST', `cannot ${tool}: ${why}`, { hint: hint ?? 'nothing was done; correct the arguments' })
  if (!isOf('object', given)) throw refuse('the arguments must be an object')
  const args = given as Record<string, unknown>
  const unknown = Object.keys(args).find((key) => !Object.hasOwn(properties, key))
  if (unknown !== undefined) {
    const near = nearest(unknown, Object.keys(properties))
    throw refuse(
      `there is no argument \`${unknown.slice(0, 60)}\``,
      near ? `did you mean \`${near}\`?` : `it takes ${Object.keys(properties).join(', ') || 'none'}`,
    )
  }
  const missing = required.find((key) => args[key] === undefined)
  if (missing !== undefined) throw refuse(`\`${missing}\` is missing`)
  for (const [key, value] of Object.entries(args)) {
    // Some clients write null for what is not given.
    const why = value === null ? `\`${key}\` is null: leave it out` : problem(properties[key]!, value, key)
    if (why !== null) throw refuse(why)
  }
  return args
}
