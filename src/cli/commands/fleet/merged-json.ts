/** What one command printed as JSON for several nodes, as one value; each object says of which node it is. */
import type { ErrorBody } from '../../../protocol/errors.ts'
import { namesOf } from '../../../protocol/project.ts'

export interface Printed {
  node: string | null
  text: string
  /** It failed as a whole. */
  error: ErrorBody | null
  operands: readonly string[]
}

type Fields = Record<string, unknown>

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)

const atNode = (value: unknown, node: string | null): unknown => (node === null || !isFields(value) ? value : { ...value, node })

/** Lines of JSON that a command prints as they come. */
export const named = (text: string, node: string | null): string =>
  node === null
    ? text
    : text.replace(/^\{.*\}$/gm, (line) => {
        const value: unknown = JSON.parse(line)
        return JSON.stringify(atNode(value, node))
      })

export function mergedJson(printed: readonly Printed[], several: boolean): unknown {
  if (!several) return whole(printed[0]!)
  let error: unknown = null
  const results: unknown[] = []
  for (const one of printed) {
    if (one.error !== null) {
      error ??= one.error
      const { error: failure, node } = one
      for (const word of one.operands)
        results.push(atNode({ ...namesOf(word), ok: false, note: null, view: null, error: failure, tail: [] }, node))
      continue
    }
    const value = whole(one)
    if (Array.isArray(value)) results.push(...value)
    else if (isFields(value) && isFields(value.error) && Array.isArray(value.results)) {
      error ??= value.error
      results.push(...value.results)
    } else if (value !== undefined) results.push(value)
  }
  return error === null ? results : { error, results }
}

/** Of one node, as it was printed. */
function whole({ node, text }: Printed): unknown {
  if (text.trim() === '') return undefined
  const value: unknown = JSON.parse(text)
  if (Array.isArray(value)) return value.map((each) => atNode(each, node))
  if (isFields(value) && Array.isArray(value.results))
    return { ...value, results: value.results.map((each) => atNode(each, node)) }
  return atNode(value, node)
}
