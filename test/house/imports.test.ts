/** The arrows of ARCHITECTURE.md, read from the import statements themselves. */
import { posix } from 'node:path'
import { expect, test } from 'vitest'
import { codeOnly, filesIn, placeOf, type SourceFile } from './support/sources.ts'

interface Import {
  from: SourceFile
  place: string
  /** As written. */
  specifier: string
  kind: 'value' | 'type' | 'dynamic'
  /** Path of one of our own modules, else null. */
  target: string | null
  /** Its layer. */
  layer: string | null
}

const IMPORT =
  /\b(?:import|export)\s+(type\s+)?(?:[\w*{}\s,$]+?\s+from\s+)?['"]([^'"]+)['"]|\b(?:import|require)\(\s*['"]([^'"]+)['"]\s*\)/g

/** `src/core/state.ts` -> core; `src/ptrack.ts` -> ptrack.ts. */
const layerOf = (path: string): string => path.split('/')[1]!

function importsOf(file: SourceFile): Import[] {
  return [...codeOnly(file.text).matchAll(IMPORT)].map((match) => {
    const specifier = match[2] ?? match[3]!
    const target = specifier.startsWith('.') ? posix.join(posix.dirname(file.path), specifier) : null
    return {
      from: file,
      place: placeOf(file, match.index),
      specifier,
      kind: match[3] !== undefined ? 'dynamic' : match[1] !== undefined ? 'type' : 'value',
      target,
      layer: target ? layerOf(target) : null,
    }
  })
}

/** What a layer may import: our own layers, and which other modules. */
interface Rule {
  layers: readonly string[]
  /** true = any package and builtin; else exactly these. */
  outside: true | readonly string[]
  /** Single files that may import one thing more, each with its reason. */
  exceptions?: Readonly<Record<string, readonly string[]>>
  why: string
}

const RULES: Record<string, Rule> = {
  protocol: {
    layers: ['protocol'],
    outside: ['zod', 'node:path', 'node:os'],
    why: 'protocol is the vocabulary both sides share, and knows neither',
    exceptions: {
      // Where both sides meet: the files of the home, and the descriptor through which a long socket path is reached.
      'src/protocol/plain-file.ts': ['node:fs'],
      'src/protocol/socket-path.ts': ['node:fs'],
      'src/protocol/lock-link.ts': ['node:fs'],
      'src/protocol/input-files.ts': ['node:fs'],
      'src/protocol/usable-log.ts': ['node:fs'],
    },
  },
  core: {
    layers: ['core', 'protocol'],
    outside: ['node:assert', 'node:assert/strict'],
    why: 'core is pure: time, chance and the outside come in as values or through world.ts',
  },
  supervisor: {
    layers: ['supervisor', 'core', 'protocol'],
    outside: ['node:assert', 'node:assert/strict', 'node:path', 'node:events', 'node:async_hooks'],
    why: 'the supervisor reaches the operating system through the World it is given, never by itself',
    // Takes colours out of text, and touches nothing.
    exceptions: { 'src/supervisor/last-output.ts': ['node:util'] },
  },
  adapters: {
    layers: ['adapters', 'core', 'protocol'],
    outside: true,
    why: 'adapters implement core/world.ts and hold no policy',
  },
  api: { layers: ['api', 'supervisor', 'core', 'protocol'], outside: true, why: 'the api asks the supervisor' },
  client: { layers: ['client', 'protocol'], outside: true, why: 'a client knows the wire and never the insides of the daemon' },
  lib: { layers: ['lib', 'client', 'protocol'], outside: true, why: 'the library is a client like any other' },
  words: {
    layers: ['words', 'protocol'],
    outside: ['csv-stringify/sync', 'get-east-asian-width'],
    why: 'words are for every view: terminal, page and pipe',
  },
  files: {
    layers: ['files', 'protocol'],
    outside: true,
    why: "what files say is read without the daemon; who acts on it is the CLI's",
  },
  tui: {
    layers: ['tui', 'words', 'client', 'protocol'],
    outside: true,
    why: 'the terminal view is a client of the protocol and nothing else',
  },
  web: { layers: ['web', 'words', 'protocol'], outside: true, why: 'the page runs in a browser and knows the wire alone' },
  cli: {
    layers: ['cli', 'tui', 'files', 'words', 'client', 'protocol'],
    outside: true,
    why: 'the CLI is a client like any other',
  },
  'ptrack.ts': { layers: ['cli', 'protocol'], outside: true, why: 'the entry of the CLI starts the CLI' },
  'ptrack-preload.ts': { layers: [], outside: true, why: 'it is loaded into programs, and brings nothing along' },
  preload: { layers: ['preload'], outside: true, why: 'it is loaded into programs, and brings nothing along' },
  'ptrack-sockets.ts': { layers: ['preload'], outside: true, why: 'it is loaded into programs, and brings nothing else along' },
  'ptrack-reader.ts': { layers: ['adapters'], outside: [], why: 'the entry of the process that reads logs starts it' },
  'ptrackd-fleet.ts': { layers: ['adapters'], outside: [], why: 'the entry of the process that holds the bus starts it' },
  'ptrackd-launch.ts': { layers: ['from-cache.js'], outside: true, why: 'it starts the daemon, and compiles nothing of it' },
  daemon: {
    layers: ['daemon', 'api', 'supervisor', 'adapters', 'core', 'protocol'],
    outside: true,
    why: 'the composition root joins every layer of the daemon, and no client',
  },
  'ptrackd.ts': { layers: ['daemon', 'protocol'], outside: [], why: 'the entry of the daemon reads as its life: four calls' },
}

const all = filesIn('src', ['.ts', '.tsx'])

for (const layer of Object.keys(RULES)) {
  test(`${layer} imports only what it may`, () => {
    const rule = RULES[layer]!
    const offences = all
      .filter((file) => layerOf(file.path) === layer)
      .flatMap(importsOf)
      .filter(({ from, layer: target, specifier }) => {
        if (target !== null) return !rule.layers.includes(target)
        return rule.outside !== true && !rule.outside.includes(specifier) && !rule.exceptions?.[from.path]?.includes(specifier)
      })
      .map(
        ({ place, specifier }) =>
          `${place}: imports ${specifier}; ${rule.why} (allowed: ${[...rule.layers, ...(rule.outside === true ? ['packages'] : rule.outside)].join(', ')})`,
      )
    expect(offences).toEqual([])
  })
}

const imports = new Map(all.map((file) => [file.path, importsOf(file).filter(({ target }) => target !== null)]))

/** What comes along with a file. */
function loadedWith(path: string, found = new Set<string>()): Set<string> {
  if (found.has(path)) return found
  found.add(path)
  for (const { kind, target } of imports.get(path) ?? []) if (kind === 'value') loadedWith(target!, found)
  return found
}

test('what a command loads when it is asked for comes with no other', () => {
  const quick = loadedWith('src/ptrack.ts')
  const slow = [...imports.values()]
    .flat()
    .filter(
      ({ kind, target, from }) => kind === 'dynamic' && ['cli', 'client'].includes(layerOf(from.path)) && target!.endsWith('.ts'),
    )
  expect(slow.length).toBeGreaterThan(20)
  expect(
    slow.filter(({ target }) => quick.has(target!)).map(({ place, target }) => `${place}: ${target} comes with ptrack.ts`),
  ).toEqual([])
  const packages = all.filter(({ path }) => quick.has(path)).flatMap(importsOf)
  const names = packages.filter(
    ({ target, kind, specifier }) => target === null && kind === 'value' && !specifier.startsWith('node:'),
  )
  expect([...new Set(names.map(({ specifier }) => specifier))].toSorted()).toEqual(['chalk', 'commander', 'get-east-asian-width'])
})

/** Groups of files of which each reaches each other by imports of any kind. */
function circles(): string[][] {
  const reached = new Map<string, Set<string>>()
  const reach = (path: string): Set<string> => {
    const found = new Set<string>()
    const next = [path]
    for (let at = next.pop(); at !== undefined; at = next.pop())
      for (const { target } of imports.get(at) ?? [])
        if (!found.has(target!)) {
          found.add(target!)
          next.push(target!)
        }
    return found
  }
  for (const path of imports.keys()) reached.set(path, reach(path))
  const groups = [...reached].flatMap(([path, targets]) =>
    targets.has(path) ? [[...targets].filter((other) => reached.get(other)?.has(path)).toSorted()] : [],
  )
  return [...new Map(groups.map((group) => [group[0]!, group])).values()]
}

/** Types alone: the mailbox and its companions. */
const KNOTS = [/^src\/supervisor\//]

test('no imports run in a circle, not even those of types', () => {
  expect(circles().filter((circle) => !KNOTS.some((knot) => circle.every((path) => knot.test(path))))).toEqual([])
})

test('every file of src belongs to a layer that has a rule', () => {
  expect(all.map((file) => layerOf(file.path)).filter((layer) => !(layer in RULES))).toEqual([])
})

test('the reader of imports sees every form of them', () => {
  const text = [
    "import a from './core/a.ts'",
    "import type { B } from '../core/b.ts'",
    "import { type C, d } from 'zod'",
    "export * from './e.ts'",
    "import './f.ts'",
    "const g = await import('node:net')",
    "const h = require('node:http')",
    "// import i from 'node:fs'",
    'import {\n  j,\n  k,\n} from "node:os"',
  ].join('\n')
  const found = importsOf({ path: 'src/cli/x.ts', text, lines: text.split('\n') })
  expect(found.map(({ specifier }) => specifier)).toEqual([
    './core/a.ts',
    '../core/b.ts',
    'zod',
    './e.ts',
    './f.ts',
    'node:net',
    'node:http',
    'node:os',
  ])
  expect(found[1]).toMatchObject({ layer: 'core', target: 'src/core/b.ts', kind: 'type' })
  expect(found[5]).toMatchObject({ kind: 'dynamic' })
})
