/** schema/ptrack.schema.json is what the reader's schema says: UPDATE_SCHEMA=1 writes it anew. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readPtrackYaml } from '../../src/files/yaml/read.ts'
import { jsonSchema, SCHEMA_URL } from '../../src/files/yaml/schema.ts'

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
