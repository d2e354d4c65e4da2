/** docs/commands.md is what the commands say of themselves: UPDATE_COMMANDS=1 writes the page anew. */
import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { CommandSpec } from '../../src/cli/command.ts'
import { COMMANDS, namesOf } from '../../src/cli/command-table.ts'
import { GROUPS } from '../../src/cli/extra/help.ts'
import { buildParser } from '../../src/cli/parse-command.ts'

const page = new URL('../../docs/commands.md', import.meta.url)

/** What is written behind the command's name: `[options] <name...>`. */
function usage(spec: CommandSpec): string {
  const { command } = buildParser(spec)
  return `${spec.name} ${command.usage()}`.replace(' [options]', '')
}

function rows(group: string): string[] {
  const cell = (text: string): string => text.replaceAll('|', '\\|')
  return COMMANDS.filter((spec) => spec.group === group && !spec.hidden).map((spec) => {
    const aliases = namesOf(spec).slice(1)
    const also = aliases.length > 0 ? ` (also ${aliases.map((name) => `\`${name}\``).join(', ')})` : ''
    return `| \`ptrack ${cell(usage(spec))}\`${also} | ${cell(spec.summary)} |`
  })
}

test('docs/commands.md is what the commands say', () => {
  const parts = GROUPS.map(([group, title]) =>
    [`## ${title}`, '', '| command | what it does |', '| --- | --- |', ...rows(group)].join('\n'),
  )
  const text = `# Commands

Printed from the commands themselves. \`ptrack COMMAND --help\` tells the options. NAME is a name, id, pid, glob, \`tag:T\` or \`all\`. Every
command takes \`--json\` (stdout is then data only) and \`--home DIR\`; \`NO_COLOR\` and the width of the terminal are honoured.

Exit codes: 0 ok, 1 the target failed, 2 usage, 3 not running or unhealthy, 4 not found, 5 no daemon, 6 timed out, 7 denied, 8 refused as unsafe;
\`run\`: those of the program, 128+n for signal n, 127 and 126 when it cannot be started.

${parts.join('\n\n')}
`
  if (process.env.UPDATE_COMMANDS) writeFileSync(page, text)
  expect(readFileSync(page, 'utf8')).toBe(text)
})
