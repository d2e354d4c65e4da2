/** Documents rot unless something runs them: blocks are executed, and every path, command and option that is named must exist. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../support/bundle.ts'
import { commandLinesIn, firstWords, mistakesIn } from '../support/command-lines.ts'
import { testDocument } from '../support/document.ts'
import { freePort } from '../support/free-port.ts'
import { ELSEWHERE, isRunElsewhere, TYPED, typedLines } from '../support/terminal.ts'
import { filesIn } from './support/sources.ts'

const read = (name: string) => readFileSync(join(root, name), 'utf8')
const DOCUMENTS = [
  ...['README.md', 'ARCHITECTURE.md', 'CHANGELOG.md', 'bench/README.md', 'examples/README.md', 'skills/ptrack/SKILL.md'],
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]

testDocument('README.md', {
  ports: { 4100: freePort },
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
        expect(output).toContain('\nrun,attempt,round,square\n1,1,1,1\n1,1,2,4\n1,1,3,9\n1,1,4,16\n1,1,5,25\n')
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

test('docs/README.md leads to every document', () => {
  const pages = DOCUMENTS.filter((name) => name.startsWith('docs/') && name !== 'docs/README.md').map((name) =>
    name.slice('docs/'.length),
  )
  expect(pages.filter((name) => !read('docs/README.md').includes(`](${name})`))).toEqual([])
})

test('every heading that a link leads to exists', () => {
  const anchors = (text: string): string[] =>
    [...text.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/^#+ (.+)$/gm)].map((match) =>
      match[1]!
        .toLowerCase()
        .replace(/[^\w\s-]/g, '')
        .replaceAll(' ', '-'),
    )
  const missing = DOCUMENTS.flatMap((document) =>
    [...read(document).matchAll(/\]\(([\w./-]*)#([\w-]+)\)/g)]
      .map((match) => ({ file: match[1] === '' ? document : join(dirname(document), match[1]!), anchor: match[2]! }))
      .filter(({ file, anchor }) => !existsSync(join(root, file)) || !anchors(read(file)).includes(anchor))
      .map(({ file, anchor }) => `${document} leads to ${file}#${anchor}, which is not there`),
  )
  expect(missing).toEqual([])
})

interface Fence {
  document: string
  line: number
  /** What stands behind the backticks. */
  info: string
  script: string
  /** The fence that ended just before this one, with an empty line between. */
  after: string | null
}

/** Read line by line, and by no expression that a strange fence could slip through. */
function fencesOf(document: string): Fence[] {
  const fences: Fence[] = []
  let open: (Fence & { mark: string }) | null = null
  let ended: { line: number; info: string } | null = null
  for (const [index, text] of read(document).split('\n').entries()) {
    const line = index + 1
    if (open) {
      if (text.trim() === open.mark) {
        fences.push(open)
        ended = { line, info: open.info }
        open = null
      } else open.script += `${text}\n`
      continue
    }
    const begin = /^([\s>*-]*)(`{3,}|~{3,})(.*)$/.exec(text)
    if (begin) {
      // Anything but backticks at the beginning of a line is a name that no list below has.
      const info = begin[1] === '' && begin[2] === '```' ? begin[3]! : text
      open = { document, line, info, script: '', mark: begin[2]!, after: ended?.line === line - 2 ? ended.info : null }
    }
  }
  if (open) fences.push({ ...open, info: `${open.info} (without an end)` })
  return fences
}
const FENCES = DOCUMENTS.flatMap(fencesOf)

/** Blocks without a file's name that are no commands, and the test that runs or prints them. */
const OF_OTHER_TESTS: Readonly<Record<string, string>> = {
  'docs/library.md js': 'test/lib/docs.test.ts',
  'docs/ptrack-yaml.md yaml': 'test/files/docs.test.ts',
  'docs/metrics.md yaml': 'test/docs/metrics.test.ts',
  'docs/protocol.md ts': 'test/docs/protocol.test.ts',
}

test('every block in a document is run, or is what one that is run reads or prints', () => {
  const tests = filesIn('test', ['.test.ts'])
  const run = new Set(tests.flatMap(({ text }) => [...text.matchAll(/\btestDocument\('([^']+)'/g)].map((match) => match[1]!)))
  const unknown = ({ document, info, script, after }: Fence): string | null => {
    const byTest = OF_OTHER_TESTS[`${document} ${info}`]
    if (byTest)
      return tests.some(({ path, text }) => path === byTest && text.includes(document)) ? null : `${byTest} does not read it`
    if (!run.has(document)) return 'no test runs this document'
    if (info === 'sh' || /^(?!sh\b|bash\b|shell\b|console\b|text\b)\w+ [\w.-]+$/.test(info)) return null
    if (info === 'text') return after === 'sh' ? null : 'it is not the output of a block before it'
    if (info !== 'console') return 'there is no such fence in test/support/document.ts'
    const strange = script.split('\n').find((line) => line !== '' && !line.startsWith('$ '))
    if (strange !== undefined) return `it does not begin with $: ${strange}`
    const line = typedLines(script).find((each) => !(each in TYPED) && !isRunElsewhere(each))
    return line === undefined ? null : `test/support/terminal.ts does not know ${line}`
  }
  expect(FENCES.filter(({ info }) => info === 'sh').length).toBeGreaterThan(100)
  expect(
    FENCES.flatMap((fence) => {
      const why = unknown(fence)
      return why === null ? [] : [`${fence.document}:${fence.line}: \`\`\`${fence.info}: ${why}`]
    }),
  ).toEqual([])
})

test('what is said of typed commands is said of commands that documents have, and is done', () => {
  const typed = new Set(FENCES.filter(({ info }) => info === 'console').flatMap(({ script }) => typedLines(script)))
  expect([...Object.keys(TYPED), ...Object.keys(ELSEWHERE)].filter((line) => !typed.has(line))).toEqual([])
  for (const [line, file] of Object.entries(ELSEWHERE))
    expect(read(file), `${file} runs ${line}`).toMatch(new RegExp(`typedIn\\('[\\w/.-]+', '${line}'\\)`))
  // `npm test` is this very run, or one of its files.
  expect((JSON.parse(read('package.json')) as { scripts: { test: string } }).scripts.test).toMatch(/ && vitest run$/)
})

test('no command stands in an indented block or one of HTML, which nothing runs', () => {
  const indented = DOCUMENTS.flatMap((document) =>
    [
      ...read(document)
        .replace(/^```[\s\S]*?^```$/gm, '')
        .matchAll(/^.*<pre\b.*$|^(?: {4,}|\t)(?:\$ |[A-Z_]+=\S* )*(?:ptrack|curl|npm|npx|node|pm2|git|sh|bash|\.\/\S+) .*$/gm),
    ].map((match) => `${document}: ${match[0]}`),
  )
  expect(indented).toEqual([])
})

/** `ptrack ...` as it stands in prose and in blocks. What a page shows to fail may name what is not there. */
function commandLines(text: string): string[][] {
  const code = [
    ...[...text.matchAll(/^```(?:sh|console)\n([\s\S]*?)^```$/gm)].flatMap((match) => match[1]!.split('\n')),
    ...[...text.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/`([^`\n]+)`/g)].map((match) => match[1]!),
  ]
  return code.filter((line) => !line.includes('|| echo "exit code')).flatMap(commandLinesIn)
}

test.each(DOCUMENTS)('every command and option that %s names exists', (document) => {
  expect(commandLines(read(document)).flatMap(mistakesIn)).toEqual([])
})

test('every command and option that a message advises exists', () => {
  const advised = filesIn('src', ['.ts', '.tsx']).flatMap(({ text }) =>
    [...text.matchAll(/\\?`(ptrack [a-z][^`\\]*)/g)].flatMap((match) =>
      commandLinesIn(match[1]!.replaceAll(/\$\{[^}]*\}?/g, 'X')),
    ),
  )
  expect(advised.length).toBeGreaterThan(100)
  // The shell's completion asks for it; it is no command for people.
  expect(advised.filter(([word]) => word !== 'complete').flatMap(mistakesIn)).toEqual([])
})

test('every command of the README exists', () => {
  const list = read('README.md').split('## Commands')[1]!.split('\n\n')[1]!
  const commands = list
    .split('\n')
    .flatMap((line) => line.trim().split(/\s{2,}/))
    .map((word) => word.split(' ')[0]!)
    .filter((word) => /^[a-z-]+$/.test(word))
  expect(commands.length).toBeGreaterThan(20)
  expect(
    [...new Set(commands)].filter(
      (command) =>
        !['what', 'each', 'inside', 'a', 'the', 'rules', 'access', 'daemons', 'work'].includes(command) &&
        !firstWords.has(command),
    ),
  ).toEqual([])
})
