// The library's types as one file that needs nothing: no schema library, no other file of ours. The compiler writes the
// declarations; of these, what the entry exports and whatever that mentions is kept. What a schema says is written out.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { typesOfSchemas } from './schema-types.mjs'

/** Text of index.d.ts. */
export async function libraryTypes(root) {
  const directory = mkdtempSync(join(tmpdir(), 'ptrack-types-'))
  try {
    const options = '--ignoreConfig --noCheck --declaration --emitDeclarationOnly --stripInternal --rootDir src --types node'
    const more =
      '--allowImportingTsExtensions --module preserve --moduleResolution bundler --target es2023 --verbatimModuleSyntax'
    const words = `${options} ${more} --outDir`.split(' ')
    const compiler = join(root, 'node_modules/typescript/bin/tsc')
    const { status, stdout, stderr } = spawnSync(process.execPath, [compiler, ...words, directory, 'src/lib/index.ts'], {
      cwd: root,
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(`cannot build the types: ${stdout}${stderr}`)
    return assemble(directory, await typesOfSchemas(root))
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** `written`: a type that comes from a schema -> its text. */
function assemble(directory, written) {
  const known = new Map()
  const files = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  // src/lib first: its words may be those of another layer.
  const inLibrary = (file) => relative(directory, file).startsWith('lib/')
  const entry = join(directory, 'lib/index.d.ts')
  for (const file of [...files.filter(inLibrary), ...files.filter((each) => !inLibrary(each))])
    for (const [name, text] of declarations(readFileSync(file, 'utf8'))) if (!known.has(name)) known.set(name, text)
  const exported = [...readFileSync(entry, 'utf8').matchAll(/^export (type )?\{ ([^}]*) \}/gm)].flatMap(([, type, names]) =>
    names
      .split(',')
      .map((name) => name.trim())
      .filter(Boolean)
      .map((name) => (type ? `type ${name}` : name)),
  )
  exported.push('connect', 'track')
  const wanted = exported.map((name) => name.replace('type ', ''))
  const kept = new Map()
  for (const name of wanted) {
    let text = known.get(name)
    const schema = /type \w+ = z\.(input|infer)<typeof (\w+)>;$/.exec(text ?? '')
    if (schema) text = text.slice(0, schema.index) + written(name, schema[2], schema[1])
    if (text === undefined || kept.has(name)) continue
    if (/\bz\./.test(text))
      throw new Error(`cannot build the types: ${name} comes from a schema that schema-types.mjs does not know`)
    kept.set(name, text)
    const code = text.replace(/\/\*[\s\S]*?\*\//g, '')
    // A property may be called as a constant or a function is; these are meant only behind `typeof`.
    for (const [, type, word] of code.matchAll(/(\btypeof )?\b(\w+)\b/g))
      if (known.has(word) && (type || !/^(\/\*[\s\S]*?\*\/\s*)?declare (const|function)\b/.test(known.get(word))))
        wanted.push(word)
  }
  return `${[...kept.values()].join('\n')}\nexport { ${exported.join(', ')} };\n`
}

/** Name -> text of each top-level declaration, with the comment above it and without `export`; overloads are one. */
function declarations(text) {
  const found = new Map()
  // The comment at the top is about the file.
  const parts = text.replace(/^\/\*\*[\s\S]*?\*\/\n/, '').split(/^(?=export |import |declare |\/\*\*)/m)
  let comment = ''
  let about = {}
  for (const part of parts) {
    // A schema is not for users; what is written above it is about its type, which has the same name.
    const schema = /^export declare const (\w+): z\./.exec(part)?.[1]
    if (schema) {
      about = { name: schema, comment }
      comment = ''
      continue
    }
    const name = /^export (?:declare )?(?:class|const|function|interface|type) (\w+)/.exec(part)?.[1]
    const above = comment || (about.name === name ? about.comment : '')
    const declaration = `${above}${part.trimEnd().replace(/^export /, '')}`
    if (name) found.set(name, found.has(name) ? `${found.get(name)}\n${declaration}` : declaration)
    comment = part.startsWith('/**') ? part : ''
  }
  return found
}
