/** docs/commands.md is what the commands say of themselves: UPDATE_COMMANDS=1 writes the page anew. Its examples run in test/docs/commands.test.ts. */
import { readFileSync, writeFileSync } from 'node:fs'
import type { Command, Option } from 'commander'
import { expect, test } from 'vitest'
import type { AnyCommand } from '../../src/cli/command.ts'
import { namesOf } from '../../src/cli/command.ts'
import { COMMANDS } from '../../src/cli/command-table.ts'
import { GROUPS } from '../../src/cli/help.ts'
import { buildParser } from '../../src/cli/parse-command.ts'
import { EXAMPLES, TYPED } from './support/command-examples.ts'

const page = new URL('../../docs/commands.md', import.meta.url)
const shown = COMMANDS.filter((spec) => !spec.hidden)
const cell = (text: string): string => text.replaceAll('|', '\\|')
const anchor = (spec: AnyCommand): string => `ptrack-${spec.name.replaceAll(' ', '-')}`

const optionsOf = (command: Command): Option[] => command.options.filter(({ long }) => !COMMON.includes(long!))
const COMMON = ['--json', '--home', '--context', '--node']

/** What start, run and set have in common: the fields of a definition. `set` alone can turn switches off again. */
const longOf = (name: string): Set<string> =>
  new Set(buildParser(COMMANDS.find((spec) => spec.name === name)!).command.options.map(({ long }) => long!))
const definition = [...longOf('start')].filter(
  (long) => longOf('run').has(long) && longOf('set').has(long) && !COMMON.includes(long),
)
const isOfDefinition = ({ long }: Option): boolean =>
  definition.includes(long!.replace(/^--no-(?!restart-exit)/, '--')) || definition.includes(long!)
const takesDefinition = (command: Command): boolean =>
  definition.every((long) => command.options.some((option) => option.long === long))

/** What is written behind the command's name: `[options] <name...>`. */
const usage = (spec: AnyCommand): string => `${spec.name} ${buildParser(spec).command.usage()}`.replace(' [options]', '')

function overview(group: string): string {
  const rows = shown
    .filter((spec) => spec.group === group)
    .map((spec) => {
      const aliases = namesOf(spec).slice(1)
      const also = aliases.length > 0 ? ` (also ${aliases.map((name) => `\`${name}\``).join(', ')})` : ''
      return `| [\`ptrack ${cell(usage(spec))}\`](#${anchor(spec)})${also} | ${cell(spec.summary)} |`
    })
  return ['| command | what it does |', '| --- | --- |', ...rows].join('\n')
}

const rowOf = ({ flags, description }: Option): string => `| \`${cell(flags)}\` | ${cell(description)} |`

function section(spec: AnyCommand): string {
  const { command } = buildParser(spec)
  const ofDefinition = takesDefinition(command)
  const options = optionsOf(command).filter((option) => !ofDefinition || !isOfDefinition(option))
  const rows = [
    ...command.registeredArguments.map((one) => `| \`${one.name()}\` | ${cell(one.description)} |`),
    ...options.map(rowOf),
  ]
  const table = rows.length === 0 ? [] : ['', '| argument, option | what it is |', '| --- | --- |', ...rows]
  const more = ofDefinition
    ? [
        '',
        `And the [options of a definition](#options-of-a-definition)${spec.name === 'set' ? '; switches have a `--no-` form here' : ''}.`,
      ]
    : []
  const typed = TYPED[spec.name]
  const example = typed === undefined ? `\`\`\`sh\n${EXAMPLES[spec.name]}\n\`\`\`` : `\`\`\`console\n$ ${typed}\n\`\`\``
  return [`### ptrack ${spec.name}`, '', `\`${usage(spec)}\`: ${spec.summary}.`, ...table, ...more, '', example].join('\n')
}

function definitionSection(): string {
  const { command } = buildParser(COMMANDS.find((spec) => spec.name === 'start')!)
  const headings = new Map<string, Option[]>()
  for (const option of optionsOf(command).filter(isOfDefinition)) {
    const heading = (option as Option & { helpGroupHeading?: string }).helpGroupHeading ?? ''
    headings.set(heading, [...(headings.get(heading) ?? []), option])
  }
  const parts = [...headings].map(
    ([heading, options]) => `${heading}\n\n| option | what it is |\n| --- | --- |\n${options.map(rowOf).join('\n')}`,
  )
  return `## Options of a definition\n\nOf \`start\`, \`run\` and \`set\`.\n\n${parts.join('\n\n')}`
}

test('every command has an example, and every example a command', () => {
  expect([...Object.keys(EXAMPLES), ...Object.keys(TYPED)].toSorted()).toEqual(shown.map(({ name }) => name).toSorted())
  // Of this command, and not of another.
  for (const [name, example] of Object.entries({ ...EXAMPLES, ...TYPED })) expect(example).toContain(`ptrack ${name}`)
})

test('docs/commands.md is what the commands say', () => {
  const text = `# Commands

Printed from the commands themselves. NAME is a name, id, number, pid, glob, \`tag:T\`, \`session:S\` or \`all\` ([which wins](#names)). Every command takes \`--json\` (stdout is then data only),
\`--home DIR\`, \`--context NAME\`, \`--node NODE\` and \`--help\`; \`NO_COLOR\` and the width of the terminal are honoured. The examples are run by a test, one after the other.

Exit codes: 0 ok, 1 the target failed, 2 usage, 3 not running or unhealthy, 4 not found, 5 no daemon, 6 timed out, 7 denied, 8 refused as unsafe
([all errors](troubleshooting.md#errors-and-exit-codes)); \`run\`: those of the program, 128+n for signal n, 127 and 126 when it cannot be started.

${GROUPS.map(([group, title]) => `**${title}**\n\n${overview(group)}`).join('\n\n')}

## Names

What NAME means is the same for every command, for HTTP and for the library:

| NAME | means |
| --- | --- |
| a name | the process of this name; of instances (\`--instances\`, \`scale\`, a file) \`api\` means all of \`api:0\`, \`api:1\` ..., and one that is called just \`api\` with them |
| an id | the process of this \`id\` |
| a number | the process of this \`number\`, which \`ls\` shows as \`#\`: counted from 0, and never given to another process of the same home |
| a pid | the process whose program, or recorder, has this pid now |
| \`tag:T\`, \`session:S\`, a glob, \`all\` | all that match; \`*\`, \`?\` and \`[ab]\` match names |

A word means the first of these that there is: a name wins over an id, an id over a number, and a number over a pid. So a pid that happens to be the
number of another process means that other one; the answer names it. \`kill-orphan\` alone takes pids only (and names), because what it ends has no number.
Several NAMEs are answered in their order, each process once.

${GROUPS.map(
  ([group, title]) =>
    `## ${title}\n\n${shown
      .filter((spec) => spec.group === group)
      .map(section)
      .join('\n\n')}`,
).join('\n\n')}

${definitionSection()}
`
  if (process.env.UPDATE_COMMANDS) writeFileSync(page, text)
  expect(readFileSync(page, 'utf8')).toBe(text)
})
