/** docs/ptrack-yaml.md is printed from the schema: UPDATE_DOCS=1 writes it anew. Its examples are read. */
import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readPtrackYaml } from '../../src/files/yaml/read.ts'
import { jsonSchema } from '../../src/files/yaml/schema.ts'

const page = new URL('../../docs/ptrack-yaml.md', import.meta.url)

interface Schema {
  description?: string
  type?: string | string[]
  enum?: unknown[]
  const?: unknown
  anyOf?: Schema[]
  items?: Schema
  properties?: Record<string, Schema>
  additionalProperties?: Schema
}

const NAMES: Record<string, string> = { string: 'text', integer: 'number', boolean: 'true or false', object: 'map', null: 'null' }
function typeOf(schema: Schema): string {
  if (schema.const !== undefined) return `\`${String(schema.const)}\``
  if (schema.enum) return schema.enum.map((one) => `\`${String(one)}\``).join(', ')
  if (schema.anyOf) return [...new Set(schema.anyOf.map(typeOf))].join(' or ')
  if (schema.type === 'array') return 'list'
  return [schema.type ?? 'anything']
    .flat()
    .map((one) => NAMES[one] ?? one)
    .join(' or ')
}
const describe = (schema: Schema): string =>
  schema.description ?? schema.anyOf?.map((one) => one.description).find((one) => one !== undefined) ?? ''
const table = (properties: Record<string, Schema>): string =>
  [
    '| key | value | what it is |',
    '| --- | --- | --- |',
    ...Object.entries(properties).map(
      ([key, schema]) => `| \`${key}\` | ${typeOf(schema)} | ${describe(schema).replaceAll('|', '\\|')} |`,
    ),
  ].join('\n')

const EXAMPLES = [
  `processes:
  db: { command: redis-server --port 6400, port: 6400 }
  migrate: { kind: job, command: node migrate.js, after: db }
  web: { command: node server.js, port: 3000, instances: 2, after: [migrate:done, db:healthy] }
`,
  `x-patient: &patient { stopTimeout: 30s, maxMemory: 512M }
env: { LOG_LEVEL: "\${LOG_LEVEL:-info}" }
processes:
  api: { <<: *patient, command: node api.js }
  admin: { extends: api, command: node admin.js, profiles: [dev] }
`,
]

test('docs/ptrack-yaml.md is what the schema says', () => {
  const schema = jsonSchema() as Schema
  const text = `# ptrack.yaml

Printed from the schema (schema/ptrack.schema.json). Editors check and complete a file that begins with
\`# yaml-language-server: $schema=https://unpkg.com/ptrack/schema/ptrack.schema.json\`.

\`ptrack up\` takes the ptrack.yaml of this directory or of the nearest one above it. Paths are relative to the file.

${EXAMPLES.map((example) => `\`\`\`yaml\n${example}\`\`\``).join('\n\n')}

- A list as \`command\` is meant word for word. A text is split into words; with shell syntax outside of quotes (pipes, \`&&\`, \`$\`, globs,
  \`NAME=value\` before it) it is given to \`/bin/sh -c\`. \`shell: true\` and \`shell: false\` decide it by hand.
- \`\${VAR}\`, \`\${VAR:-default}\`, \`\${VAR:?message}\` stand for variables of the shell that runs \`ptrack up\`, in values and never in keys; \`$$\` is a
  dollar sign. A variable that is not set and has no default is a mistake.
- Times are written like 300ms, 10s, 5m or 1h30m, where a bare number means seconds; sizes like 512M, 1G or 100k, where it means bytes.
- Anchors and \`<<\` work; keys that begin with \`x-\` are for what they stand for. \`extends\` of the file takes over other files, \`extends\` of a
  process another process: maps are merged by key, everything else is replaced.
- Variables, the later over the earlier: the caller's own, \`envFile\` and \`env\` of the file, \`envFile\` and \`env\` of the process, \`instanceEnv\`.
  A change of the caller's own is no change of the plan; \`ptrack restart --update-env\` takes it.
- A process with \`profiles\` is there only with \`--profile\` of one of them, or when \`--only\` names it.
- Without a condition \`after\` means \`done\` for a job and \`healthy\` for a service.
- \`--prune\` deletes only what this very file has brought. A process of the same name that was started by hand is taken over;
  one that another file brought is not, when it runs another command or in another directory, and \`down\` leaves it alone. Once it has
  ended, another file of the same directory takes it over: after \`ptrack down\`, a ptrack.yaml follows the Procfile beside it.

## The file

${table(schema.properties!)}

## A process

${table(schema.properties!.processes!.additionalProperties!.properties!)}
`
  if (process.env.UPDATE_DOCS) writeFileSync(page, text)
  expect(readFileSync(page, 'utf8')).toBe(text)
})

test.each(EXAMPLES)('example %#', (text) => {
  const read = readPtrackYaml('/a/ptrack.yaml', { env: {}, readText: () => text, readEnvFile: () => ({}) }, { profiles: ['dev'] })
  expect(read.processes.length).toBeGreaterThan(1)
})
