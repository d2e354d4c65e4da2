/** Validation errors of a file, in words and with their places. */
import type { z } from 'zod'
import { nearest } from '../../protocol/suggest.ts'
import type { YamlDocument } from './document.ts'
import type { Problem } from './problem.ts'
import { ProcessEntry, PtrackFile } from './schema.ts'

type Issue = z.core.$ZodIssue
type Path = (string | number)[]

const processKeys = Object.keys(ProcessEntry.shape)
const fileKeys = Object.keys(PtrackFile.shape)

/** Of a union's branches the one that got furthest: a custom message first, then the deepest. */
function flat(issue: Issue): Issue {
  if (issue.code !== 'invalid_union') return issue
  const all = issue.errors.flat().map((each) => flat({ ...each, path: [...issue.path, ...each.path] } as Issue))
  const custom = all.find((each) => each.code === 'custom')
  if (custom) return custom
  const deepest = all.toSorted((a, b) => b.path.length - a.path.length)[0]
  if (deepest !== undefined && deepest.path.length > issue.path.length) return deepest
  const choices = [...new Set(all.map(expected).filter((each) => each !== null))]
  return { ...issue, code: 'custom', message: `it must be ${choices.join(' or ')}` } as Issue
}

const ARTICLES: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
}
function expected(issue: Issue): string | null {
  if (issue.code === 'invalid_type') return ARTICLES[issue.expected] ?? issue.expected
  if (issue.code === 'invalid_value') return issue.values.map(String).join(' or ')
  return null
}

function keysAt(path: Path): readonly string[] {
  if (path.length === 0) return fileKeys
  if (path[0] === 'processes' && path.length === 2) return processKeys
  return ['on', 'run']
}

/** One problem for each wrong key or value. `at`: the path of what was checked inside the document. */
export function problemsOf(error: z.ZodError, document: YamlDocument, at: Path = []): Problem[] {
  return error.issues.flatMap((raw): Problem[] => {
    const issue = flat(raw)
    const path = [...at, ...(issue.path as Path)]
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => {
        const known = keysAt(path)
        const near = nearest(key, known)
        const of = path.length === 0 ? 'of the file' : path.length === 2 ? 'of a process' : 'of a hook'
        return {
          ...document.placeOf([...path, key], 'key'),
          message: `\`${key}\` is no key ${of}`,
          hint: near ? `did you mean \`${near}\`?` : `the keys are ${known.join(', ')}`,
        }
      })
    const name = path.at(-1)
    const where = path.length === 0 ? 'the file' : typeof name === 'number' ? `\`${path.at(-2)}\`` : `\`${name}\``
    if (issue.code === 'invalid_key') {
      return [{ ...document.placeOf(path, 'key'), message: `${where} is no name: ${issue.issues[0]?.message}`, hint: null }]
    }
    const value = valueAt(document.value, path)
    const shown = JSON.stringify(value ?? null).slice(0, 60)
    if (issue.code === 'invalid_value') {
      const near = typeof value === 'string' ? nearest(value, issue.values.map(String)) : null
      return [
        {
          ...document.placeOf(path),
          message: `${where} is ${shown}, and none of ${issue.values.map(String).join(', ')}`,
          hint: near ? `did you mean ${near}?` : null,
        },
      ]
    }
    if (issue.code === 'too_small' || issue.code === 'too_big') {
      const isCount = issue.origin !== 'string' && issue.origin !== 'array'
      const low = isCount ? `is ${shown}, and must be at least ${'minimum' in issue ? issue.minimum : ''}` : 'is empty'
      const high = isCount ? `is ${shown}, and must be at most ${'maximum' in issue ? issue.maximum : ''}` : 'is too long'
      return [{ ...document.placeOf(path), message: `${where} ${issue.code === 'too_small' ? low : high}`, hint: null }]
    }
    const must = expected(issue)
    const [message = '', hint = null] = issue.code === 'custom' ? issue.message.split('; ') : [issue.message]
    return [
      {
        ...document.placeOf(path),
        message: must ? `${where} is ${shown}, and must be ${must}` : `${where}: ${lowerFirst(message)}`,
        hint,
      },
    ]
  })
}

const lowerFirst = (text: string): string => (/^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text)

function valueAt(value: unknown, path: Path): unknown {
  let at = value
  for (const part of path) {
    if (typeof at !== 'object' || at === null) return undefined
    at = (at as Record<string, unknown>)[String(part)]
  }
  return at
}
