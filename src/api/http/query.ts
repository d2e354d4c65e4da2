/** Schemas that parse query strings and paths; OpenAPI is made from their output side. */
import { z } from 'zod'
import { isLabel } from '../../protocol/patterns.ts'

export const whole = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,16}$/, 'a whole number')
    .transform(Number)
    .pipe(z.number().int().min(min).max(max))

export const flag = z
  .enum(['true', 'false'])
  .transform((text) => text === 'true')
  .pipe(z.boolean())

/** Repeated, or once with commas. */
export const several = <T extends z.ZodType>(item: T, max: number) =>
  z.preprocess(
    (value) => (Array.isArray(value) ? value : [value]).flatMap((text) => (typeof text === 'string' ? text.split(',') : [text])),
    z.array(item).min(1).max(max),
  )

/** ISO-8601, or epoch ms. */
export const time = z
  .string()
  .max(40)
  .transform((text, context) => {
    const ms = /^\d{1,15}$/.test(text) ? Number(text) : /^\d{4}-/.test(text) ? Date.parse(text) : Number.NaN
    if (!Number.isNaN(ms)) return ms
    context.addIssue({ code: 'custom', message: 'a time, such as 2030-01-31T12:00:00Z, or epoch milliseconds' })
    return z.NEVER
  })
  .pipe(z.number())

export const text = (max: number) => z.string().min(1).max(max)

/** Name or id of one process, no pattern. Instances share the name before the `:`. */
export const ProcessPath = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.@:+-]{0,119}$/, 'the name or id of a process')
  .refine((name) => name !== 'all' && !isLabel(name), 'the name or id of one process')
