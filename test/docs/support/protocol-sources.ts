/** What src/protocol says in its sources beside what it is: comments, which schema a field has, the text of types. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { limits } from '../../../src/protocol/limits.ts'
import { root } from '../../support/bundle.ts'

const folder = join(root, 'src/protocol')
const text = readdirSync(folder)
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(join(folder, name), 'utf8'))
  .join('\n')

export interface Member {
  name: string
  /** The expression behind the colon; the name itself where only that stands. */
  value: string
  doc: string
}

/** A comment as one line of prose. */
const proseOf = (comment: string): string =>
  comment
    .replace(/^\/\*\*|\*\/$/g, '')
    .replace(/^\s*\* ?/gm, '')
    .replace(/\s+/g, ' ')
    .replace(/\blimits\.(\w+)/g, (_, name: keyof typeof limits) => String(limits[name]))
    .trim()

/** From the bracket at `open` to its partner, both left out. */
function inside(source: string, open: number): string {
  let depth = 0
  for (let at = open; at < source.length; at++) {
    if ('({['.includes(source[at]!)) depth++
    if (')}]'.includes(source[at]!) && --depth === 0) return source.slice(open + 1, at)
  }
  throw new Error(`a bracket is not closed: ${source.slice(open, open + 80)}`)
}

/** The members of an object or an interface, with the comment before each. */
export function membersOf(body: string): Member[] {
  const members: Member[] = []
  let doc = ''
  let member = ''
  let depth = 0
  const take = (): void => {
    const match = /^\s*(?:readonly )?'?([\w.-]+)'?\??\s*(?::\s*([\s\S]*))?$/.exec(member)
    if (match) members.push({ name: match[1]!, value: (match[2] ?? match[1]!).trim().replace(/\s+/g, ' '), doc })
    doc = ''
    member = ''
  }
  for (let at = 0; at < body.length; ) {
    const comment = /^(\/\*\*[\s\S]*?\*\/|\/\/[^\n]*)/.exec(body.slice(at))?.[0]
    if (comment !== undefined) {
      if (comment.startsWith('/**') && depth === 0) doc = proseOf(comment)
      else if (comment.startsWith('/**')) member += comment
      at += comment.length
      continue
    }
    const quoted = /^'(?:[^'\\\n]|\\.)*'/.exec(body.slice(at))?.[0] ?? body[at]!
    if (quoted.length === 1) {
      if ('({['.includes(quoted)) depth++
      if (')}]'.includes(quoted)) depth--
    }
    // In an interface a line is a member.
    if (depth === 0 && (quoted === ',' || (quoted === '\n' && member.trim() !== '' && !/[:|&]\s*$/.test(member)))) take()
    else member += quoted
    at += quoted.length
  }
  if (member.trim() !== '') take()
  return members
}

function constant(name: string): { doc: string; value: string } {
  const match = new RegExp(`(/\\*\\*(?:(?!\\*/)[\\s\\S])*\\*/\\n)?^export const ${name} = `, 'm').exec(text)
  if (!match) throw new Error(`src/protocol has no ${name}`)
  const from = match.index + match[0].length
  return { doc: match[1] ? proseOf(match[1].trim()) : '', value: text.slice(from, from + 20_000) }
}

/** The fields of `z.strictObject({ ... })`, or of the constant that stands for one. */
export function fieldsOf(expression: string): Member[] {
  const object = /^z\s*\.strictObject\(\{/.exec(expression)
  if (object) return membersOf(inside(expression, object[0].length - 1))
  const name = /^[A-Z]\w+/.exec(expression)?.[0]
  return name === undefined ? [] : fieldsOf(constant(name).value)
}
export const docOf = (name: string): string => constant(name).doc

/** The tables of requests, by the names of their constants. */
export function requestTable(name: string): Member[] {
  const { value } = constant(name)
  return membersOf(inside(value, value.indexOf('{'))).filter((member) => !member.name.startsWith('.'))
}

const INTERFACE = /((?:\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n)?)^export interface (\w+)(?:\s+extends ([\w,\s]+?))?\s+\{\n([\s\S]*?)^\}/gm
const interfaces = new Map([...text.matchAll(INTERFACE)].map((match) => [match[2]!, match]))

export const membersOfInterface = (name: string): Member[] => membersOf(interfaces.get(name)![4]!)

/** The source of all interfaces that these types speak of, and of those that they speak of, in the order of their names. */
export function interfacesBehind(types: readonly string[]): string[] {
  const found = new Map<string, string>()
  const queue = [...types]
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    for (const [name] of next.matchAll(/\b[A-Z]\w+\b/g)) {
      const source = interfaces.get(name)?.[0]
      if (source === undefined || found.has(name)) continue
      found.set(name, source.replace(/^export /m, ''))
      queue.push(source)
    }
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, source]) => source)
}
