// Where a benchmark works: a fresh directory on the disk of os.tmpdir(), with the child program built in it.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { end, runningFile } from './proc.mjs'

export const project = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
/** Peers are installed here once and never into the project. */
export const cache = join(tmpdir(), 'ptrack-bench-cache')

/** Size of a file; 0 when it is not there yet. */
export function sizeOf(file) {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}

export function makePlace() {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'ptrack-bench-')))
  const child = join(dir, 'child')
  execFileSync('gcc', ['-O2', '-static', '-o', child, join(project, 'bench/child.c')], { stdio: 'inherit' })
  let numbered = 0
  return {
    dir,
    child,
    /** A fresh subdirectory. */
    sub(name) {
      const path = join(dir, `${name}-${++numbered}`)
      mkdirSync(path)
      return path
    },
    children: () => runningFile(child),
    /** The last net: whatever still runs our own child program, then the directory. */
    async clear() {
      for (let pass = 0; pass < 10 && runningFile(child).length; pass++) await Promise.all(runningFile(child).map(end))
      rmSync(dir, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
