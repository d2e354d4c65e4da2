/** The rules of the house that can be read from the text. Each offence is reported as file:line with what to use instead. */
import { expect, test } from 'vitest'
import { codeOnly, commentsOnly, filesIn, placeOf, type SourceFile } from './support/sources.ts'

interface Ban {
  what: string
  pattern: RegExp
  /** Prose and strings count too. */
  everywhere?: boolean
  /** Prose alone counts; a word in backticks is a name. */
  inComments?: boolean
  /** A comment on the line or the one above it says why it is right here. */
  excusedByComment?: boolean
  applies: (path: string) => boolean
  instead: string
  /** A line that breaks the rule: the rule is tried on it, so that it cannot rot into one that never fires. */
  example: string
}

const inSource = (path: string) => path.startsWith('src/')
const inCore = (path: string) => path.startsWith('src/core/')

const BANS: Ban[] = [
  {
    what: 'process.kill outside of adapters/signal.ts',
    pattern: /\bprocess\s*\.\s*kill\b|\{[^}\n]*\bkill\b[^}\n]*\}\s*=\s*process\b/,
    // The library passes a signal on to its own process, whose end it must not change; the terminal view and `dev` stop their own
    // group as Ctrl-Z would, and `dev` ends itself by the signal it got: nobody else can be meant.
    applies: (path) =>
      inSource(path) &&
      !['src/adapters/signal.ts', 'src/lib/program.ts', 'src/tui/terminal.ts'].includes(path) &&
      !/^src\/cli\/commands\/dev\/(?:keyboard|end-by-signal)\.ts$/.test(path),
    instead: 'the Signaller of World: it reads the identity again right before the signal',
    example: 'process.kill(pid, 0)',
  },
  {
    what: 'a clock in core',
    pattern: /\bDate\.now\b|\bnew Date\(\s*\)|\bperformance\.now\b|\bhrtime\b|\bset(?:Timeout|Interval|Immediate)\b/,
    applies: inCore,
    instead: 'a time that comes in as a value',
    example: 'const now = Date.now()',
  },
  {
    what: 'chance in core',
    pattern: /\bMath\.random\b|\brandomUUID\b|\brandomBytes\b/,
    applies: inCore,
    instead: 'a number in [0, 1) that comes in as a value',
    example: 'Math.random()',
  },
  {
    what: 'the environment in core',
    pattern: /\bprocess\.env\b|\bprocess\.(?:cwd|platform|pid)\b/,
    applies: inCore,
    instead: 'a value that comes in',
    example: 'process.env.HOME',
  },
  {
    what: 'await in core',
    pattern: /\bawait\b|\basync\b/,
    applies: inCore,
    instead: 'an effect that is returned, and an event that comes back',
    example: 'await save()',
  },
  {
    what: 'a skipped test that does not say what it lacks',
    pattern: /\b(?:test|describe|it)\.(?:skipIf|runIf|skip)\b/,
    applies: (path) => path.startsWith('test/'),
    instead: 'testNeeding, describeNeeding or skipFor of test/support/requires.ts: the report then names the package',
    example: 'test.skipIf(!there)',
  },
  {
    what: 'console outside of the CLI',
    pattern: /\bconsole\.(?:log|error|warn|info|debug)\b/,
    applies: (path) => inSource(path) && !path.startsWith('src/cli/'),
    instead: 'the DaemonLog of World',
    example: "console.log('here')",
  },
  {
    what: 'work left over',
    // Written apart, so that this file is not its own offender.
    pattern: new RegExp(`\\b(?:${['TO', 'FIX'].map((a, i) => a + ['DO', 'ME'][i]).join('|')}|X{3})\\b`),
    everywhere: true,
    applies: () => true,
    instead: 'doing it, or a sentence that says what is so',
    example: `// ${'TO'}${'DO'}: later`,
  },
  {
    what: 'an `any`',
    // A variable may be called `any` (`{ pid: any }`); the linter knows the rest.
    pattern: /\bas any\b|<any\b|\bany(?:\[\]|>)|:\s*any\s*[;=)]/,
    applies: () => true,
    instead: 'unknown, and a check',
    example: 'const x = y as any',
  },
  {
    what: 'a silenced compiler or linter',
    pattern: new RegExp(`@ts-(?:${'ig'}nore|${'no'}check)|biome-${'ig'}nore-all`),
    everywhere: true,
    applies: () => true,
    instead: 'types that hold; @ts-expect-error with its reason where a test must be wrong on purpose',
    example: `// @ts-${'ig'}nore`,
  },
  {
    what: 'an empty catch',
    pattern: /\bcatch\s*(?:\([^)]*\))?\s*\{\s*\}/,
    applies: inSource,
    instead: 'a catch that names the errno it expects and throws the rest',
    example: 'try { x() } catch {}',
  },
  {
    what: 'a rejection dropped without a word',
    pattern: /\.catch\(\s*\(\s*\w*\s*\)\s*=>\s*(?:\{\s*\}|undefined|null|void 0)\s*\)/,
    applies: inSource,
    excusedByComment: true,
    instead: 'a comment above it that says who else reports the failure',
    example: 'work.catch(() => {})',
  },
  {
    what: 'an idiom where the field has a word',
    pattern: /(?<![`\w-])(?:[Tt]old|[Tt]ells|[Ww]hoever|[Ss]o many|is so|[Bb]y now|goes on|given back|stands there)(?![`\w-])/,
    inComments: true,
    applies: inSource,
    instead: 'report, publish, notify, reply, record, default, limit: docs/glossary.md',
    example: '// whoever asks',
  },
  {
    what: 'a shell in between',
    pattern: /\bexecSync\(|\bshell:\s*true\b/,
    applies: inSource,
    instead: 'an argument vector',
    example: 'spawn(line, { shell: true })',
  },
]

function offencesIn(file: SourceFile, ban: Ban): string[] {
  if (!ban.applies(file.path)) return []
  const text = ban.everywhere ? file.text : ban.inComments ? commentsOnly(file.text) : codeOnly(file.text, { strings: true })
  return [...text.matchAll(new RegExp(ban.pattern.source, 'g'))].flatMap(({ index }) => {
    const place = placeOf(file, index)
    const line = Number(place.split(':')[1]) - 1
    if (
      ban.excusedByComment &&
      [file.lines[line - 1] ?? '', file.lines[line]!].some((text) => /^\s*(?:\/\/|\*)|\/\/ /.test(text))
    )
      return []
    return `${place}: ${file.lines[line]!.trim()}  <- ${ban.what}; use ${ban.instead}`
  })
}

const sources = filesIn('src', ['.ts', '.tsx'])
const tests = filesIn('test', ['.ts', '.mjs', '.sh', '.py'])

for (const ban of BANS) {
  test(`nowhere: ${ban.what}`, () => {
    expect(
      [...sources, ...tests].filter((file) => !file.path.startsWith('test/house/')).flatMap((file) => offencesIn(file, ban)),
    ).toEqual([])
  })
  test(`the rule fires: ${ban.what}`, () => {
    const path = ['src/core/x.ts', 'src/supervisor/x.ts', 'test/e2e/x.test.ts'].find(ban.applies)!
    expect(offencesIn({ path, text: ban.example, lines: [ban.example] }, ban)).toHaveLength(1)
  })
}

test('no source file is longer than 350 lines', () => {
  const long = sources
    .filter((file) => file.lines.length > 351)
    .map((file) => `${file.path}: ${file.lines.length - 1} lines; one idea a file`)
  expect(long).toEqual([])
})

test('own modules are imported with their .ts ending', () => {
  const offences = [...sources, ...tests].flatMap((file) =>
    [...codeOnly(file.text).matchAll(/\bfrom\s+['"](\.{1,2}\/[^'"]+)['"]/g)]
      .filter((match) => !/\.(?:tsx?|json|cjs|mjs)$/.test(match[1]!))
      .map((match) => `${placeOf(file, match.index)}: ${match[1]} lacks its ending`),
  )
  expect(offences).toEqual([])
})
