#!/usr/bin/env node
// Runs dist/ptrack.cjs from V8's code cache, which the build leaves beside it: a fifth of a command's start-up is compiling.
// V8 refuses a cache of another version or with other flags by itself, and then compiles as usual.
const { readFileSync } = require('node:fs')
const { createRequire } = require('node:module')
const { dirname, join } = require('node:path')
const { Script } = require('node:vm')

const file = join(dirname(__dirname), 'dist', 'ptrack.cjs')
const read = (path, encoding) => {
  try {
    return readFileSync(path, encoding)
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}
const source = read(file, 'utf8')
if (source === undefined) {
  process.stderr.write(`ptrack: cannot start: ${file} is missing; \`npm run build\` makes it\n`)
  process.exit(1)
}
const id = source.slice(2, 18)
const wrapped = `(function (exports, require, module, __filename, __dirname) { ${source}\n})`
const script = new Script(wrapped, { filename: file, cachedData: read(join(dirname(file), `ptrack.${id}.cache`)) })
const module_ = { exports: {} }
script.runInThisContext()(module_.exports, createRequire(file), module_, file, dirname(file))
// The build asks for it, after a command has run, so that what a command needs is in it.
if (process.env.PTRACK_CODE_CACHE)
  process.on('exit', () => require('node:fs').writeFileSync(process.env.PTRACK_CODE_CACHE, script.createCachedData()))
