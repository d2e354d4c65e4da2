/** Tools of the operating system that a test needs and a developer's machine may lack. */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Absolute path of a program in PATH, or null. */
export function findTool(name: string): string | null {
  for (const directory of (process.env.PATH ?? '').split(delimiter)) {
    if (!directory) continue
    const file = join(directory, name)
    try {
      accessSync(file, constants.X_OK)
      return file
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'ENOENT' && code !== 'EACCES' && code !== 'ENOTDIR') throw error
    }
  }
  return null
}

/**
 * True when the tool is there: `test.skipIf(!requireTool('tmux'))(...)`. Missing, it says so aloud and the test is skipped;
 * with CI=true it throws, because there a skipped test would be a test that nobody ever runs.
 */
export function requireTool(name: string): boolean {
  if (findTool(name)) return true
  if (process.env.CI === 'true') throw new Error(`cannot test: ${name} is not installed, and CI must not skip; add it to .ci/run`)
  console.warn(`SKIPPED: ${name} is not installed; tests that need it do not run`)
  return false
}
