/** From untrusted JSON to checked parameters; errors name the field. */
import type { z } from 'zod'
import { PtrackError } from '../protocol/errors.ts'
import { issueWords, mostSpecific } from '../protocol/issue-words.ts'
import { nestsDeeper } from '../protocol/json.ts'
import { type Method, type Params, requests } from '../protocol/requests.ts'

export const isMethod = (name: string): name is Method => Object.hasOwn(requests, name)

type Issue = z.core.$ZodIssue

const cut = (text: string, max: number): string => (text.length > max ? `${text.slice(0, max)}...` : text)

function fieldOf(path: readonly PropertyKey[]): string {
  let field = ''
  for (const part of path) field += typeof part === 'number' ? `[${part}]` : `${field ? '.' : ''}${cut(String(part), 60)}`
  return field
}

/** The most specific message: of a union, the alternative that got furthest. */
function sentence(issue: Issue): string {
  if (issue.code === 'unrecognized_keys') {
    const names = issue.keys.slice(0, 5).map((key) => `\`${fieldOf([...issue.path, cut(key, 60)])}\``)
    return `unknown field${names.length > 1 ? 's' : ''} ${names.join(', ')}${issue.keys.length > 5 ? ` and ${issue.keys.length - 5} more` : ''}`
  }
  const field = fieldOf(issue.path)
  // JSON's name for what YAML calls a map.
  const words = cut(issueWords(issue), 300).replace(/^must be a map$/, 'must be an object')
  // A message of ours is a sentence of its own.
  return field
    ? `\`${field}\`${/^(must|is|has) /.test(words) ? '' : ':'} ${words}`
    : words.replace(/^must /, 'the parameters must ')
}

/** A number that is far too big breaks two bounds; the narrower one comes last. */
const narrowest = (issues: readonly Issue[]): Issue[] =>
  issues.filter((issue, n) => {
    const next = issues[n + 1]
    return (
      next === undefined || next.code !== issue.code || !/^too_/.test(next.code) || fieldOf(next.path) !== fieldOf(issue.path)
    )
  })

/** Throws BAD_REQUEST that names the fields (`details.fields`). */
export const checkParams = <M extends Method>(method: M, params: unknown): Params<M> =>
  checkFields(requests[method], params, method) as Params<M>

/** zod compiles a schema at first use, 9 ms of the first start: done ahead, while idle. */
export function compileChecks(): void {
  requests.start.safeParse({ definition: { name: 'x', command: ['x'], cwd: '/' }, env: { caller: {}, set: {} } })
}

/** For any schema; `doing` is the verb of the error. */
export function checkFields<S extends z.ZodType>(schema: S, value: unknown, doing: string): z.output<S> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const issues = narrowest(result.error.issues.map(mostSpecific))
  const shown = issues.slice(0, 3).map(sentence)
  if (issues.length > 3) shown.push(`and ${issues.length - 3} more`)
  const unknown = issues.some((issue) => issue.code === 'unrecognized_keys')
  throw new PtrackError('BAD_REQUEST', `cannot ${doing}: ${shown.join('; ')}`, {
    hint: unknown ? 'check the spelling, or `ptrack daemon restart` if the daemon is older than the client' : undefined,
    details: { fields: issues.slice(0, 20).map((issue) => fieldOf(issue.path)) },
  })
}

/** Throws BAD_REQUEST for JSON nested deeper than `max`. */
export function checkDepth(value: unknown, max: number): void {
  if (nestsDeeper(value, max))
    throw new PtrackError('BAD_REQUEST', `cannot read the request: it is nested deeper than ${max} levels`)
}
