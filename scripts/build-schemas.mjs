// The schemas of what the HTTP interface answers, made of the types in src/api/http/replies.ts and what they stand on:
// src/api/http/reply-schemas.json. `--check` writes nothing and exits 1 when the file is not what the types say.
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createFormatter, createParser, SchemaGenerator } from 'ts-json-schema-generator'

const root = fileURLToPath(new URL('..', import.meta.url))
// The generator's own compiler, which has an interface for programs.
const ts = createRequire(createRequire(import.meta.url).resolve('ts-json-schema-generator'))('typescript')
const entry = join(root, 'src/api/http/replies.ts')
const file = join(root, 'src/api/http/reply-schemas.json')
const options = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.Preserve,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  strict: true,
  allowImportingTsExtensions: true,
  skipLibCheck: true,
  noEmit: true,
  types: ['node'],
}
const flags =
  ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.InTypeAlias | ts.TypeFormatFlags.UseAliasDefinedOutsideCurrentScope

/** The generator reads declarations, not what the compiler infers: types that come from a schema are written out for it. */
function writtenOut() {
  const program = ts.createProgram([entry], options)
  const checker = program.getTypeChecker()
  const texts = new Map()
  for (const source of program.getSourceFiles()) {
    if (!source.fileName.includes('/src/protocol/')) continue
    let { text } = source
    for (const node of [...source.statements].reverse()) {
      if (ts.isVariableStatement(node)) {
        // Of a schema and a type of one name the type is meant.
        text = text.slice(0, node.getStart()) + text.slice(node.end)
      } else if (ts.isTypeAliasDeclaration(node) && /\bz\.(infer|output)<|\btypeof \w|\bRequired</.test(node.getText())) {
        const type = literal(checker, checker.getTypeFromTypeNode(node.type))
        text = text.slice(0, node.type.getStart()) + type + text.slice(node.type.end)
      }
    }
    texts.set(source.fileName, text)
  }
  return texts
}

/** An intersection or a mapped type becomes one object type. */
function literal(checker, type) {
  if (type.isUnion() || !(type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) || checker.isArrayType(type))
    return checker.typeToString(type, undefined, flags)
  const properties = checker.getPropertiesOfType(type)
  if (properties.length === 0) return checker.typeToString(type, undefined, flags)
  const fields = properties.map((property) => {
    const of = checker.getTypeOfSymbol(property)
    const optional = property.flags & ts.SymbolFlags.Optional ? '?' : ''
    return `  ${property.name}${optional}: ${checker.typeToString(of, undefined, flags)}`
  })
  return `{\n${fields.join('\n')}\n}`
}

/** Text of reply-schemas.json: name -> JSON Schema, references among them as OpenAPI wants them. */
function replySchemas() {
  const texts = writtenOut()
  const host = ts.createCompilerHost(options)
  const read = host.getSourceFile.bind(host)
  host.getSourceFile = (name, target, ...rest) =>
    texts.has(name) ? ts.createSourceFile(name, texts.get(name), target, true) : read(name, target, ...rest)
  const config = {
    path: entry,
    type: 'Replies',
    expose: 'export',
    topRef: true,
    jsDoc: 'basic',
    additionalProperties: false,
    sortProps: true,
  }
  const program = ts.createProgram([entry], options, host)
  const generator = new SchemaGenerator(program, createParser(program, config), createFormatter(config), config)
  const { Replies, ...definitions } = generator.createSchema('Replies').definitions
  const schemas = { ...definitions }
  for (const [name, schema] of Object.entries(Replies.properties)) schemas[name] ??= schema
  const sorted = Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1)))
  const clean = (name) =>
    decodeURIComponent(name)
      .replace(/[^A-Za-z0-9._-]+/g, '_')
      .replace(/_+$/, '')
  const named = Object.fromEntries(Object.entries(sorted).map(([name, schema]) => [clean(name), schema]))
  return `${JSON.stringify(named, null, 1).replace(/"#\/definitions\/([^"]+)"/g, (_, name) => `"#/components/schemas/${clean(name)}"`)}\n`
}

const made = replySchemas()
if (process.argv.includes('--check')) {
  if (JSON.stringify(JSON.parse(readFileSync(file, 'utf8'))) !== JSON.stringify(JSON.parse(made))) {
    console.error('src/api/http/reply-schemas.json is not what the types say: node scripts/build-schemas.mjs')
    process.exit(1)
  }
} else writeFileSync(file, made)
