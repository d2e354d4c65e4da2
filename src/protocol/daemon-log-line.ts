/** One line of daemon.log (JSON) as `ptrack daemon logs` prints it: `[time] [level] [component] message`. */
import { parseJson } from './json.ts'

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

/** A line that is no JSON object (a crash's stack, a torn line) is returned as it is. */
export function formatLogLine(json: string): string {
  const line = json.replace(/\r?\n$/, '')
  const value = parseJson(line)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return line
  const entry = value as Record<string, unknown>
  const head = `[${text(entry.time) || '?'}] [${text(entry.level).toUpperCase() || '?'}] [${text(entry.component) || 'daemon'}] ${text(entry.msg)}`
  const err = entry.err
  if (typeof err !== 'object' || err === null) return head
  const { stack, message } = err as { stack?: unknown; message?: unknown }
  const body = text(stack) || text(message)
  return body === '' ? head : `${head}\n${body.replace(/^/gm, '    ')}`
}
