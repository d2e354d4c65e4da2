// Runs a bundle of dist/ from V8's code cache, which the build leaves beside it (scripts/code-cache.mjs): compiling is a fifth of
// a command's start-up and a quarter of the daemon's. A Node without one compiles as usual, and V8 refuses by itself what
// was made with other flags.
const { readFileSync, writeFileSync } = require('node:fs')
const { createRequire } = require('node:module')
const { basename, dirname, join } = require('node:path')
const { Script } = require('node:vm')

const read = (path, encoding) => {
  try {
    return readFileSync(path, encoding)
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}

const loaded = new Map()

/** What the bundle exports; it runs once, as a module does. */
module.exports = function runFromCache(file) {
  const known = loaded.get(file)
  if (known) return known.exports
  // ASCII, and a function already: V8 takes the text where it lies, without a copy.
  const source = read(file, 'latin1')
  if (source === undefined) {
    process.stderr.write(`ptrack: cannot start: ${file} is missing; \`npm run build\` makes it\n`)
    process.exit(1)
  }
  // A build of before bundles were functions, below a `bin` of after.
  if (!source.startsWith('(function', 20)) {
    process.stderr.write(`ptrack: cannot start: ${file} is older than this checkout; \`npm run build\` makes it anew\n`)
    process.exit(1)
  }
  const id = source.slice(2, 18)
  const script = new Script(source, {
    filename: file,
    cachedData: read(file.replace(/cjs$/, `${id}.${process.version}.cache`)),
  })
  const module_ = { exports: {} }
  loaded.set(file, module_)
  script.runInThisContext()(module_.exports, createRequire(file), module_, file, dirname(file))
  // The build asks for it, at the end of the process, so that what it needs is in the cache.
  const wanted = process.env.PTRACK_CODE_CACHE
  if (wanted) process.on('exit', () => writeFileSync(join(wanted, basename(file)), script.createCachedData()))
  return module_.exports
}
