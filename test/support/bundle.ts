/** Keeps dist/ no older than the sources, so that a test never checks yesterday's program. */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
export const cliFile = join(root, 'bin/ptrack.js')
export const bundles = [
  'ptrack.cjs',
  'ptrack-client.cjs',
  'ptrack-extra.cjs',
  'ptrack-files.cjs',
  'ptrack-tui.cjs',
  'ptrackd.cjs',
  'ptrackd-main.cjs',
  'ptrack-reader.cjs',
  'ptrack-preload.cjs',
  'index.js',
  'index.cjs',
  'index.d.ts',
].map((name) => join(root, 'dist', name))

function newestIn(directory: string): number {
  let newest = 0
  for (const entry of readdirSync(directory, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) newest = Math.max(newest, statSync(join(entry.parentPath, entry.name)).mtimeMs)
  }
  return newest
}

export function isStale(): boolean {
  if (!bundles.every((file) => existsSync(file))) return true
  const sources = Math.max(
    newestIn(join(root, 'src')),
    ...['scripts/build.mjs', 'scripts/build-cli.mjs', 'package.json'].map((file) => statSync(join(root, file)).mtimeMs),
  )
  return Math.min(...bundles.map((file) => statSync(file).mtimeMs)) < sources
}

/** Runs the build when it is needed; throws with the compiler's words when it fails. */
export function buildIfStale(): void {
  if (!isStale()) return
  execFileSync(process.execPath, [join(root, 'scripts/build.mjs')], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  })
}
