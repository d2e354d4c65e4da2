/** Validation errors of a file, in words and with their places. */
import type { z } from 'zod'
import { expectedKind, issueWords, mostSpecific } from '../../protocol/issue-words.ts'
import { nearest } from '../../protocol/suggest.ts'
import type { YamlDocument } from './document.ts'
import type { Problem } from './problem.ts'
import { ProcessEntry, PtrackFile } from './schema.ts'

type Path = (string | number)[]

const processKeys = Object.keys(ProcessEntry.shape)
const fileKeys = Object.keys(PtrackFile.shape)

function keysAt(path: Path): readonly string[] {
  if (path.length === 0) return fileKeys
  if (path[0] === 'processes' && path.length === 2) return processKeys
  return ['on', 'run']
}

/** One problem for each wrong key or value. `at`: the path of what was checked inside the document. */
export function problemsOf(error: z.ZodError, document: YamlDocument, at: Path = []): Problem[] {
  return error.issues.flatMap((raw): Problem[] => {
    const issue = mostSpecific(raw)
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
      const [size, words] = [sizeOf(value, shown), issueWords(issue)]
      const message = words === 'must not be empty' ? 'is empty' : `${size}, and ${words}`
      return [{ ...document.placeOf(path), message: `${where} ${message}`, hint: null }]
    }
    const must = expectedKind(issue)
    const [message = '', hint = null] = issue.code === 'custom' ? issue.message.split('; ') : [issueWords(issue)]
    return [
      {
        ...document.placeOf(path),
        message: must ? `${where} is ${shown}, and must be ${must}` : `${where}: ${lowerFirst(message)}`,
        hint,
      },
    ]
  })
}

function sizeOf(value: unknown, shown: string): string {
  if (typeof value === 'string') return `has ${value.length} characters`
  return Array.isArray(value) ? `has ${value.length} entries` : `is ${shown}`
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
