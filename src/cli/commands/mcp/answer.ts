/** What a tool answers: `{ok: true, ...}`, or `{error: {code, message, hint}, ...}`, as short text that fits into an agent's context. */
import type { ErrorBody } from '../../../protocol/errors.ts'

export type Answer = Record<string, unknown>

/** Of a whole answer. */
export const ANSWER_BYTES = 8 * 1024
/** What is left for a list when the rest of an answer is small. */
export const LIST_BYTES = 6 * 1024

export const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? '')

/** Without what is null or absent. */
export const facts = (fields: Record<string, unknown>): Answer =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined))

export const ok = (fields: Record<string, unknown> = {}): Answer => ({ ok: true, ...facts(fields) })

export const failed = ({ code, message, hint }: ErrorBody, fields: Record<string, unknown> = {}): Answer => ({
  error: facts({ code, message, hint }),
  ...facts(fields),
})

/** How many items from the beginning fit; at least one, so that a reader gets on. */
export function fitting(items: readonly unknown[], budget = LIST_BYTES): number {
  let left = budget
  const end = items.findIndex((item) => {
    left -= bytesOf(item) + 1
    return left < 0
  })
  return end < 0 ? items.length : Math.max(1, end)
}

/** The items from `cursor` on that fit, and the cursor of the rest. */
export function page<T>(items: readonly T[], cursor: string | undefined): { items: T[]; cursor?: string; total?: number } {
  const from = Number(cursor ?? 0)
  const rest = items.slice(from)
  const count = fitting(rest)
  const more = count < rest.length
  return { items: rest.slice(0, count), ...(more ? { cursor: String(from + count), total: items.length } : {}) }
}

/** What cannot be paged, such as a long reason, is cut at its longest places until the answer fits. */
export function within(answer: Answer, budget = ANSWER_BYTES): Answer {
  let shown = answer
  for (let max = 2000; bytesOf(shown) > budget && max >= 20; max = Math.floor(max / 2))
    shown = { ...(shorter(answer, max, Math.max(1, Math.floor(max / 20))) as Answer), cut: true }
  return shown
}

function shorter(value: unknown, chars: number, items: number): unknown {
  if (typeof value === 'string') return cutText(value, chars)
  if (Array.isArray(value)) return value.slice(0, items).map((each) => shorter(each, chars, items))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, items + 20)
      .map(([key, each]) => [cutText(key, chars), shorter(each, chars, items)]),
  )
}

export const cutText = (text: string, max: number): string =>
  text.length <= max ? text : `${text.slice(0, max)}... (${text.length - max} more characters)`
