/** Requests made of the OpenAPI document: every parameter and every field of every route, with every type it does not take. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type HttpWire, openHttp, send } from '../support/http.ts'

interface Schema {
  type?: string | string[]
  anyOf?: Schema[]
  oneOf?: Schema[]
  allOf?: Schema[]
  const?: unknown
  enum?: unknown[]
  properties?: Record<string, Schema>
  items?: Schema
}
interface Operation {
  operationId: string
  parameters?: { name: string; in: string; schema: Schema }[]
  requestBody?: { content: { 'application/json': { schema: Schema } } }
}
interface Document {
  paths: Record<string, Record<string, Operation>>
}

let wire: HttpWire
let document: Document
beforeAll(async () => {
  wire = await openHttp()
  document = JSON.parse((await send(wire.path, { path: '/api/openapi.json' })).body)
})
afterAll(() => wire.close())

const VALUES: readonly unknown[] = [null, true, -1.5, 'x\u0000', [{}], { x: 1 }]

const typeOf = (value: unknown): string =>
  value === null
    ? 'null'
    : Array.isArray(value)
      ? 'array'
      : typeof value === 'number'
        ? Number.isInteger(value)
          ? 'integer'
          : 'number'
        : typeof value

/** Types that the schema lets through; null = all. */
function accepted(schema: Schema): Set<string> | null {
  const parts = schema.anyOf ?? schema.oneOf ?? schema.allOf
  if (parts !== undefined) {
    const sets = parts.map(accepted)
    return sets.includes(null) ? null : new Set(sets.flatMap((set) => [...set!]))
  }
  if (schema.const !== undefined) return new Set([typeOf(schema.const)])
  if (schema.enum !== undefined) return new Set(schema.enum.map(typeOf))
  return schema.type === undefined ? null : new Set([schema.type].flat())
}

/** Paths into a body with a value of a wrong type for each; three levels are where our own fields are. */
function wrong(schema: Schema, path: string[] = []): { path: string[]; value: unknown }[] {
  if (path.length > 3) return []
  const types = accepted(schema)
  const here = types === null ? [] : VALUES.filter((value) => !types.has(typeOf(value))).map((value) => ({ path, value }))
  const below = [schema, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap(({ properties = {} }) =>
    Object.entries(properties).flatMap(([name, child]) => wrong(child, [...path, name])),
  )
  return [...here, ...below]
}

function put(path: readonly string[], value: unknown, into: unknown): unknown {
  const [name, ...rest] = path
  if (name === undefined) return value
  const base = typeof into === 'object' && into !== null ? (into as Record<string, unknown>) : {}
  return { ...base, [name]: put(rest, value, base[name]) }
}

/** What is right otherwise, so that the one wrong field is what is refused. */
const BODIES: Record<string, unknown> = {
  createProcess: { definition: { name: 'x', command: ['x'], cwd: '/' } },
  signalProcess: { signal: 'SIGTERM' },
}

const operations = (): { path: string; method: string; operation: Operation }[] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      path: path.replace('{id}', 'x'),
      method: method.toUpperCase(),
      operation,
    })),
  )

async function refused(request: Parameters<typeof send>[1], what: string): Promise<void> {
  wire.calls.length = 0
  const answer = await send(wire.path, request)
  const said = `${what}: ${answer.status} ${answer.body.slice(0, 300)}`
  expect(answer.status, said).toBeGreaterThanOrEqual(400)
  expect(answer.status, said).toBeLessThan(500)
  expect(answer.headers['content-type'], said).toMatch(/^application\/problem\+json/)
  expect(wire.calls, said).toEqual([])
}

test('every field of every body', async () => {
  let count = 0
  for (const { path, method, operation } of operations()) {
    const schema = operation.requestBody?.content['application/json'].schema
    if (schema === undefined) continue
    const bare = BODIES[operation.operationId] ?? {}
    for (const { path: field, value } of wrong(schema)) {
      count++
      await refused(
        { method, path, body: JSON.stringify(put(field, value, bare)) },
        `${operation.operationId} ${field.join('.')} = ${JSON.stringify(value)}`,
      )
    }
    await refused(
      { method, path, body: JSON.stringify({ ...(bare as object), nope: 1 }) },
      `${operation.operationId}: unknown field`,
    )
  }
  expect(count).toBeGreaterThan(500)
})

test('every parameter of every address', async () => {
  let count = 0
  for (const { path, method, operation } of operations()) {
    for (const parameter of operation.parameters ?? []) {
      if (parameter.in !== 'query') continue
      const types = accepted(parameter.schema) ?? new Set()
      const items = types.has('array') ? accepted(parameter.schema.items ?? {}) : types
      const free = items?.has('string') && parameter.schema.enum === undefined && parameter.schema.items?.enum === undefined
      const values = free ? [''] : ['', 'x', 'null', '[]', '{}', '1.5', '-', '%00', '99999999999999999999']
      for (const value of values) {
        count++
        await refused(
          { method, path: `${path}?${parameter.name}=${value}` },
          `${operation.operationId} ${parameter.name}=${value}`,
        )
      }
    }
    await refused({ method, path: `${path}?__proto__=1&constructor=2` }, `${operation.operationId}: unknown parameter`).catch(
      (error) => {
        // What takes no parameter and only tells may ignore them.
        if (!['getOpenApi', 'getMetrics', 'streamProcess'].includes(operation.operationId)) throw error
      },
    )
  }
  expect(count).toBeGreaterThan(60)
  expect(wire.errors).toEqual([])
})
