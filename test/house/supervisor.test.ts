/** The sentences of ARCHITECTURE.md about the supervisor that can be read from its sources. */
import { posix } from 'node:path'
import { describe, expect, test } from 'vitest'
import { requests } from '../../src/protocol/requests.ts'
import { codeOnly, filesIn, placeOf } from './support/sources.ts'

const all = filesIn('src', ['.ts'])
const supervisor = all.filter(({ path }) => path.startsWith('src/supervisor/'))
const WIRING = 'src/supervisor/create-supervisor.ts'

interface Sentence {
  what: string
  pattern: RegExp
  applies(path: string): boolean
  /** Breaks it: the sentence is tried on it, so that it cannot rot into one that never fires. */
  example: string
}

const daemonSide = (path: string): boolean => /^src\/(?:supervisor|api|daemon|ptrackd\.ts)/.test(path)

const SENTENCES: Sentence[] = [
  {
    what: 'the API never sees the world',
    pattern: /(?<![/\w-])world\b(?!\.ts)/g,
    applies: (path) => path.startsWith('src/api/'),
    example: 'await supervisor.world.store.flush()',
  },
  {
    what: 'what is so of a process is changed by the orchestrator alone',
    pattern: /(?<!\bthis)\.(?:tracked|definition|policy|input)\s*=(?![=>])|\b(?:tracked|state|live|external)\.\w+\s*=(?![=>])/g,
    applies: (path) => daemonSide(path) && path !== 'src/supervisor/orchestrator.ts',
    example: 'state.live.program = program',
  },
  {
    what: 'what somebody is to be called back by is handed in, and never assigned later',
    pattern: /\b(?!this\b)\w+\.on[A-Z]\w*\s*=[^=>]|\b\w+\.\w+\.\w+\s*=\s*(?:async\s*)?\([^()]*\)\s*=>/g,
    applies: daemonSide,
    example: 'orchestrator.admission.reasonOfTime = (managed) => scheduler.reasonOf(managed)',
  },
]

describe.each(SENTENCES)('$what', ({ pattern, applies, example }) => {
  test('holds', () => {
    const offences = all
      .filter(({ path }) => applies(path))
      .flatMap((file) => [...codeOnly(file.text).matchAll(pattern)].map((match) => `${placeOf(file, match.index)}: ${match[0]}`))
    expect(offences).toEqual([])
  })
  test('is one that can be broken', () => expect(example).toMatch(new RegExp(pattern.source)))
})

/** They belong to the connection itself; see api/contract.ts. */
const OF_THE_WIRE = new Set([
  'hello',
  'subscribe',
  'unsubscribe',
  'logs.follow',
  'logs.unfollow',
  'admit',
  'fleet.open',
  'fleet.carry',
])

test('a verb is a request row, an operation and a handler, each found by its name', () => {
  const named = (folder: string): string[] =>
    all
      .filter(({ path }) => posix.dirname(path) === folder)
      .map(({ path }) => posix.basename(path, '.ts'))
      .sort()
  const verbs = Object.keys(requests)
    .filter((verb) => !OF_THE_WIRE.has(verb))
    .map((verb) => verb.replaceAll('.', '-'))
    .sort()
  expect(named('src/api/handlers')).toEqual(verbs)
  expect(named('src/supervisor/operations')).toEqual(verbs)
})

test('a handler unpacks, calls its operation and packs: it knows nothing else of the supervisor', () => {
  const offences = all
    .filter(({ path }) => path.startsWith('src/api/handlers/'))
    .flatMap((file) => {
      const own = `../../supervisor/operations/${posix.basename(file.path)}`
      const imported = [...codeOnly(file.text).matchAll(/from '([^']*supervisor[^']*)'/g)].map(([, from]) => from!)
      return imported.length === 1 && imported[0] === own ? [] : [`${file.path}: ${imported.join(', ')}`]
    })
  expect(offences).toEqual([])
})

test('the entry of the daemon reads as four calls', () => {
  const main = all.find(({ path }) => path === 'src/ptrackd.ts')!
  const calls = [...codeOnly(main.text).matchAll(/(?:await|=>) (\w+)\(/g)].map(([, name]) => name)
  expect(calls).toEqual(['createWorld', 'createDaemon', 'serve', 'shutDown'])
})

test('what stands on the Host is made in create-supervisor.ts and nowhere else', () => {
  const parts = supervisor
    .filter(({ text }) => /constructor\([^)]*\b(?:host: |ground: |Ground\b)/.test(text))
    .flatMap(({ text }) => [...text.matchAll(/^export class (\w+)/gm)].map(([, name]) => name!))
  expect(parts).toContain('Orchestrator')
  expect(parts.length).toBeGreaterThan(15)
  const making = new RegExp(`\\bnew (?:${parts.join('|')})\\(`, 'g')
  const elsewhere = all
    .filter(({ path }) => path !== WIRING && !path.startsWith('src/lib/'))
    .flatMap((file) => [...codeOnly(file.text).matchAll(making)].map((match) => placeOf(file, match.index)))
  expect(elsewhere).toEqual([])
})

test('no circle among the files of the supervisor, types included', () => {
  const imports = new Map(
    supervisor.map(({ path, text }) => [
      path,
      [...codeOnly(text).matchAll(/\bfrom\s+'(\.[^']+)'/g)]
        .map(([, specifier]) => posix.join(posix.dirname(path), specifier!))
        .filter((target) => target.startsWith('src/supervisor/')),
    ]),
  )
  expect(imports.get(WIRING)!.length).toBeGreaterThan(30)
  const done = new Set<string>()
  const circleFrom = (path: string, way: string[]): string[] | null => {
    if (way.includes(path)) return [...way.slice(way.indexOf(path)), path]
    if (done.has(path)) return null
    for (const target of imports.get(path) ?? []) {
      const circle = circleFrom(target, [...way, path])
      if (circle !== null) return circle
    }
    done.add(path)
    return null
  }
  expect([...imports.keys()].map((path) => circleFrom(path, [])).filter((circle) => circle !== null)).toEqual([])
})
