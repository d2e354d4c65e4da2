/** Values as people write them, parsed and formatted so that they round-trip. The caller knows the place and words the error. */
import type { DefinitionInput, Probe } from './definition.ts'
import { formatDuration, parseDuration, parseSize } from './duration.ts'
import { CONDITIONS, type Condition, SIGNALS, ULIMITS } from './names.ts'
import { nearest } from './suggest.ts'

/** `text` is what cannot be read; `message` says why, of `it`. */
export class Misread extends Error {
  readonly text: string
  readonly hint: string

  constructor(text: string, why: string, hint: string) {
    super(why)
    // Ten thousand characters would bury the rest of the error.
    this.text = text.length > 60 ? `${text.slice(0, 60)}...` : text
    this.hint = hint
  }
}

/** Durations are milliseconds, sizes bytes. */
export type Kind = 'text' | 'duration' | 'size' | 'whole' | 'number' | 'switch' | 'choice' | 'signal' | 'other'

export interface Value<T> {
  readonly kind: Kind
  /** `where` it is written, for hints. Throws Misread. */
  parse(text: string, where: string): T
  /** A number or a switch where a file needs no text for it. */
  write(value: T): string | number | boolean
  readonly min?: number
  readonly max?: number
  readonly choices?: readonly string[]
  /** Of a list with commas: the kind of each. */
  readonly item?: Value<unknown>
  readonly example?: string
}

const same = <T>(value: T): T => value

/** The value in the largest unit that leaves it whole; null if none does. */
const inUnits = (value: number, units: readonly (readonly [number, string])[]): string | null => {
  const unit = value === 0 ? undefined : units.find(([many]) => value % many === 0)
  return unit ? `${value / unit[0]}${unit[1]}` : null
}

export const text = (maxLength: number, minLength = 0): Value<string> => ({
  kind: 'text',
  parse(text) {
    if (text.length > maxLength) throw new Misread(text, `it is longer than ${maxLength} characters`, 'shorten it')
    if (text.length < minLength) throw new Misread(text, 'it is empty', 'leave it out, or give it a value')
    return text
  },
  write: same,
})
export const DURATION_MAX_MS = 366 * 86_400_000

/** The bounds of a definition, unless others are given; what a daemon is asked to keep may be longer. */
export const duration = (minMs = 0, maxMs = DURATION_MAX_MS): Value<number> => ({
  kind: 'duration',
  min: minMs,
  example: '30m',
  parse(text, where) {
    const ms = parseDuration(text)
    if (ms === null) throw new Misread(text, 'it is not a duration', 'write it like 300ms, 10s, 5m or 1h30m')
    const least = formatDuration(minMs)
    if (ms < minMs) throw new Misread(text, `it is shorter than ${least}`, `write ${where} ${least}`)
    const most = formatDuration(maxMs)
    if (ms > maxMs) throw new Misread(text, `it is longer than ${most}`, `write ${where} ${most} or less`)
    return ms
  },
  write: (ms) =>
    inUnits(ms, [
      [86_400_000, 'd'],
      [3_600_000, 'h'],
      [60_000, 'm'],
      [1000, 's'],
    ]) ?? `${ms}ms`,
})

export const size = (minBytes: number): Value<number> => ({
  kind: 'size',
  example: '512M',
  parse(text, where) {
    const bytes = parseSize(text)
    if (bytes === null) throw new Misread(text, 'it is not a size', 'write it like 512M, 1G or 100k')
    const least = size(0).write(minBytes)
    if (bytes < minBytes) throw new Misread(text, `it is less than ${least}`, `write ${where} ${least} or more`)
    if (!Number.isSafeInteger(bytes)) throw new Misread(text, 'it is more than a computer has', 'write it like 512M, 1G or 100k')
    return bytes
  },
  write: (bytes) =>
    inUnits(bytes, [
      [1024 ** 3, 'G'],
      [1024 ** 2, 'M'],
      [1024, 'k'],
    ]) ?? bytes,
})

const numeric = (kind: 'whole' | 'number', form: RegExp, what: string, min: number, max: number): Value<number> => ({
  kind,
  min,
  max,
  parse(text) {
    const value = form.test(text) ? Number(text) : Number.NaN
    if (!(value >= min && value <= max)) throw new Misread(text, `it is not a ${what} in its range`, `use ${min} to ${max}`)
    return value
  },
  write: same,
})
export const whole = (min: number, max: number): Value<number> => numeric('whole', /^-?\d+$/, 'whole number', min, max)
export const decimal = (min: number, max: number): Value<number> => numeric('number', /^\d+(\.\d+)?$/, 'number', min, max)

/** On the command line without an argument. */
export const onOff: Value<boolean> = { kind: 'switch', parse: (text) => text === 'true', write: same }

const anyOf = (choices: readonly string[]): string =>
  choices.length === 1 ? choices[0]! : `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`

export const choice = <T extends string>(choices: readonly T[]): Value<T> => ({
  kind: 'choice',
  choices,
  parse(text) {
    const found = choices.find((one) => one === text)
    if (found !== undefined) return found
    const near = nearest(text, choices)
    throw new Misread(text, 'unknown value', near ? `did you mean ${near}? (${choices.join(', ')})` : `use ${anyOf(choices)}`)
  },
  write: same,
})

/** With commas. */
export const listOf = <T>(item: Value<T>): Value<T[]> => ({
  kind: 'other',
  item: item as Value<unknown>,
  ...(item.choices && { choices: item.choices }),
  parse: (text, where) => text.split(',').map((part) => item.parse(part.trim(), where)),
  write: (list) => list.map((one) => item.write(one)).join(','),
})

export const exitCodes: Value<number[]> = listOf(whole(0, 255))

const PORTS = whole(1, 65_535)
export const port: Value<number | 'auto'> = {
  kind: 'other',
  parse(text, where) {
    if (text === 'auto') return text
    try {
      return PORTS.parse(text, where)
    } catch (error) {
      throw error instanceof Misread ? new Misread(text, error.message, `${error.hint}, or auto`) : error
    }
  },
  write: same,
}

const SOCKET_HINT = 'write it as [NAME=]PORT, [NAME=]HOST:PORT, [NAME=]auto or [NAME=]unix:PATH[,mode=660][,owner=USER:GROUP]'
const SOCKET_PATH = text(98, 1)

/** `3000`, `admin=127.0.0.1:auto`, `unix:/run/app.sock,mode=660`. Without a name it is called like its port or file. */
export const socket: Value<NonNullable<DefinitionInput['sockets']>[number]> = {
  kind: 'other',
  example: '3000',
  parse(text, where) {
    const [, given, address, more] = /^(?:([A-Za-z0-9_.-]+)=)?([^,]+)((?:,[a-z]+=[^,]+)*)$/.exec(text) ?? []
    if (address === undefined) throw new Misread(text, 'it is no address of a socket', SOCKET_HINT)
    const extra: Record<string, string> = {}
    for (const [, key, value] of more!.matchAll(/,([a-z]+)=([^,]+)/g)) {
      if (!['mode', 'owner', 'backlog'].includes(key!)) throw new Misread(text, `it has no ${key}`, SOCKET_HINT)
      extra[key!] = value!
    }
    const backlog = extra.backlog === undefined ? {} : { backlog: whole(1, 65_535).parse(extra.backlog, where) }
    const [, path] = /^unix:(\/.*)$/.exec(address) ?? []
    if (path !== undefined) {
      const { mode, owner } = extra
      SOCKET_PATH.parse(path, where)
      return { name: given ?? socketName({ path }), path, ...(mode && { mode }), ...(owner && { owner }), ...backlog }
    }
    const [, inBrackets, host = inBrackets, number] = /^(?:(?:\[([^\]]+)\]|([^:[\]]+)):)?(\d+|auto)$/.exec(address) ?? []
    if (number === undefined || 'mode' in extra || 'owner' in extra)
      throw new Misread(text, 'it is no address of a socket', SOCKET_HINT)
    return { name: given ?? number, port: port.parse(number, where), ...(host && host !== '*' && { host }), ...backlog }
  },
  write({ name, port, host, path, mode, owner, backlog }) {
    const extra = Object.entries({ mode, owner, backlog }).flatMap(([key, value]) => (value == null ? [] : `,${key}=${value}`))
    const at = path != null ? `unix:${path}` : `${host == null ? '' : `${host.includes(':') ? `[${host}]` : host}:`}${port}`
    return `${name === socketName({ port, path }) ? '' : `${name}=`}${at}${extra.join('')}`
  },
}

/** Of one that was given none: its port, or the name of its file. */
export const socketName = ({ port, path }: { port?: number | 'auto' | null; path?: string | null }): string =>
  path == null ? String(port) : path.slice(path.lastIndexOf('/') + 1).replace(/[^A-Za-z0-9_.-]/g, '_') || 'socket'

/** Of this machine; empty in a page. */
const numbersOfSignals = (): Record<string, number> => globalThis.process?.getBuiltinModule('node:os').constants.signals ?? {}

const SHORT_SIGNALS = SIGNALS.map((one) => one.slice(3))
/** `SIGTERM`, `term`, `TERM` and `15` are one signal. */
export const signal: Value<(typeof SIGNALS)[number]> = {
  kind: 'signal',
  choices: SHORT_SIGNALS,
  parse(text) {
    const upper = text.toUpperCase()
    const byNumber = /^\d+$/.test(text) && Object.entries(numbersOfSignals()).find(([, number]) => number === Number(text))?.[0]
    const name = byNumber || (upper.startsWith('SIG') ? upper : `SIG${upper}`)
    const found = SIGNALS.find((one) => one === name)
    if (found === undefined) throw new Misread(text, 'it is not a signal that ptrack sends', `one of ${SHORT_SIGNALS.join(', ')}`)
    return found
  },
  write: same,
}

export const umask: Value<string> = {
  kind: 'other',
  parse(text, where) {
    if (!/^[0-7]{1,4}$/.test(text)) throw new Misread(text, 'it is not octal', `write ${where} 022`)
    return text
  },
  write: same,
}

const PROBE_HINT = 'write it as http://HOST/PATH, exec:COMMAND, log:REGEX, tcp:HOST:PORT, notify or none'

const [PROBE_COMMAND, PROBE_PATTERN, PROBE_HOST] = [text(4096, 1), text(1024, 1), text(255, 1)]

export const probe: Value<Probe> = {
  kind: 'other',
  parse(text, where) {
    if (text === 'none' || text === 'notify') return { kind: text }
    if (/^https?:\/\//.test(text)) {
      if (!URL.canParse(text)) throw new Misread(text, 'it is not a valid URL', PROBE_HINT)
      return { kind: 'http', url: text }
    }
    const [, kind, rest] = /^(exec|log|tcp):(.+)$/s.exec(text) ?? []
    if (kind === 'exec') return { kind, command: PROBE_COMMAND.parse(rest!, where) }
    if (kind === 'log') return { kind, pattern: pattern(text, PROBE_PATTERN.parse(rest!, where)) }
    if (kind !== 'tcp') throw new Misread(text, 'it is no kind of health check', PROBE_HINT)
    const [, host, number] = /^(?:\[?([^\]]+?)\]?:)?(\d+)$/.exec(rest!) ?? []
    if (number === undefined) throw new Misread(text, 'it has no port', PROBE_HINT)
    return { kind, host: PROBE_HOST.parse(host ?? '127.0.0.1', where), port: PORTS.parse(number, where) }
  },
  write(probe) {
    switch (probe.kind) {
      case 'http':
        return probe.url
      case 'exec':
        return `exec:${probe.command}`
      case 'log':
        return `log:${probe.pattern}`
      case 'tcp':
        return `tcp:${probe.host.includes(':') ? `[${probe.host}]` : probe.host}:${probe.port}`
      default:
        return probe.kind
    }
  },
}

function pattern(text: string, source: string): string {
  try {
    new RegExp(source)
    return source
  } catch (error) {
    throw new Misread(text, (error as SyntaxError).message, 'write log: and a JavaScript regular expression')
  }
}

/** One entry of a map option that may be repeated. */
const pair = <K extends string, T>(read: (key: string, value: string, text: string, where: string) => [K, T]): Value<[K, T]> => ({
  kind: 'other',
  parse(text, where) {
    const at = text.indexOf('=')
    if (at <= 0) throw new Misread(text, 'it has no `=` after a key', `write ${where} KEY=VALUE`)
    return read(text.slice(0, at), text.slice(at + 1), text, where)
  },
  write: ([key, value]) => `${key}=${value}`,
})

export const keyValue: Value<[string, string]> = pair((key, value) => [key, value])

const METADATA_KEY = text(128)
/** `KEY=3` and `KEY={"a":1}` are JSON, everything else is text. */
export const metadata = pair<string, unknown>((key, value, _, where) => {
  METADATA_KEY.parse(key, where)
  try {
    return [key, JSON.parse(value)]
  } catch (error) {
    if (error instanceof SyntaxError) return [key, value]
    throw error
  }
})

export const ulimit = pair((key, value, text, where) => {
  if (!/^(\d+|unlimited)(:(\d+|unlimited))?$/.test(value))
    throw new Misread(text, 'its value is not SOFT or SOFT:HARD', `write ${where} nofile=4096:8192`)
  return [choice(ULIMITS).parse(key, where), value]
})

const NAME = text(120, 1)
/** A name may contain `:` (instances), so only a known condition after the last one counts. */
export const after: Value<{ name: string; condition: Condition | null }> = {
  kind: 'other',
  parse(text, where) {
    const [, name, condition] = /^(.+):(\w+)$/.exec(text) ?? []
    const found = CONDITIONS.find((one) => one === condition)
    NAME.parse(found === undefined ? text : name!, where)
    return found === undefined ? { name: text, condition: null } : { name: name!, condition: found }
  },
  write: ({ name, condition }) => `${name}:${condition}`,
}

/** Two words, passed on as one. The daemon knows the triggers; here only the form is checked. */
export const hook: Value<NonNullable<DefinitionInput['hooks']>[number]> = {
  kind: 'other',
  parse(text, where) {
    const [on, run] = splitPair(text)
    if (run === null) throw new Misread(on, 'its second value is missing', `write ${where} failed,done exec:COMMAND`)
    return { on: on.split(','), run }
  },
  write: ({ on, run }) => `${on.join(',')} ${run}`,
}

/** Never in an argument: the kernel ends them with it. */
export const BETWEEN = '\0'
/** The second is null when it was not given. */
export function splitPair(text: string): [string, string | null] {
  const at = text.indexOf(BETWEEN)
  return at === -1 ? [text, null] : [text.slice(0, at), text.slice(at + 1)]
}
