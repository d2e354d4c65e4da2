/** docs/import.md is the tables that the importers read by: UPDATE_DOCS=1 writes the page anew. */
import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { FieldNote } from '../../src/files/file-process.ts'
import type { Field } from '../../src/files/import/fields.ts'
import { PM2_FIELDS } from '../../src/files/import/pm2-fields.ts'
import { PROJECT_FIELDS } from '../../src/files/import/process-compose.ts'
import { PROCESS_COMPOSE_FIELDS } from '../../src/files/import/process-compose-fields.ts'
import { LOST_PARTS } from '../../src/files/import/process-compose-parts.ts'
import { PROCFILE_RULES } from '../../src/files/import/procfile.ts'
import { SUPERVISORD_FIELDS } from '../../src/files/import/supervisord-fields.ts'

const page = new URL('../../docs/import.md', import.meta.url)

interface Row {
  field: string
  verdict: FieldNote['verdict']
  became: string | null
  why: string | null
}

function table(rows: readonly Row[]): string {
  const cell = (text: string | null): string => (text ?? '').replaceAll('|', '\\|')
  return [
    '| field | verdict | becomes | why |',
    '| --- | --- | --- | --- |',
    ...rows.map(({ field, verdict, became, why }) => `| ${cell(field)} | ${verdict} | ${cell(became)} | ${cell(why)} |`),
  ].join('\n')
}
const rowsOf = <State>(fields: readonly Field<State>[]): Row[] =>
  fields.map(({ names, verdict, became, why }) => ({
    field: names.map((name) => `\`${name}\``).join(', '),
    verdict,
    became,
    why,
  }))
/** Behind the row of a field those of its keys. */
const withParts = (rows: readonly Row[]): Row[] =>
  rows.flatMap((row) => [
    row,
    ...Object.entries(LOST_PARTS)
      .filter(([field]) => row.field === `\`${field}\``)
      .flatMap(([field, parts]) =>
        Object.entries(parts).map(([part, why]) => ({
          field: `\`${field}.${part}\``,
          verdict: 'ignored' as const,
          became: null,
          why,
        })),
      ),
  ])
const quoted = (rows: readonly Row[]): Row[] => rows.map((row) => ({ ...row, field: `\`${row.field}\`` }))

test('docs/import.md is what the importers do', () => {
  const text = `# Importing

\`ptrack import FILE\` reads a file of pm2, foreman, overmind, process-compose or supervisord, tells what becomes of each field, and
brings its processes up by the same plan as \`ptrack up\`: new, changed with the fields, unchanged, leaving (\`--prune\` deletes them). A second
import of the same file does nothing. \`--dry-run\` only tells, \`--strict\` starts nothing when a field is ignored. Printed from the tables that
the importers read by.

\`ptrack up\` takes the same files, by their usual names or with \`-f\`, and is brief about the fields: it counts those that are ignored, and \`--report\` shows all.
\`--format\`, \`--formation\`, \`--like\` and \`--env\` of either are remembered with what they brought, until others are given (an empty one forgets). For
\`up\` the paths of a file of pm2 count from its own directory.

kept: means the same. changed: means nearly the same; the reason tells the difference. ignored: has no counterpart. A field that is
in none of these tables is ignored as unknown, and the nearest known one is named.

Instances, replicas and a formation become one set NAME of processes NAME:0, NAME:1, ...: NAME means all of them in every command. What
differs between them (PORT, NODE_APP_INSTANCE, PC_REPLICA_NUM, a command with a number in it) each has of its own. An instance that
\`ptrack scale\` adds continues the counting of their variables, and has the command of the first.

What the file does not start (\`autostart: false\`, \`disabled\`, stopped when the dump was written) is defined and stopped;
\`ptrack start NAME\` starts it.

## pm2

ecosystem.config.js, .cjs and .mjs are run in a process of their own, for 10 s at most. Stopped by SIGINT, 1600 ms later by SIGKILL, as pm2
does it. Paths count from where \`ptrack import\` is called. dump.pm2 is read too.

${table(rowsOf(PM2_FIELDS))}

## Procfile

${table(quoted(PROCFILE_RULES))}

## process-compose

What is restarted, or has to be ready, is a service. What runs once (\`restart: no\`), has a schedule, or is waited for to complete is a job.

${table(quoted(PROJECT_FIELDS))}

Of each process:

${table(withParts(rowsOf(PROCESS_COMPOSE_FIELDS)))}

## supervisord

\`[program:x]\`; a group is a tag, includes are read, \`%(...)s\` is filled in. Other sections are of supervisord itself.

${table(rowsOf(SUPERVISORD_FIELDS))}
`
  if (process.env.UPDATE_DOCS) writeFileSync(page, text)
  expect(readFileSync(page, 'utf8')).toBe(text)
})
