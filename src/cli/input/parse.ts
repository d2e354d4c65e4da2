/** Values of options: text in, a checked value out, or a USAGE error that names the option and shows how to write it. */
import { constants } from 'node:os'
import type { DefinitionInput, Probe } from '../../protocol/definition.ts'
import { formatDuration, parseDuration, parseSize } from '../../protocol/duration.ts'
import { PtrackError } from '../../protocol/errors.ts'
import { SIGNALS } from '../../protocol/names.ts'
import type { Input } from '../../protocol/requests.ts'
import { nearest } from '../../protocol/suggest.ts'
import { splitPair } from './read-line.ts'

export type SignalName = Input<'signal'>['signal']

const bad = (flag: string, text: string, why: string, hint: string): PtrackError =>
  new PtrackError('USAGE', `cannot read ${flag} ${JSON.stringify(text)}: ${why}`, { hint })

export const duration =
  (flag: string, minMs = 0) =>
  (text: string): number => {
    const ms = parseDuration(text)
    if (ms === null) throw bad(flag, text, 'it is not a duration', 'write it like 300ms, 10s, 5m or 1h30m')
    if (ms < minMs) throw bad(flag, text, `it is shorter than ${formatDuration(minMs)}`, `write ${flag} ${formatDuration(minMs)}`)
    return ms
  }

export const size =
  (flag: string) =>
  (text: string): number => {
    const bytes = parseSize(text)
    if (bytes === null) throw bad(flag, text, 'it is not a size', 'write it like 512M, 1G or 100k')
    return bytes
  }

const range = (min: number, max: number): string => `use ${min} to ${max}`

export const integer =
  (flag: string, min: number, max: number) =>
  (text: string): number => {
    const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN
    if (!(value >= min && value <= max)) throw bad(flag, text, 'it is not a whole number in its range', range(min, max))
    return value
  }

/** As the number of lines that are shown: a number, or all. */
export const lineCount =
  (flag: string, max: number) =>
  (text: string): number | 'all' => {
    if (text === 'all') return text
    if (!/^\d+$/.test(text)) throw bad(flag, text, 'it is not a number of lines', `write it like ${flag} 100, or ${flag} all`)
    if (Number(text) > max) throw bad(flag, text, `it is more than ${max} lines`, `${flag} all shows every line that is kept`)
    return Number(text)
  }

/** What a parser of values takes, for those who complete a command line. */
export interface Choices {
  choices: readonly string[]
  /** Several at once, with commas. */
  several: boolean
}

export const offering = <T extends object>(parse: T, choices: readonly string[], several = false): T & Choices =>
  Object.assign(parse, { choices, several })

const anyOf = (choices: readonly string[]): string =>
  choices.length === 1 ? choices[0]! : `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`

export const choice = <T extends string>(flag: string, choices: readonly T[]): ((text: string) => T) & Choices =>
  offering((text: string): T => {
    const found = choices.find((one) => one === text)
    if (found === undefined) {
      const near = nearest(text, choices)
      throw bad(flag, text, 'unknown value', near ? `did you mean ${near}? (${choices.join(', ')})` : `use ${anyOf(choices)}`)
    }
    return found
  }, choices)

/** Several of them with commas, or the option repeated. */
export const choiceList = <T extends string>(flag: string, choices: readonly T[]) =>
  offering(
    (text: string, previous: T[] | undefined): T[] => [...(previous ?? []), ...text.split(',').map(choice(flag, choices))],
    choices,
    true,
  )

/** Stands for null while options are parsed: commander turns null into an empty text. */
export const NONE = Symbol('none')

/** `none` takes a limit away. */
export const orNone =
  <T>(parse: (text: string) => T) =>
  (text: string): T | typeof NONE =>
    text === 'none' ? NONE : parse(text)

/** For options that may be given several times. */
export const collect =
  <T>(parse: (text: string) => T) =>
  (text: string, previous: T[] | undefined): T[] => [...(previous ?? []), parse(text)]

export const keyValue =
  (flag: string) =>
  (text: string): [string, string] => {
    const at = text.indexOf('=')
    if (at <= 0) throw bad(flag, text, 'it has no `=` after a key', `write ${flag} KEY=VALUE`)
    return [text.slice(0, at), text.slice(at + 1)]
  }

/** `KEY=3` and `KEY={"a":1}` are JSON, everything else is text. */
export const metadata =
  (flag: string) =>
  (text: string): [string, unknown] => {
    const [key, value] = keyValue(flag)(text)
    try {
      return [key, JSON.parse(value)]
    } catch (error) {
      if (error instanceof SyntaxError) return [key, value]
      throw error
    }
  }

/** Of an option with two values; `shape` is how to write it. */
export const pair =
  (flag: string, shape: string) =>
  (text: string): [string, string] => {
    const [first, second] = splitPair(text)
    if (second === null) throw bad(flag, first, 'its second value is missing', `write ${flag} ${shape}`)
    return [first, second]
  }

export const number =
  (flag: string, min: number, max: number) =>
  (text: string): number => {
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN
    if (!(value >= min && value <= max)) throw bad(flag, text, 'it is not a number in its range', range(min, max))
    return value
  }

export const port =
  (flag: string) =>
  (text: string): number | 'auto' => {
    if (text === 'auto') return text
    const value = /^\d+$/.test(text) ? Number(text) : 0
    if (!(value >= 1 && value <= 65_535))
      throw bad(flag, text, 'it is not a whole number in its range', `${range(1, 65_535)}, or auto`)
    return value
  }

export const exitCodes =
  (flag: string) =>
  (text: string): number[] =>
    text.split(',').map((part) => integer(flag, 0, 255)(part.trim()))

const PROBE_HINT = 'write it as http://HOST/PATH, exec:COMMAND, log:REGEX, tcp:HOST:PORT, notify or none'

export function probe(text: string): Probe {
  const flag = '--health'
  if (text === 'none' || text === 'notify') return { kind: text }
  if (/^https?:\/\//.test(text)) {
    if (!URL.canParse(text)) throw bad(flag, text, 'it is not a valid URL', PROBE_HINT)
    return { kind: 'http', url: text }
  }
  const [, kind, rest] = /^(exec|log|tcp):(.+)$/s.exec(text) ?? []
  if (kind === 'exec') return { kind, command: rest! }
  if (kind === 'log') {
    try {
      new RegExp(rest!)
    } catch (cause) {
      throw new PtrackError('USAGE', `cannot read ${flag} ${JSON.stringify(text)}: ${(cause as SyntaxError).message}`, {
        hint: 'write log: and a JavaScript regular expression',
        cause,
      })
    }
    return { kind, pattern: rest! }
  }
  if (kind === 'tcp') {
    const [, host, number] = /^(?:\[?([^\]]+?)\]?:)?(\d+)$/.exec(rest!) ?? []
    if (number === undefined) throw bad(flag, text, 'it has no port', PROBE_HINT)
    return { kind, host: host ?? '127.0.0.1', port: integer(flag, 1, 65_535)(number) }
  }
  throw bad(flag, text, 'it is no kind of health check', PROBE_HINT)
}

/** `SIGTERM`, `term`, `TERM` and `15` are one signal. */
export const signalName = (flag: string) =>
  offering(
    (text: string): SignalName => {
      const upper = text.toUpperCase()
      const byNumber = /^\d+$/.test(text)
        ? Object.entries(constants.signals).find(([, number]) => number === Number(text))?.[0]
        : undefined
      const name = byNumber ?? (upper.startsWith('SIG') ? upper : `SIG${upper}`)
      const found = SIGNALS.find((one) => one === name)
      if (found === undefined)
        throw bad(flag, text, 'it is not a signal that ptrack sends', `one of ${SIGNALS.map((one) => one.slice(3)).join(', ')}`)
      return found
    },
    SIGNALS.map((one) => one.slice(3)),
  )

const ULIMITS = ['core', 'cpu', 'data', 'fsize', 'memlock', 'nofile', 'nproc', 'stack', 'as'] as const
export type UlimitName = keyof NonNullable<DefinitionInput['ulimits']>

export function ulimit(text: string): [UlimitName, string] {
  const [key, value] = keyValue('--ulimit')(text)
  if (!/^(\d+|unlimited)(:(\d+|unlimited))?$/.test(value))
    throw bad('--ulimit', text, 'its value is not SOFT or SOFT:HARD', 'write --ulimit nofile=4096:8192')
  return [choice('--ulimit', ULIMITS)(key), value]
}

export function umask(text: string): string {
  if (!/^[0-7]{1,4}$/.test(text)) throw bad('--umask', text, 'it is not octal', 'write --umask 022')
  return text
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
