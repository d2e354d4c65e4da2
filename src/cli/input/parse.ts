/** Parsers of option values: a checked value, or a USAGE error that names the option and shows the syntax. */
import { parseDuration } from '../../protocol/duration.ts'
import { PtrackError } from '../../protocol/errors.ts'
import * as values from '../../protocol/values.ts'

const bad = (flag: string, text: string, why: string, hint: string): PtrackError =>
  new PtrackError('USAGE', `cannot read ${flag} ${JSON.stringify(text)}: ${why}`, { hint })

interface Choices {
  choices: readonly string[]
  /** Several at once, with commas. */
  several: boolean
}

export const offering = <T extends object>(parse: T, choices: readonly string[], several = false): T & Choices =>
  Object.assign(parse, { choices, several })

export function reading<T>(flag: string, value: values.Value<T>): (text: string) => T {
  const parse = (text: string): T => {
    try {
      return value.parse(text, flag)
    } catch (error) {
      if (!(error instanceof values.Misread)) throw error
      throw bad(flag, error.text, error.message, error.hint)
    }
  }
  return value.choices ? offering(parse, value.choices, value.item !== undefined) : parse
}

export const duration = (flag: string, minMs = 0): ((text: string) => number) =>
  reading(flag, values.duration(minMs, Number.MAX_SAFE_INTEGER))
export const integer = (flag: string, min: number, max: number): ((text: string) => number) =>
  reading(flag, values.whole(min, max))
export const number = (flag: string, min: number, max: number): ((text: string) => number) =>
  reading(flag, values.decimal(min, max))
export const choice = <T extends string>(flag: string, choices: readonly T[]): ((text: string) => T) =>
  reading(flag, values.choice(choices))

/** Several with commas, or the option repeated. */
export const choiceList = <T extends string>(flag: string, choices: readonly T[]) => {
  const parse = reading(flag, values.listOf(values.choice(choices)))
  return offering((text: string, previous: T[] | undefined): T[] => [...(previous ?? []), ...parse(text)], choices, true)
}

export const lineCount =
  (flag: string, max: number) =>
  (text: string): number | 'all' => {
    if (text === 'all') return text
    if (!/^\d+$/.test(text)) throw bad(flag, text, 'it is not a number of lines', `write it like ${flag} 100, or ${flag} all`)
    if (Number(text) > max) throw bad(flag, text, `it is more than ${max} lines`, `${flag} all shows every line that is kept`)
    return Number(text)
  }

/** Stands for null while options are parsed: commander turns null into an empty text. */
export const NONE = Symbol('none')
export type OrNone<T> = T | typeof NONE

/** `none` removes a limit. */
export const orNone =
  <T>(parse: (text: string) => T) =>
  (text: string): OrNone<T> =>
    text === 'none' ? NONE : parse(text)

export const collect =
  <T>(parse: (text: string) => T) =>
  (text: string, previous: T[] | undefined): T[] => [...(previous ?? []), parse(text)]

/** For an option with two values; `shape` is its syntax. */
export const pair =
  (flag: string, shape: string) =>
  (text: string): [string, string] => {
    const [first, second] = values.splitPair(text)
    if (second === null) throw bad(flag, first, 'its second value is missing', `write ${flag} ${shape}`)
    return [first, second]
  }

/** `10m` ago, or a date such as 2026-01-31T12:00:00Z; epoch ms. */
export function since(text: string, nowMs: number): number {
  const ago = parseDuration(text)
  if (ago !== null) return nowMs - ago
  const at = Date.parse(text)
  if (Number.isNaN(at))
    throw bad('--since', text, 'it is neither a duration nor a date', 'write --since 10m or --since 2026-01-31T12:00:00Z')
  return at
}
