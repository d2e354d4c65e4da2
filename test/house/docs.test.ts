/** Documents rot unless something runs them: blocks are executed, and every path, command and option that is named must exist. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { COMMANDS, namesOf } from '../../src/cli/command-table.ts'
import { buildParser } from '../../src/cli/parse-command.ts'
import { root } from '../support/bundle.ts'
import { testDocument } from '../support/document.ts'

const read = (name: string) => readFileSync(join(root, name), 'utf8')
const DOCUMENTS = [
  ...['README.md', 'ARCHITECTURE.md', 'CHANGELOG.md', 'bench/README.md', 'examples/README.md'],
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]

testDocument('README.md', {
  claims: [
    [
      'start --name web',
      async (_, { home }) => expect(await home.ls('web')).toMatchObject({ status: 'running', health: 'healthy' }),
    ],
    ['kill -9 "$(ptrack show web', async (_, { home }) => expect((await home.ls('web'))!.run).toBe(2)],
    [
      'ptrack daemon status',
      async (_, { home }) => expect(await home.ls('web')).toMatchObject({ status: 'running', adopted: true, run: 2 }),
    ],
    ['--name publish', async (_, { home }) => expect(await home.ls('publish')).toMatchObject({ status: 'done' })],
    [
      '::ptrack',
      async (output, { home }) => {
        expect(output).toContain('\nround,square\n1,1\n2,4\n3,9\n4,16\n5,25\n')
        expect(await home.ls('measure')).toMatchObject({ status: 'done', results: 5, progress: { percent: 100 } })
      },
    ],
    ['--name hello', (output) => expect(output).toMatch(/^hello from a job$/m)],
    [
      'kill-orphan',
      async (output, { home }) => {
        expect(output).toContain('sleep 600')
        expect(await home.json(['orphans'])).toEqual([])
      },
    ],
    ['scale worker 5', async (_, { home }) => expect((await home.json<unknown[]>(['ls', 'worker:*'])).length).toBe(5)],
    ['ptrack delete all', (_, { home }) => expect(home.processes()).toEqual([])],
  ],
})

test('every path that a document names exists', () => {
  const missing = DOCUMENTS.flatMap((document) => {
    const named = [
      ...read(document).matchAll(/`((?:src|test|bench|docs|bin|scripts|examples|\.ci)\/[\w./-]*)`|\]\((?!https?:)([\w./-]+)\)/g),
    ]
    return (
      named
        .map((match) => ({ document, path: match[1] ?? join(dirname(document), match[2]!) }))
        // Made by a run, and ignored by git.
        .filter(({ path }) => !path.startsWith('bench/results') && !existsSync(join(root, path)))
        .map(({ path }) => `${document} names ${path}, which is not there`)
    )
  })
  expect(missing).toEqual([])
})

const specs = new Map(COMMANDS.flatMap((spec) => namesOf(spec).map((name) => [name, spec] as const)))

/** `ptrack ...` as it stands in prose and in blocks, up to what belongs to another program. */
function commandLines(text: string): string[][] {
  const code = [
    ...[...text.matchAll(/^```(?:sh|console)\n([\s\S]*?)^```$/gm)].flatMap((match) => match[1]!.split('\n')),
    ...[...text.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/`([^`\n]+)`/g)].map((match) => match[1]!),
  ]
  // What a page shows to fail may name what is not there.
  const meant = code.filter((line) => !line.includes('|| echo "exit code'))
  return meant.flatMap((line) =>
    [...line.replaceAll(/\$\((?!ptrack)[^)]*\)/g, 'X').matchAll(/(?:^|[\s$(;&|!])ptrack( +[^;|&)>]+)/g)].map((match) => {
      const words = match[1]!.trim().split(/\s+/)
      const own = words.findIndex((word) => word === '--' || word === '#')
      return own < 0 ? words : words.slice(0, own)
    }),
  )
}

test.each(DOCUMENTS)('every command and option that %s names exists', (document) => {
  const wrong = commandLines(read(document)).flatMap((words) => {
    // `ptrack COMMAND --help` and the like speak of any command.
    if (!/^[a-z]/.test(words[0]!)) return []
    const spec = specs.get(words.slice(0, 2).join(' ')) ?? specs.get(words[0]!)
    // `ptrack track` alone stands for all that begin so.
    if (!spec && words.length === 1 && [...specs.keys()].some((name) => name.startsWith(`${words[0]} `))) return []
    if (!spec) return [`ptrack ${words.join(' ')}: no such command`]
    const known = new Set(['--help', ...buildParser(spec).command.options.flatMap(({ long, short }) => [long, short])])
    const options = words.filter((word) => /^--?[a-z]/i.test(word)).map((word) => word.split('=')[0]!)
    return options.filter((option) => !known.has(option)).map((option) => `ptrack ${words.join(' ')}: no option ${option}`)
  })
  expect(wrong).toEqual([])
})

test('every command of the README exists', () => {
  const list = read('README.md').split('## Commands')[1]!.split('\n\n')[1]!
  const commands = list
    .split('\n')
    .flatMap((line) => line.trim().split(/\s{2,}/))
    .map((word) => word.split(' ')[0]!)
    .filter((word) => /^[a-z-]+$/.test(word))
  expect(commands.length).toBeGreaterThan(20)
  const first = new Set([...specs.keys()].map((name) => name.split(' ')[0]))
  expect(
    [...new Set(commands)].filter(
      (command) => !['what', 'each', 'inside', 'a', 'rules', 'work'].includes(command) && !first.has(command),
    ),
  ).toEqual([])
})
