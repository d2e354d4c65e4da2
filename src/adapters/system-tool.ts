/** Small programs of the system, from its own directories and never from a program's PATH. */
import { existsSync } from 'node:fs'
import { CannotStart } from './cannot-start.ts'

const DIRECTORIES = ['/usr/bin', '/bin', '/usr/sbin', '/sbin']

/** Throws CannotStart (MISSING_TOOL); `needed` names the options that need it. */
export function systemTool(name: string, needed: string): string {
  const found = DIRECTORIES.map((directory) => `${directory}/${name}`).find((file) => existsSync(file))
  if (found === undefined) throw new CannotStart('MISSING_TOOL', `${name} is not installed, which ${needed} need`)
  return found
}
