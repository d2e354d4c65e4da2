// A schema as the text of a type, as one would write it by hand: of src/protocol, with the comments that stand there or, where
// there are none, the help of the field.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'

const FILES = ['definition', 'settings', 'sockets']

/** The schemas themselves, the table of fields and what makes JSON Schema of them. */
async function load(root) {
  const contents = [...FILES, 'fields'].map((file) => `export * from './src/protocol/${file}.ts'`)
  const { outputFiles } = await build({
    stdin: { contents: [...contents, "export { z } from 'zod'"].join('\n'), resolveDir: root, loader: 'ts' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    logLevel: 'warning',
    write: false,
  })
  const directory = mkdtempSync(join(tmpdir(), 'ptrack-schemas-'))
  try {
    writeFileSync(join(directory, 'schemas.cjs'), outputFiles[0].contents)
    return createRequire(import.meta.url)(join(directory, 'schemas.cjs'))
  } finally {
    rmSync(directory, { recursive: true })
  }
}

const quoted = (value) => (typeof value === 'string' ? `'${value}'` : String(value))
const union = (texts) => [...new Set(texts)].join(' | ')

/** The type of a JSON Schema. `named`: text -> the name that it has. */
function typeOf(schema, named) {
  const plain = typeText(schema, named)
  return named.get(plain) ?? plain
}
function typeText(schema, named) {
  const { type, items, properties, propertyNames, additionalProperties } = schema
  const branches = schema.anyOf ?? schema.oneOf
  if ('const' in schema) return quoted(schema.const)
  if (schema.enum) return union(schema.enum.map(quoted))
  if (branches) return union(branches.map((one) => typeOf(one, named)))
  if (type === 'array') {
    const item = typeOf(items, named)
    return item.includes(' | ') && !item.startsWith('{') ? `(${item})[]` : `${item}[]`
  }
  if (properties)
    return `{ ${members(schema, named)
      .map(([key, text]) => `${key}: ${text}`)
      .join('; ')} }`
  if (type === 'object') {
    const record = `Record<${propertyNames?.enum ? union(propertyNames.enum.map(quoted)) : 'string'}, ${typeOf(additionalProperties, named)}>`
    return propertyNames?.enum ? `Partial<${record}>` : record
  }
  return type === 'integer' ? 'number' : (type ?? 'unknown')
}
const members = ({ properties, required = [] }, named) =>
  Object.entries(properties).map(([key, one]) => [required.includes(key) ? key : `${key}?`, typeOf(one, named)])

/** A line of help as a comment. */
const sentence = (about) => about && `${about[0].toUpperCase()}${about.slice(1).replace(/ \(repeatable\)|; repeatable/, '')}.`

/** The comments of a schema's fields, as they stand in its source. */
function commentsIn(source, name) {
  const block = new RegExp(`^export const ${name} = [\\s\\S]*?^\\}\\)`, 'm').exec(source)?.[0] ?? ''
  return new Map(
    [...block.matchAll(/\/\*\*\s*((?:(?!\*\/)[\s\S])*?)\s*\*\/\s*(\w+):/g)].map(([, text, key]) => [
      key,
      text.replace(/(^|\s*\n)\s*\* ?/g, ' ').trim(),
    ]),
  )
}

/** `(name, schema, 'input' | 'infer') => text` of the declaration of a type. */
export async function typesOfSchemas(root) {
  const { z, fields, ...schemas } = await load(root)
  const source = readdirSync(join(root, 'src/protocol'))
    .filter((file) => FILES.includes(file.replace('.ts', '')))
    .map((file) => readFileSync(join(root, 'src/protocol', file), 'utf8'))
    .join('\n')
  const jsonOf = (schema, io) => z.toJSONSchema(schemas[schema], { io, unrepresentable: 'any' })
  const named = new Map()
  for (const name of ['Probe', 'SignalName', 'HookSpec', 'SocketSpec']) named.set(typeText(jsonOf(name, 'output'), named), name)
  return (name, schema, kind) => {
    const json = jsonOf(schema, kind === 'input' ? 'input' : 'output')
    if (!json.properties) return `type ${name} = ${typeText(json, named)};`
    const comments = commentsIn(source, schema)
    const lines = members(json, named).map(([key, text]) => {
      const field = key.replace('?', '')
      const about = comments.get(field) ?? (schema === 'Definition' ? sentence(fields()[field]?.about) : undefined)
      return `${about ? `    /** ${about.replaceAll('*/', '* /')} */\n` : ''}    ${key}: ${text};\n`
    })
    return `interface ${name} {\n${lines.join('')}}`
  }
}
