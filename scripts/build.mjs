// Builds dist/: three CommonJS bundles, because bundling halves Node's start-up and CommonJS starts before ESM.
//   ptrack.cjs        the CLI core: what `ls`, `start` and `stop` need, nothing else
//   ptrack-extra.cjs  what few commands need (tables, conf, doctor, watch ...), loaded on demand by the core
//   ptrackd.cjs       the daemon
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { build } from 'esbuild'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
const root = new URL('..', import.meta.url).pathname

const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: { ptrack: 'src/ptrack.ts', 'ptrack-extra': 'src/ptrack-extra.ts', ptrackd: 'src/ptrackd.ts' },
  outdir: 'dist',
  outExtension: { '.js': '.cjs' },
  bundle: true,
  minifySyntax: true,
  minifyWhitespace: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  define: { PTRACK_VERSION: JSON.stringify(process.env.PTRACK_BUILD_VERSION ?? version), 'import.meta.url': '__importMetaUrl' },
  // Some ESM dependencies look at import.meta.url; in a CommonJS bundle that is this file.
  banner: { js: "const __importMetaUrl=require('node:url').pathToFileURL(__filename).href;" },
  external: ['./ptrack-extra.cjs'],
  legalComments: 'none',
  logLevel: 'warning',
  write: false,
})
// Each file appears whole or not at all: a build beside a running CLI harms neither.
mkdirSync(`${root}dist`, { recursive: true })
for (const { path, contents } of outputFiles) {
  writeFileSync(`${path}.tmp-${process.pid}`, contents)
  renameSync(`${path}.tmp-${process.pid}`, path)
}
