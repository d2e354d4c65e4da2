// Builds dist/: the library (index.js, index.cjs and their types), the manual page (ptrack.1) and CommonJS bundles, because bundling halves Node's start-up and CommonJS starts before ESM.
//   ptrack.cjs        the CLI core: what `ls`, `start` and `stop` need, nothing else
//   ptrack-{client,extra,files,mcp,tui}.cjs  slow parts of commands, loaded on demand (build-cli.mjs)
//   ptrackd.cjs       starts the daemon, which is ptrackd-main.cjs
//   ptrack-reader.cjs  what the daemon starts to read large logs
//   ptrackd-fleet.cjs  what the daemon of a fleet starts to reach the bus; nobody else loads it
//   ptrack-preload.cjs  what the daemon has Node load into programs that begin with `node`
//   ptrack-sockets.cjs  what it has Node load into programs with shared sockets
//   web/              the web page (build-web.mjs)
//   *.cache           V8's code caches of the CLI and the daemon (code-cache.mjs)
// Only what is older than its sources (stale.mjs). Arguments: the parts to be looked at, or --all to make all anew.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { buildCli } from './build-cli.mjs'
import { cachedBundles, cacheNames, makeCodeCaches, named } from './code-cache.mjs'
import { isStale } from './stale.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const version = process.env.PTRACK_BUILD_VERSION ?? JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version

/**
 * What libraries load at their start and ptrack never asks of them. A tenth of every command's start-up: commander takes
 * child_process for subcommands that are programs of their own, chalk looks at the terminal for a colour level that we give
 * it. A seventh of the daemon's text: zod speaks fifty languages.
 */
const unaskedFor = {
  name: 'unasked-for',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      importer.includes('/commander/') ? { path: 'child_process', namespace: 'lazy' } : undefined,
    )
    onLoad({ filter: /.*/, namespace: 'lazy' }, () => ({
      contents: "module.exports = { spawn: (...args) => require('node:child_process').spawn(...args) }",
    }))
    // Benchmarks, and a bus behind HTTP.
    onLoad({ filter: /\/nats-core\/lib\/(bench|ws_transport)\.js$/ }, () => ({ contents: '' }))
    onLoad({ filter: /\/zod\/v4\/locales\/index\.js$/ }, () => ({ contents: "export { default as en } from './en.js'" }))
    // No route has a schema of Fastify's own (src/api/http/app.ts), and no request is made up: a sixth of the daemon's text.
    onLoad({ filter: /\/@fastify\/(ajv|fast-json-stringify)-compiler\/index\.js$/ }, () => ({
      contents: "module.exports = () => () => { throw new Error('schemas of routes are left out of this build') }",
    }))
    onLoad({ filter: /\/light-my-request\/index\.js$/ }, () => ({ contents: 'module.exports = undefined' }))
    onLoad({ filter: /\/chalk\/source\/vendor\/supports-color\/index\.js$/ }, () => ({
      contents: 'export default { stdout: false, stderr: false }',
    }))
  },
}

/** Of every build. */
const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  define: { PTRACK_VERSION: JSON.stringify(version) },
  legalComments: 'none',
  logLevel: 'warning',
  write: false,
}
const bundles = {
  ...common,
  outdir: 'dist',
  outExtension: { '.js': '.cjs' },
  // Parsing is a quarter of a command's start-up; names stay readable in the daemon, whose stacks are in its log.
  minify: true,
  format: 'cjs',
  // Its ES module asks where it lies, which a CommonJS bundle cannot say.
  alias: { fdir: join(root, 'node_modules/fdir/dist/index.cjs') },
  // An import() of Node's own modules becomes a require(): a script that runs from V8's code cache has no loader for it.
  supported: { 'dynamic-import': false },
  plugins: [unaskedFor],
}

// Each file appears whole or not at all: a build beside a running CLI harms neither.
const put = (path, contents) => {
  writeFileSync(`${path}.tmp-${process.pid}`, contents)
  renameSync(`${path}.tmp-${process.pid}`, path)
}
const putAll = ({ outputFiles }) => {
  for (const { path, contents } of outputFiles) put(path, named(path, contents))
}

/** Loaded into other people's programs, whatever Node they run on. */
const buildPreload = (name) => {
  const protocol = /PROTOCOL_VERSION = (\d+)/.exec(readFileSync(join(root, 'src/protocol/version.ts'), 'utf8'))[1]
  return build({
    ...common,
    entryPoints: [`src/${name}.ts`],
    outfile: `dist/${name}.cjs`,
    minify: true,
    target: 'node12',
    format: 'cjs',
    define: { ...common.define, PTRACK_PROTOCOL: protocol },
  })
}

/** Readable, since its users meet it in their stacks. */
const buildLibrary = () =>
  build({
    ...common,
    entryPoints: ['src/lib/index.ts'],
    outfile: 'dist/index.cjs',
    format: 'cjs',
    define: { ...common.define, 'import.meta.url': '__importMetaUrl' },
    banner: { js: "const __importMetaUrl=require('node:url').pathToFileURL(__filename).href;" },
  })
/** The library is one for both kinds of modules: half of the package's size for it, and one class of its errors in a program that has both. */
const SAME_AS_COMMONJS = "export * from './index.cjs'\n"

const src = (...names) => names.map((name) => `src/${name}`)
/** What is slow to load is loaded when it is needed. */
const parts = {
  cli: {
    from: src('ptrack.ts', 'cli', 'tui', 'files', 'words', 'client', 'protocol'),
    makes: ['ptrack.cjs', 'ptrack-client.cjs', 'ptrack-extra.cjs', 'ptrack-files.cjs', 'ptrack-mcp.cjs', 'ptrack-tui.cjs'],
    make: async () => putAll(await buildCli(root, bundles)),
  },
  daemon: {
    from: [
      ...src(
        'ptrackd.ts',
        'ptrackd-launch.ts',
        'ptrack-reader.ts',
        'daemon',
        'api',
        'supervisor',
        'adapters',
        'core',
        'protocol',
      ),
      'bin/from-cache.js',
    ],
    makes: ['ptrackd.cjs', 'ptrackd-main.cjs', 'ptrack-reader.cjs'],
    make: async () =>
      putAll(
        await build({
          ...bundles,
          entryPoints: {
            ptrackd: 'src/ptrackd-launch.ts',
            'ptrackd-main': 'src/ptrackd.ts',
            'ptrack-reader': 'src/ptrack-reader.ts',
          },
        }),
      ),
  },
  fleet: {
    from: src('ptrackd-fleet.ts', 'adapters', 'core', 'protocol'),
    makes: ['ptrackd-fleet.cjs'],
    make: async () =>
      putAll(
        await build({
          ...bundles,
          entryPoints: { 'ptrackd-fleet': 'src/ptrackd-fleet.ts' },
          // A fifth of it, for what Node does itself.
          alias: { ...bundles.alias, tweetnacl: join(root, 'src/adapters/bus/nacl.ts') },
        }),
      ),
  },
  preload: {
    from: src('ptrack-preload.ts', 'protocol'),
    makes: ['ptrack-preload.cjs'],
    make: async () => putAll(await buildPreload('ptrack-preload')),
  },
  sockets: {
    from: src('ptrack-sockets.ts', 'preload', 'protocol/version.ts'),
    makes: ['ptrack-sockets.cjs'],
    make: async () => putAll(await buildPreload('ptrack-sockets')),
  },
  library: {
    from: src('lib', 'client', 'protocol'),
    makes: ['index.js', 'index.cjs'],
    make: async () => {
      putAll(await buildLibrary())
      put(join(root, 'dist/index.js'), SAME_AS_COMMONJS)
    },
  },
  types: {
    from: src('lib', 'client', 'protocol'),
    makes: ['index.d.ts', 'index.d.cts'],
    make: async () => {
      const types = await (await import('./build-types.mjs')).libraryTypes(root)
      put(join(root, 'dist/index.d.cts'), types)
      put(join(root, 'dist/index.d.ts'), SAME_AS_COMMONJS)
    },
  },
  web: {
    from: src('web', 'words', 'protocol'),
    makes: ['web/index.html'],
    make: async () => (await import('./build-web.mjs')).buildWeb(root, version),
  },
  man: {
    from: src('cli', 'files', 'words', 'client', 'protocol'),
    makes: ['ptrack.1'],
    make: async () => put(join(root, 'dist/ptrack.1'), await (await import('./build-man.mjs')).manPage(root, version)),
  },
  caches: {
    from: cachedBundles.map((name) => `dist/${name}`),
    // Their names hang on what was made before.
    get makes() {
      return cacheNames(root)
    },
    make: () => makeCodeCaches(root, put),
  },
}

mkdirSync(join(root, 'dist'), { recursive: true })
const wanted = process.argv.slice(2)
for (const [name, part] of Object.entries(parts))
  if (wanted.includes('--all') || ((wanted.length === 0 || wanted.includes(name)) && isStale(root, part))) await part.make()
