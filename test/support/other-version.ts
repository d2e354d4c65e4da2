/** Another version of the product, from the same sources: its bundles are its own, the page and the manual are this one's. */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './bundle.ts'

/** What makes up a version, as scripts/build.mjs names its parts. */
type Part = 'cli' | 'daemon' | 'preload' | 'library'

/** Answers the path of its CLI. Without code caches, which only save time. */
export function buildVersion(dir: string, version: string, { protocol, parts }: { protocol?: number; parts: Part[] }): string {
  mkdirSync(dir, { recursive: true })
  for (const part of ['src', 'scripts', 'bin', 'package.json', 'tsconfig.json'])
    cpSync(join(root, part), join(dir, part), { recursive: true })
  for (const part of ['web', 'ptrack.1', 'index.d.ts', 'index.d.cts'])
    cpSync(join(root, 'dist', part), join(dir, 'dist', part), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'))
  if (protocol !== undefined) {
    const file = join(dir, 'src/protocol/version.ts')
    const source = readFileSync(file, 'utf8')
    const changed = source.replace(/PROTOCOL_VERSION = \d+/, `PROTOCOL_VERSION = ${protocol}`)
    if (changed === source) throw new Error(`cannot build protocol ${protocol}: ${file} does not say PROTOCOL_VERSION = N`)
    writeFileSync(file, changed)
  }
  execFileSync(process.execPath, [join(dir, 'scripts/build.mjs'), ...parts], {
    cwd: dir,
    env: { ...process.env, PTRACK_BUILD_VERSION: version },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return join(dir, 'bin/ptrack.js')
}
