/** Another version of the product, from the same sources: its bundles are its own, the page and the manual are this one's. */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { root } from './bundle.ts'

/** What this build calls itself, as its bundles hold it. */
const { version: ours } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }

/**
 * This build under another version. Answers the path of its CLI. Without code caches, which only save time, and would bring this
 * version back where both are as long.
 */
export function otherVersion(dir: string, version: string): string {
  mkdirSync(dir, { recursive: true })
  for (const part of ['bin', 'package.json', 'dist'])
    cpSync(join(root, part), join(dir, part), { recursive: true, filter: (file) => !basename(file).endsWith('.cache') })
  const renamed = readdirSync(join(dir, 'dist')).filter((name) => {
    if (!/\.c?js$/.test(name)) return false
    const file = join(dir, 'dist', name)
    const text = readFileSync(file, 'utf8')
    const changed = text.replaceAll(JSON.stringify(ours), JSON.stringify(version))
    if (changed !== text) writeFileSync(file, changed)
    return changed !== text
  })
  for (const name of ['ptrack.cjs', 'ptrackd-main.cjs', 'index.cjs'])
    if (!renamed.includes(name)) throw new Error(`cannot make version ${version}: dist/${name} does not say "${ours}"`)
  return join(dir, 'bin/ptrack.js')
}

/** A build that speaks another protocol, of these parts of scripts/build.mjs. */
export function otherProtocol(
  dir: string,
  version: string,
  protocol: number,
  parts: ('cli' | 'daemon' | 'fleet' | 'preload')[],
): string {
  mkdirSync(dir, { recursive: true })
  for (const part of ['src', 'scripts', 'bin', 'package.json', 'tsconfig.json'])
    cpSync(join(root, part), join(dir, part), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'))
  const file = join(dir, 'src/protocol/version.ts')
  const source = readFileSync(file, 'utf8')
  const changed = source.replace(/PROTOCOL_VERSION = \d+/, `PROTOCOL_VERSION = ${protocol}`)
  if (changed === source) throw new Error(`cannot build protocol ${protocol}: ${file} does not say PROTOCOL_VERSION = N`)
  writeFileSync(file, changed)
  execFileSync(process.execPath, [join(dir, 'scripts/build.mjs'), ...parts], {
    cwd: dir,
    env: { ...process.env, PTRACK_BUILD_VERSION: version },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return join(dir, 'bin/ptrack.js')
}
