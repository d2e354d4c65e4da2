// Builds the web page into dist/web. Assets that are worth it are there as .gz alone: the daemon packs nothing by itself.
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'
import { buildFonts } from './build-fonts.mjs'

/** Into the page itself: a request less, and no icon that comes late. */
const withIcons = (root) => ({
  name: 'icons',
  transformIndexHtml: (html) =>
    html.replace('<!-- icons.svg -->', () =>
      readFileSync(join(root, 'src/web/icons.svg'), 'utf8').replace(/>\s+</g, '><').trim(),
    ),
})

export async function buildWeb(root, version) {
  const dist = join(root, 'dist')
  mkdirSync(dist, { recursive: true })
  const made = mkdtempSync(join(dist, '.web-'))
  // Whoever builds from a test has another one, and would get a page with the paths of its sources in it.
  process.env.NODE_ENV = 'production'
  const fonts = await buildFonts(root)
  await build({
    configFile: false,
    root: join(root, 'src/web'),
    base: '/',
    logLevel: 'warn',
    plugins: [withIcons(root)],
    define: { PTRACK_VERSION: JSON.stringify(version) },
    // The other one asks for Node's Buffer.
    resolve: { alias: { 'csv-stringify/sync': 'csv-stringify/browser/esm/sync', '@fonts': fonts.dir } },
    build: { outDir: made, emptyOutDir: true, target: 'es2023', assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  })
  for (const dir of [made, join(made, 'assets')])
    for (const entry of readdirSync(dir, { withFileTypes: true })) {
      if (!entry.isFile()) continue
      const content = readFileSync(join(dir, entry.name))
      const packed = gzipSync(content, { level: 9 })
      if (packed.length >= content.length * 0.9) continue
      writeFileSync(join(dir, `${entry.name}.gz`), packed)
      if (dir !== made) rmSync(join(dir, entry.name))
    }
  writeFileSync(join(made, 'fonts.txt'), fonts.licences)
  chmodSync(made, 0o755)
  // The page appears whole: the old one goes in the moment in which the new one comes.
  const target = join(dist, 'web')
  const old = `${made}.old`
  try {
    renameSync(target, old)
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
  }
  renameSync(made, target)
  rmSync(old, { recursive: true, force: true })
}
