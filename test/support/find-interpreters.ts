/**
 * A version manager (pyenv, asdf) puts a shell script where an interpreter is expected: it starts ten programs to find the real one,
 * and takes as much CPU as the start of a daemon. Here the directory of the real one is first in PATH.
 */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'

export function findInterpreters(): void {
  const path = process.env.PATH ?? ''
  const found = path.split(delimiter).find((directory) => existsSync(join(directory, 'python3')))
  if (found === undefined) return
  const real = execFileSync(join(found, 'python3'), ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim()
  if (dirname(real) !== found) process.env.PATH = `${dirname(real)}${delimiter}${path}`
}
