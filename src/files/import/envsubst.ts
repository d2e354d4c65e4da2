/** `${NAME}` in process-compose files, by the rules of drone/envsubst, which it uses. */
import { PtrackError } from '../../protocol/errors.ts'

/** `$NAME` without braces is left to the shell; `$$` is a dollar sign. Errors are BAD_FILE. */
export function expandVariables(text: string, env: Readonly<Record<string, string>>, file = 'the file'): string {
  let out = ''
  for (let at = 0; at < text.length; ) {
    if (text.startsWith('$$', at)) {
      out += '$'
      at += 2
    } else if (text.startsWith('${', at)) {
      const end = closing(text, at + 2)
      if (end === -1) throw bad(file, text.slice(at, at + 30))
      out += one(text.slice(at + 2, end), env, file)
      at = end + 1
    } else out += text[at++]
  }
  return out
}

/** Where the brace that was opened before `from` is closed; they nest. -1 = nowhere. */
function closing(text: string, from: number): number {
  for (let at = from, depth = 1; at < text.length; at++) {
    if (text.startsWith('${', at)) depth++
    else if (text[at] === '}' && --depth === 0) return at
  }
  return -1
}

const bad = (file: string, what: string): PtrackError =>
  new PtrackError('BAD_FILE', `cannot import ${file}: ${what} is no substitution that process-compose knows`, {
    hint: 'write $$ for a dollar sign that the shell is to see',
  })

const NAME = /^(#?)(\w+)(.*)$/s

function one(inner: string, env: Readonly<Record<string, string>>, file: string): string {
  const [, length, name, rest] = NAME.exec(inner) ?? []
  if (name === undefined || rest === undefined) throw bad(file, `\${${inner}}`)
  const value = env[name] ?? ''
  if (length) return String([...value].length)
  if (rest === '') return value
  const [, otherwise] = /^(?::?=|:-)(.*)$/s.exec(rest) ?? []
  if (otherwise !== undefined) return value === '' ? expandVariables(otherwise, env, file) : value
  const changed = inCase(value, rest) ?? part(value, rest) ?? trimmed(value, rest) ?? replaced(value, rest)
  if (changed === null) throw bad(file, `\${${inner}}`)
  return changed
}

function inCase(value: string, how: string): string | null {
  const head = value.slice(0, 1)
  if (how === '^^') return value.toUpperCase()
  if (how === ',,') return value.toLowerCase()
  if (how === '^') return head.toUpperCase() + value.slice(1)
  return how === ',' ? head.toLowerCase() + value.slice(1) : null
}

function part(value: string, how: string): string | null {
  const [, from, length] = /^:\s*(\d+)(?::(\d+))?$/.exec(how) ?? []
  if (from === undefined) return null
  return value.slice(Number(from), length === undefined ? undefined : Number(from) + Number(length))
}

const source = (pattern: string, any: string): string =>
  pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('?', '.')
    .replaceAll('*', any)

function trimmed(value: string, how: string): string | null {
  const [, operator, pattern] = /^(##?|%%?)(.*)$/s.exec(how) ?? []
  if (operator === undefined || pattern === undefined) return null
  if (operator.startsWith('#')) return value.replace(new RegExp(`^${source(pattern, operator === '#' ? '.*?' : '.*')}`, 's'), '')
  const match = new RegExp(`^(${operator === '%' ? '.*' : '.*?'})${source(pattern, '.*')}$`, 's').exec(value)
  return match ? match[1]! : value
}

function replaced(value: string, how: string): string | null {
  const [, operator, from, to] = /^(\/\/|\/#|\/%|\/)((?:\\.|[^/])+)\/(.*)$/s.exec(how) ?? []
  if (from === undefined || to === undefined) return null
  const text = from.replace(/\\(.)/g, '$1')
  if (operator === '//') return value.replaceAll(text, () => to)
  if (operator === '/#') return value.startsWith(text) ? to + value.slice(text.length) : value
  if (operator === '/%') return value.endsWith(text) ? value.slice(0, -text.length) + to : value
  return value.replace(text, () => to)
}
