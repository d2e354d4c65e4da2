/** The sentences of ARCHITECTURE.md about the supervisor that can be read from its sources. */
import { posix } from 'node:path'
import { describe, expect, test } from 'vitest'
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

const daemonSide = (path: string): boolean => /^src\/(?:supervisor|api|ptrackd\.ts)/.test(path)

const SENTENCES: Sentence[] = [
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
