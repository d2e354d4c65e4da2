/** `ptrack` by its name, as a user's scripts call it. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { cliFile } from './bundle.ts'
import type { TestHome } from './daemon.ts'

/** A PATH with the command of this build, and the Node that runs it, before anything else. */
export function commandPath({ dir, env }: Pick<TestHome, 'dir' | 'env'>): string {
  const bin = join(dir, 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'ptrack'), `#!/bin/sh\nexec "${process.execPath}" "${cliFile}" "$@"\n`)
  chmodSync(join(bin, 'ptrack'), 0o755)
  return `${bin}:${dirname(process.execPath)}:${env.PATH ?? ''}`
}
