// The library's types as one file that needs nothing: no schema library, no other file of ours. The compiler writes the
// declarations; of these, what the entry exports and whatever that mentions is kept.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'

/** Text of index.d.ts. Throws when a type cannot be had without a schema. */
export function libraryTypes(root) {
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
    return assemble(directory)
  } finally {
    rmSync(directory, { recursive: true })
  }
}

function assemble(directory) {
  const known = new Map()
  const files = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  // src/lib first: it writes out what the protocol infers from schemas, under the same names.
  const inLibrary = (file) => relative(directory, file).startsWith('lib/')
  const entry = join(directory, 'lib/index.d.ts')
  for (const file of [...files.filter(inLibrary), ...files.filter((each) => !inLibrary(each))])
    for (const [name, text] of declarations(readFileSync(file, 'utf8'))) if (!known.has(name)) known.set(name, text)
  const exported = [...readFileSync(entry, 'utf8').matchAll(/^export (type )?\{ ([^}]*) \}/gm)].flatMap(([, type, names]) =>
    names.split(', ').map((name) => (type ? `type ${name}` : name)),
  )
  exported.push('connect', 'track')
  const wanted = exported.map((name) => name.replace('type ', ''))
  const kept = new Map()
  for (const name of wanted) {
    const text = known.get(name)
    if (text === undefined || kept.has(name)) continue
    if (/\bz\./.test(text)) throw new Error(`cannot build the types: ${name} comes from a schema; write it out in src/lib`)
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
  for (const part of parts) {
    const name = /^export (?:declare )?(?:class|const|function|interface|type) (\w+)/.exec(part)?.[1]
    const declaration = `${comment}${part.trimEnd().replace(/^export /, '')}`
    if (name) found.set(name, found.has(name) ? `${found.get(name)}\n${declaration}` : declaration)
    comment = part.startsWith('/**') ? part : ''
  }
  return found
}
