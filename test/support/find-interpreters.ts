/**
 * A version manager (pyenv, asdf) puts a shell script where an interpreter is expected: it starts ten programs to find the real one,
 * and takes as much CPU as the start of a daemon. Here the directory of the real one is first in PATH.
 */
import { execFileSync } from 'node:child_process'
import { closeSync, existsSync, openSync, readSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'

function isScript(file: string): boolean {
  const start = Buffer.alloc(2)
  const fd = openSync(file, 'r')
  readSync(fd, start)
  closeSync(fd)
  return start.toString('latin1') === '#!'
}

export function findInterpreters(): void {
  const path = process.env.PATH ?? ''
  const found = path.split(delimiter).find((directory) => existsSync(join(directory, 'python3')))
  // The real one is no script: found at once by each project of the configuration but the first.
  if (found === undefined || !isScript(join(found, 'python3'))) return
  const real = execFileSync(join(found, 'python3'), ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim()
  process.env.PATH = `${dirname(real)}${delimiter}${path}`
}
