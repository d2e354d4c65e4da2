/** docs/api.md: its routes are those of the description (UPDATE_DOCS=1 writes them anew), its commands run; so do those of docs/web.md. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openApi } from '../../src/api/http/openapi.ts'
import { root } from '../support/bundle.ts'
import { testDocument } from '../support/document.ts'
import { freePort } from '../support/free-port.ts'

interface Schema {
  properties?: Record<string, Schema>
  required?: string[]
  anyOf?: Schema[]
}
interface Operation {
  summary: string
  description?: string
  parameters?: { name: string; in: string }[]
  requestBody?: { required: boolean; content: Record<string, { schema: Schema }> }
}

const file = join(root, 'docs/api.md')
const ROUTES = /(<!-- routes -->\n)[\s\S]*?(<!-- end of routes -->)/

const fields = (schema: Schema): string =>
  schema.anyOf
    ? schema.anyOf.map(fields).join(' or ')
    : `\`{${Object.keys(schema.properties ?? {})
        .map((name) => `${name}${schema.required?.includes(name) ? '' : '?'}`)
        .join(', ')}}\``

function row(method: string, path: string, { summary, description, parameters = [], requestBody }: Operation): string {
  const query = parameters.filter((one) => one.in === 'query').map(({ name }) => `\`${name}\``)
  const schema = requestBody?.content['application/json']?.schema
  const takes = [query.join(' '), schema && Object.keys(schema).length > 0 ? fields(schema) : ''].filter((part) => part !== '')
  const words = description === undefined ? summary : `${summary}. ${description}`
  return `| \`${method.toUpperCase()} ${path}\` | ${words} | ${takes.join('; ')} |`.replaceAll(/ {2}\|/g, ' |')
}

test('the routes of docs/api.md are those that are served', () => {
  const page = readFileSync(file, 'utf8')
  const paths = Object.entries(openApi().paths as Record<string, Record<string, Operation>>)
  const rows = paths.flatMap(([path, methods]) => Object.entries(methods).map(([method, of]) => row(method, path, of)))
  const table = ['| route | what it does | query, or `{body}` |', '| --- | --- | --- |', ...rows].join('\n')
  const wanted = page.replace(ROUTES, (_all, begin: string, end: string) => `${begin}\n${table}\n\n${end}`)
  expect(page).toMatch(ROUTES)
  if (process.env.UPDATE_DOCS) writeFileSync(file, wanted)
  else expect(page).toBe(wanted)
})

describe('the API', () => testDocument('docs/api.md', { env: { PTRACK_HTTP: '7077' }, ports: { 7077: freePort } }))
describe('the page', () => testDocument('docs/web.md', { env: { PTRACK_HTTP: '7077' }, ports: { 7077: freePort } }))
