// Builds dist/: the library (index.js, index.cjs and their types), the manual page (ptrack.1) and CommonJS bundles, because bundling halves Node's start-up and CommonJS starts before ESM.
//   ptrack.cjs        the CLI core: what `ls`, `start` and `stop` need, nothing else
//   ptrack-{client,extra,files,tui}.cjs  slow parts of commands, loaded on demand (build-cli.mjs)
//   ptrackd.cjs       starts the daemon, which is ptrackd-main.cjs
//   ptrack-reader.cjs  what the daemon starts to read large logs
//   ptrack-preload.cjs  what the daemon has Node load into programs that begin with `node`
//   web/              the web page (build-web.mjs)
//   *.cache           V8's code caches of the CLI core and the daemon (code-cache.mjs)
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { buildCli } from './build-cli.mjs'
import { manPage } from './build-man.mjs'
import { libraryTypes } from './build-types.mjs'
import { buildWeb } from './build-web.mjs'
import { makeCodeCaches, named } from './code-cache.mjs'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
const root = fileURLToPath(new URL('..', import.meta.url))
const protocol = Number(
  /PROTOCOL_VERSION = (\d+)/.exec(readFileSync(new URL('../src/protocol/version.ts', import.meta.url), 'utf8'))[1],
)

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
    onLoad({ filter: /\/zod\/v4\/locales\/index\.js$/ }, () => ({ contents: "export { default as en } from './en.js'" }))
    onLoad({ filter: /\/chalk\/source\/vendor\/supports-color\/index\.js$/ }, () => ({
      contents: 'export default { stdout: false, stderr: false }',
    }))
  },
}

const options = {
  absWorkingDir: root,
  outdir: 'dist',
  outExtension: { '.js': '.cjs' },
  bundle: true,
  // Parsing is a quarter of a command's start-up; names stay readable in the daemon, whose stacks are in its log.
  minify: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  define: { PTRACK_VERSION: JSON.stringify(process.env.PTRACK_BUILD_VERSION ?? version) },
  plugins: [unaskedFor],
  legalComments: 'none',
  logLevel: 'warning',
  write: false,
}
const cli = await buildCli(root, options)
const daemon = await build({
  ...options,
  entryPoints: { ptrackd: 'src/ptrackd-launch.ts', 'ptrackd-main': 'src/ptrackd.ts', 'ptrack-reader': 'src/ptrack-reader.ts' },
})
// Each file appears whole or not at all: a build beside a running CLI harms neither.
const put = (path, contents) => {
  writeFileSync(`${path}.tmp-${process.pid}`, contents)
  renameSync(`${path}.tmp-${process.pid}`, path)
}
mkdirSync(`${root}dist`, { recursive: true })
for (const { path, contents } of [...cli.outputFiles, ...daemon.outputFiles]) put(path, named(path, contents))

// Loaded into other people's programs, whatever Node they run on.
const preload = await build({
  absWorkingDir: root,
  entryPoints: ['src/ptrack-preload.ts'],
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node12',
  format: 'cjs',
  define: { PTRACK_VERSION: JSON.stringify(process.env.PTRACK_BUILD_VERSION ?? version), PTRACK_PROTOCOL: String(protocol) },
  legalComments: 'none',
  logLevel: 'warning',
  write: false,
})
put(`${root}dist/ptrack-preload.cjs`, preload.outputFiles[0].contents)

// The library: readable, since its users meet it in their stacks.
for (const [file, format] of [
  ['index.js', 'esm'],
  ['index.cjs', 'cjs'],
]) {
  const url = format === 'cjs' ? { 'import.meta.url': '__importMetaUrl' } : {}
  const library = await build({
    absWorkingDir: root,
    entryPoints: ['src/lib/index.ts'],
    bundle: true,
    platform: 'node',
    target: 'node20',
    format,
    define: { PTRACK_VERSION: JSON.stringify(process.env.PTRACK_BUILD_VERSION ?? version), ...url },
    banner: format === 'cjs' ? { js: "const __importMetaUrl=require('node:url').pathToFileURL(__filename).href;" } : {},
    legalComments: 'none',
    logLevel: 'warning',
    write: false,
  })
  put(`${root}dist/${file}`, library.outputFiles[0].contents)
}
const types = libraryTypes(root)
put(`${root}dist/index.d.ts`, types)
put(`${root}dist/index.d.cts`, types)
await buildWeb(root, process.env.PTRACK_BUILD_VERSION ?? version)
put(`${root}dist/ptrack.1`, await manPage(root, process.env.PTRACK_BUILD_VERSION ?? version))

await makeCodeCaches(root, put)
