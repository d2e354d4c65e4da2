// The bundles of the CLI. ptrack.cjs is what every command loads. A module of src that is reached by `import()` is a slow part: it
// lies in another bundle, which is read when the first of its parts is asked for. `bundleOf` says in which.
import { basename, join, relative } from 'node:path'
import { build } from 'esbuild'

const BUNDLES = ['ptrack-tui', 'ptrack-mcp', 'ptrack-files', 'ptrack-client', 'ptrack-extra']

/** `loaded`: the part and all that it loads. */
function bundleOf(part, loaded) {
  if (loaded.some((file) => file.startsWith('src/tui/'))) return 'ptrack-tui'
  // An agent's client waits for its first answer before anything else.
  if (part.startsWith('src/cli/commands/mcp/')) return 'ptrack-mcp'
  if (loaded.some((file) => file.startsWith('src/files/'))) return 'ptrack-files'
  // Reaching, starting and stopping a daemon must not wait for what reports load.
  return /^src\/(client|cli\/commands\/daemon)\//.test(part) ? 'ptrack-client' : 'ptrack-extra'
}

/** The slow parts of the CLI, each with the name of its bundle; paths from the root. */
async function slowParts(root) {
  const entry = { absWorkingDir: root, entryPoints: ['src/ptrack.ts'], bundle: true, packages: 'external', platform: 'node' }
  const { inputs } = (await build({ ...entry, format: 'cjs', metafile: true, write: false })).metafile
  const importsOf = (file, isDynamic) =>
    (inputs[file]?.imports ?? []).filter(({ kind }) => (kind === 'dynamic-import') === isDynamic).map(({ path }) => path)
  const loadedWith = (file, found = new Set()) => {
    if (found.has(file)) return found
    found.add(file)
    for (const each of importsOf(file, false)) loadedWith(each, found)
    return found
  }
  const parts = Object.keys(inputs).flatMap((file) => importsOf(file, true).filter((path) => path.startsWith('src/')))
  return new Map(parts.sort().map((part) => [part, bundleOf(part, [...loadedWith(part)])]))
}

/**
 * What commander loads at its start for help and for mistakes, in a bundle that is read only then: a thirtieth of the core.
 * Each stands in for the module's exports, `real` being the module.
 */
const slowLibraries = {
  help: `exports.Help = function () { return new (real().Help)() }
    exports.stripColor = (text) => real().stripColor(text)`,
  suggestSimilar: `exports.suggestSimilar = (...args) => real().suggestSimilar(...args)`,
}

/** Turns each `import()` of a part into loading its bundle from its code cache, and writes the entries of these bundles. */
const seam = (root, parts) => ({
  name: 'seam',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\./ }, ({ path, kind, resolveDir }) => {
      const part = relative(root, join(resolveDir, path))
      return kind === 'dynamic-import' && parts.has(part) ? { path: part, namespace: 'part' } : undefined
    })
    onResolve({ filter: /\/(help|suggestSimilar)(\.js)?$/ }, ({ path, importer }) =>
      importer.includes('/commander/') ? { path: basename(path, '.js'), namespace: 'library' } : undefined,
    )
    onLoad({ filter: /.*/, namespace: 'library' }, ({ path }) => ({
      contents: `const real = () => require('loading:ptrack-extra').part('${path}')\n${slowLibraries[path]}`,
    }))
    onLoad({ filter: /.*/, namespace: 'part' }, ({ path }) => ({
      contents: `module.exports = require('loading:${parts.get(path)}').part('${path}')`,
    }))
    onResolve({ filter: /^loading:/ }, ({ path }) => ({ path: path.slice('loading:'.length), namespace: 'loading' }))
    onLoad({ filter: /.*/, namespace: 'loading' }, ({ path: bundle }) => ({
      contents: `module.exports = require('from-cache')(require('node:path').join(__dirname, '${bundle}.cjs'))`,
    }))
    onResolve({ filter: /^from-cache$/ }, () => ({ path: '../bin/from-cache.js', external: true }))
    onResolve({ filter: /^bundle:/ }, ({ path }) => ({ path: path.slice('bundle:'.length), namespace: 'bundle' }))
    onLoad({ filter: /.*/, namespace: 'bundle' }, ({ path: bundle }) => {
      const own = [...parts.keys()].filter((part) => parts.get(part) === bundle)
      const lines = own.map((part) => `'${part}': () => require('./${part}'),`)
      if (bundle === 'ptrack-extra')
        lines.push(
          ...Object.keys(slowLibraries).map((name) => `'${name}': () => require('./node_modules/commander/lib/${name}.js'),`),
        )
      return { resolveDir: root, contents: `const parts = {${lines.join('\n')}}\nexports.part = (name) => parts[name]()` }
    })
  },
})

/** Builds them all with these options of esbuild; its result. */
export async function buildCli(root, options) {
  const parts = await slowParts(root)
  return build({
    ...options,
    entryPoints: { ptrack: 'src/ptrack.ts', ...Object.fromEntries(BUNDLES.map((name) => [name, `bundle:${name}`])) },
    plugins: [seam(root, parts), ...options.plugins],
  })
}
