/** Keeps dist/ no older than the sources, so that a test never checks yesterday's program. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
export const cliFile = join(root, 'bin/ptrack.js')
export const daemonFile = join(root, 'dist/ptrackd.cjs')
export const bundles = [
  'ptrack.cjs',
  'ptrack-client.cjs',
  'ptrack-extra.cjs',
  'ptrack-files.cjs',
  'ptrack-mcp.cjs',
  'ptrack-tui.cjs',
  'ptrackd.cjs',
  'ptrackd-main.cjs',
  'ptrack-reader.cjs',
  'ptrack-preload.cjs',
  'ptrack-sockets.cjs',
  'index.js',
  'index.cjs',
  'index.d.ts',
].map((name) => join(root, 'dist', name))

/** Makes what is older than its sources; throws with the compiler's words when it fails. */
export function buildIfStale(): void {
  execFileSync(process.execPath, [join(root, 'scripts/build.mjs')], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  })
}
