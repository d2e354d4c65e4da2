/** schema/ptrack.schema.json is what the reader's schema says: UPDATE_SCHEMA=1 writes it anew. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { readPtrackYaml } from '../../src/files/yaml/read.ts'
import { jsonSchema, SCHEMA_URL } from '../../src/files/yaml/schema.ts'
import { Definition } from '../../src/protocol/definition.ts'

const path = new URL('../../schema/ptrack.schema.json', import.meta.url)
const example = new URL('../../examples/ptrack.yaml', import.meta.url)

test('the shipped JSON Schema is that of the reader', () => {
  const text = `${JSON.stringify(jsonSchema(), null, 1)}\n`
  if (process.env.UPDATE_SCHEMA) {
    mkdirSync(new URL('.', path), { recursive: true })
    writeFileSync(path, text)
  }
  expect(readFileSync(path, 'utf8')).toBe(text)
})

test('the example names the schema and can be read', () => {
  const text = readFileSync(example, 'utf8')
  expect(text.split('\n')[0]).toBe(`# yaml-language-server: $schema=${SCHEMA_URL}`)
  const read = readPtrackYaml('/a/ptrack.yaml', { env: {}, readText: () => text, readEnvFile: () => ({}) })
  expect(read.processes.map(({ definition }) => definition.name)).toEqual(['prepare', 'web', 'worker'])
  expect(read.inactive).toEqual(['crasher'])
})

type Schema = Record<string, unknown>
/** Every place below a schema where a key stands. */
const having = (key: string, schema: unknown): Schema[] =>
  typeof schema !== 'object' || schema === null
    ? []
    : [...(key in schema ? [schema as Schema] : []), ...Object.values(schema).flatMap((each) => having(key, each))]

test('editors are given the bounds of the definition, and the forms of times and sizes', () => {
  const entry = (jsonSchema() as { properties: { processes: { additionalProperties: { properties: Schema } } } }).properties
    .processes.additionalProperties.properties
  const bounds = (schema: unknown): unknown[] =>
    having('minimum', schema).map(({ type, minimum, maximum }) => [type, minimum, maximum])
  const { shape } = Definition
  for (const field of [
    'healthFailures',
    'maxRestarts',
    'okExit',
    'noRestartExit',
    'retries',
    'retryFactor',
    'priority',
    'logKeep',
    'nice',
  ] as const)
    expect([field, ...new Set(bounds(entry[field]).map(String))]).toEqual([
      field,
      ...bounds(z.toJSONSchema(shape[field], { io: 'input' })).map(String),
    ])
  for (const field of ['port', 'ports']) expect(bounds(entry[field])).toEqual([['integer', 1, 65_535]])
  const form = (field: string): RegExp => new RegExp(having('pattern', entry[field])[0]!.pattern as string)
  for (const text of ['300ms', '1h30m', '10', '1.5s', '${STOP:-10s}']) expect(text).toMatch(form('stopTimeout'))
  for (const text of ['soon', '10 s', '5x', '']) expect(text).not.toMatch(form('stopTimeout'))
  for (const text of ['512M', '1G', '100k', '1.5GiB', '4096']) expect(text).toMatch(form('logMax'))
  for (const text of ['big', '5x', 'M']) expect(text).not.toMatch(form('logMax'))
})
