/** Values of the table in ptrack.yaml: schemas whose errors show the right syntax. */
import { z } from 'zod'
import type { Field } from '../../protocol/field.ts'
import { keyOf } from '../../protocol/fields.ts'
import { Misread, type Value } from '../../protocol/values.ts'

/** Parses the text of a value; the hint of an error follows `; `. */
export const reading =
  <T>(value: Value<T>, key: string) =>
  (input: string | number, context: z.core.$RefinementCtx<unknown>): T => {
    try {
      return value.parse(String(input), `${key}:`)
    } catch (error) {
      if (!(error instanceof Misread)) throw error
      const why = error.message.startsWith('it ') ? error.message.slice(2) : `: ${error.message}`
      const message = `${JSON.stringify(typeof input === 'string' && input.length > 60 ? error.text : input)}${why}; ${error.hint}`
      context.issues.push({ code: 'custom', message, input })
      return z.NEVER
    }
  }

/** For editors, by the JSON schema: this form, or with a variable in it. */
const FORMS = {
  duration: ['^(\\d+(\\.\\d+)?|(\\d+(\\.\\d+)?(ms|s|m|h|d))+)$', 'such as 300ms, 10s, 5m or 1h30m; a bare number means seconds'],
  size: ['^\\d+(\\.\\d+)?\\s*([bkmgt]|[BKMGT])?(i?[bB])?$', 'such as 512M, 1G or 100k; a bare number means bytes'],
} as const

/** Bounds are for editors; the reader leaves them to the definition, whose errors are better. */
export const whole = (minimum: number, maximum?: number) =>
  z.number().meta({ type: 'integer', minimum, ...(maximum === undefined ? {} : { maximum }) })

/** A number that is finally text: `umask: 022`. */
export const textual = z.union([z.string(), z.number(), z.boolean()]).transform(String)

export const oneOrMore = <T extends z.ZodType>(schema: T) =>
  z.union([z.array(schema), schema]).transform((value) => (Array.isArray(value) ? value : [value]) as z.output<T>[])

/** `none` removes a limit, as with the flags. */
const orNone = (schema: z.ZodType): z.ZodType => z.union([z.literal('none').transform(() => null), z.null(), schema])

function one(value: Value<unknown>, key: string): z.ZodType {
  const { kind, min, max, choices, item } = value
  if (item) return oneOrMore(one(item, key))
  switch (kind) {
    case 'duration':
    case 'size': {
      const [pattern, form] = FORMS[kind]
      return z
        .union([z.string().meta({ pattern: `${pattern}|\\$` }), z.number().min(0)])
        .transform(reading(value, key))
        .describe(`a ${kind} ${form}`)
    }
    case 'whole':
      return whole(min!, max)
    case 'number':
      return z.number().meta({ minimum: min, maximum: max })
    case 'switch':
      return z.boolean()
    case 'choice':
      return z.enum(choices as [string, ...string[]])
    case 'text':
      return z.string()
    case 'signal':
      return z.union([z.string(), z.number()]).transform(reading(value, key))
    default:
      return z.string().transform(reading(value, key))
  }
}

export function schemaOf(field: string, row: Field): z.ZodType {
  const schema = one(row.value, keyOf(field))
  if (row.repeat) return oneOrMore(schema)
  if (row.none) return orNone(schema)
  return row.default === null ? z.union([z.null(), schema]) : schema
}
