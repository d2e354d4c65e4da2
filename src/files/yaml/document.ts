/** YAML with positions; anchors, merge keys and `${VAR}` are resolved. */
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, Scalar, type YAMLError } from 'yaml'
import { expand } from './expand.ts'
import { badFile, type Place, type Problem } from './problem.ts'

type Path = readonly (string | number)[]

export interface YamlDocument {
  value: unknown
  /** Of the value at a path, or (`key`) of its key. Falls back to the nearest existing parent. */
  placeOf(path: Path, what?: 'key' | 'value'): Place
  /** Unset variables and invalid forms: the text stays as written. */
  unset: Unset[]
  /** Recoverable mistakes, such as a duplicate key. */
  faults: Problem[]
}

/** `text`: as written; `at`: start of its value. */
interface Unset {
  text: string
  at: Place
  problem: Problem
}

/** A megabyte holds some ten thousand processes; more is a file that was named by mistake. */
const MAX_BYTES = 4 * 1024 * 1024
/** Syntax errors reported; later ones mostly follow from them. */
const MAX_ERRORS = 10

/** A file of ten lines can stand for millions of nodes by nested aliases. */
const MAX_NODES = 100_000

/** Below these keys a number is the text as written: `007` and `1.10` in an environment are no numbers. */
const TEXTUAL = new Set(['env', 'instanceEnv', 'umask', 'ulimits', 'user', 'group'])

const MAX_MESSAGE = 200

/** The parser's message, without its own advice and place. */
export function syntaxWords({ code, message }: YAMLError): { message: string; hint: string | null } {
  if (code === 'MULTIPLE_DOCS')
    return { message: 'a second document begins here', hint: 'a file is one document: take the `---` out' }
  const words = message.split(' at line ')[0]!.replace(/[.:]$/, '')
  return { message: words.length > MAX_MESSAGE ? `${words.slice(0, MAX_MESSAGE)}...` : words, hint: null }
}

const keyOf = (path: Path): string => JSON.stringify(path)

/** `env`: for `${VAR}`. `file` is for places only. Throws BAD_FILE. */
export function readYaml(text: string, file: string, env: Readonly<Record<string, string | undefined>>): YamlDocument {
  const lines = new LineCounter()
  if (text.length > MAX_BYTES)
    throw badFile([
      { file, line: 1, column: 1, message: `it is larger than ${MAX_BYTES / 1024 / 1024} MB`, hint: 'check which file it is' },
    ])
  // Unique keys are checked below, in linear time.
  const document = parseDocument(text, { lineCounter: lines, version: '1.2', merge: false, uniqueKeys: false })
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(1, line), column: Math.max(1, col) }
  }
  const problems: Problem[] = document.errors
    .slice(0, MAX_ERRORS)
    .map((error) => ({ ...at(error.pos[0]), ...syntaxWords(error) }))
  if (problems.length > 0) throw badFile(problems)

  const unset: Unset[] = []
  const faults: Problem[] = []
  const places = new Map<string, { key: number; value: number }>()
  let nodes = 0
  const start = (node: Node | null): number => node?.range?.[0] ?? 0
  const fail = (node: Node | null, message: string, hint: string | null): void => {
    problems.push({ ...at(start(node)), message, hint })
  }

  function scalar(node: Scalar, path: Path): unknown {
    const textual = path.some((part) => TEXTUAL.has(String(part)))
    if (typeof node.value === 'number' && textual) return node.source ?? String(node.value)
    if (typeof node.value !== 'string' || !node.value.includes('$')) return node.value
    const expanded = expand(node.value, env)
    if ('problem' in expanded) {
      const shift = node.type === Scalar.PLAIN ? expanded.at : 0
      const problem = { ...at(start(node) + shift), message: expanded.problem, hint: expanded.hint }
      unset.push({ text: node.value, at: at(start(node)), problem })
      return node.value
    }
    if (node.type !== Scalar.PLAIN || textual) return expanded.text
    // Unquoted, the value is parsed as if written there: `port: ${PORT:-3000}` is a number.
    if (expanded.text === 'true' || expanded.text === 'false') return expanded.text === 'true'
    const number = Number(expanded.text)
    return expanded.text !== '' && String(number) === expanded.text && Number.isFinite(number) ? number : expanded.text
  }

  function walk(node: Node | null, path: Path, above: readonly Node[]): unknown {
    if (++nodes > MAX_NODES) {
      fail(node, `there are more than ${MAX_NODES} values in it, aliases counted`, 'use fewer aliases')
      throw badFile(problems)
    }
    if (node === null) return null
    if (isAlias(node)) {
      const target = node.resolve(document)
      if (target === undefined || above.includes(target)) {
        fail(
          node,
          target ? `the alias *${node.source} stands inside what it stands for` : `there is no anchor &${node.source}`,
          null,
        )
        return null
      }
      return walk(target, path, [...above, target])
    }
    if (isScalar(node)) return scalar(node, path)
    if (isSeq(node)) {
      return node.items.map((item, index) => {
        places.set(keyOf([...path, index]), { key: start(item as Node), value: start(item as Node) })
        return walk(item as Node | null, [...path, index], [...above, node])
      })
    }
    if (!isMap(node)) return null
    const merged: Record<string, unknown> = Object.create(null) as Record<string, unknown>
    const own = new Map<string, Node | null>()
    for (const pair of node.items) {
      const key = pair.key as Node
      const value = pair.value as Node | null
      if (isScalar(key) && key.value === '<<' && key.type === Scalar.PLAIN) {
        // Of several, the earlier wins.
        const from = isSeq(value) ? (value.items as Node[]).toReversed() : [value]
        for (const each of from) {
          const below = walk(each, path, [...above, node])
          if (typeof below === 'object' && below !== null && !Array.isArray(below)) Object.assign(merged, below)
          else fail(key, '`<<` merges a map, and this is none', 'write <<: *anchor')
        }
        continue
      }
      if (!isScalar(key)) {
        faults.push({ ...at(start(key)), message: 'a key must be a plain word', hint: null })
        continue
      }
      const name = key.source ?? String(key.value)
      if (own.has(name)) {
        const { line } = at(places.get(keyOf([...path, name]))!.key)
        const message = `\`${name}\` is written twice, first in line ${line}`
        faults.push({ ...at(start(key)), message, hint: 'one of them would not count' })
        continue
      }
      // After the merges, so that these places override those of what is merged.
      own.set(name, value)
      places.set(keyOf([...path, name]), { key: start(key), value: value === null ? start(key) : start(value) })
    }
    for (const [name, value] of own) merged[name] = walk(value, [...path, name], [...above, node])
    return { ...merged }
  }

  const value = walk(document.contents as Node | null, [], [])
  if (problems.length > 0) throw badFile([...problems, ...faults, ...unset.map(({ problem }) => problem)])
  return {
    value,
    unset,
    faults,
    placeOf(path, what = 'value') {
      for (let length = path.length; length > 0; length--) {
        const place = places.get(keyOf(path.slice(0, length)))
        if (place) return at(length === path.length ? place[what] : place.key)
      }
      return at(start(document.contents as Node | null))
    },
  }
}
