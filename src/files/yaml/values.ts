/** Values as a person writes them in ptrack.yaml: the flags' forms, as schemas that say how to write it right. */
import { z } from 'zod'
import type { Probe } from '../../protocol/definition.ts'
import { parseDuration, parseSize } from '../../protocol/duration.ts'
import { SIGNALS } from '../../protocol/names.ts'

/** A hint stands behind `; ` in what a schema says. */
const bad = (context: z.core.$RefinementCtx<unknown>, value: unknown, why: string, hint: string): never => {
  context.issues.push({ code: 'custom', message: `${JSON.stringify(value)} ${why}; ${hint}`, input: value })
  return z.NEVER
}

/** Text as an editor checks it by the JSON schema: this form, or with a variable in it. */
const formed = (pattern: string) => z.string().meta({ pattern: `${pattern}|\\$` })

/** A bare number means seconds, as with the flags. */
export const duration = z
  .union([formed('^(\\d+(\\.\\d+)?|(\\d+(\\.\\d+)?(ms|s|m|h|d))+)$'), z.number().min(0)])
  .transform((value, context): number => {
    const ms = parseDuration(String(value))
    return ms ?? bad(context, value, 'is not a duration', 'write it like 300ms, 10s, 5m or 1h30m')
  })
  .describe('a duration such as 300ms, 10s, 5m or 1h30m; a bare number means seconds')

export const size = z
  .union([formed('^\\d+(\\.\\d+)?\\s*([bkmgt]|[BKMGT])?(i?[bB])?$'), z.number().min(0)])
  .transform((value, context): number => {
    const bytes = parseSize(String(value))
    return bytes ?? bad(context, value, 'is not a size', 'write it like 512M, 1G or 100k')
  })
  .describe('a size such as 512M, 1G or 100k; a bare number means bytes')

/** `none` takes a limit away, as with the flags. */
export const orNone = <T extends z.ZodType>(schema: T) =>
  z.union([z.literal('none').transform(() => null), z.null(), schema]) as unknown as z.ZodType<
    z.output<T> | null,
    z.input<T> | 'none' | null
  >

/** A number that is text in the end: `umask: 022`. */
export const textual = z.union([z.string(), z.number(), z.boolean()]).transform(String)

export const oneOrMore = <T extends z.ZodType>(schema: T) =>
  z.union([z.array(schema), schema]).transform((value) => (Array.isArray(value) ? value : [value]) as z.output<T>[])

export const probe = z
  .string()
  .transform((text, context): Probe => {
    const hint = 'write http://HOST/PATH, exec:COMMAND, log:REGEX, tcp:HOST:PORT, notify or none'
    if (text === 'none' || text === 'notify') return { kind: text }
    if (/^https?:\/\//.test(text))
      return URL.canParse(text) ? { kind: 'http', url: text } : bad(context, text, 'is not a valid URL', hint)
    const [, kind, rest = ''] = /^(exec|log|tcp):(.+)$/s.exec(text) ?? []
    if (kind === 'exec') return { kind, command: rest }
    if (kind === 'log') return { kind, pattern: rest }
    const [, host, port] = /^(?:\[?([^\]]+?)\]?:)?(\d+)$/.exec(rest) ?? []
    if (kind !== 'tcp' || port === undefined) return bad(context, text, 'is no kind of health check', hint)
    return { kind: 'tcp', host: host ?? '127.0.0.1', port: Number(port) }
  })
  .describe('http://HOST/PATH, exec:COMMAND, log:REGEX, tcp:HOST:PORT, notify or none')

export function probeText(probe: Probe): string {
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
}

export const signal = z
  .string()
  .transform((text, context): (typeof SIGNALS)[number] => {
    const upper = text.toUpperCase()
    const found = SIGNALS.find((one) => one === upper || one === `SIG${upper}`)
    return (
      found ?? bad(context, text, 'is not a signal that ptrack sends', `one of ${SIGNALS.map((one) => one.slice(3)).join(', ')}`)
    )
  })
  .describe('a signal such as TERM, INT or SIGQUIT')

const DURATIONS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'm'],
  [1000, 's'],
] as const
const SIZES = [
  [1024 ** 3, 'G'],
  [1024 ** 2, 'M'],
  [1024, 'k'],
] as const
const inUnits = (value: number, units: readonly (readonly [number, string])[]): string | null => {
  const unit = value === 0 ? undefined : units.find(([many]) => value % many === 0)
  return unit ? `${value / unit[0]}${unit[1]}` : null
}
/** Exact, unlike what is made for tables: read again it is the same number. */
export const durationText = (ms: number): string => inUnits(ms, DURATIONS) ?? `${ms}ms`
export const sizeText = (bytes: number): string | number => inUnits(bytes, SIZES) ?? bytes
