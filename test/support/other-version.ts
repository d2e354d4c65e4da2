/** Another version of the product, built from the same sources into a directory of its own. */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './bundle.ts'

/** Answers the path of its CLI. */
export function buildVersion(dir: string, version: string, protocol?: number): string {
  mkdirSync(dir, { recursive: true })
  for (const part of ['src', 'scripts', 'bin', 'package.json', 'tsconfig.json'])
    cpSync(join(root, part), join(dir, part), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'))
  if (protocol !== undefined) {
    const file = join(dir, 'src/protocol/version.ts')
    const source = readFileSync(file, 'utf8')
    const changed = source.replace(/PROTOCOL_VERSION = \d+/, `PROTOCOL_VERSION = ${protocol}`)
    if (changed === source) throw new Error(`cannot build protocol ${protocol}: ${file} does not say PROTOCOL_VERSION = N`)
    writeFileSync(file, changed)
  }
  execFileSync(process.execPath, [join(dir, 'scripts/build.mjs')], {
    cwd: dir,
    env: { ...process.env, PTRACK_BUILD_VERSION: version },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return join(dir, 'bin/ptrack.js')
}
