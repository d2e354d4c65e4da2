/** Which programs get `process.send`, by a file that Node loads before theirs (src/ptrack-preload.ts). */
import { basename } from 'node:path'
import type { Definition } from '../protocol/definition.ts'

/** Such a program may not read a file that it was not given: Node would refuse to start. */
const RESTRICTED = /--(?:experimental-)?permission\b/

/**
 * NODE_OPTIONS for a program, or null to leave them as they are. Only for a command that begins with `node` itself, not for
 * npm or a shell, whose own Node would take the file instead of the program's. `file`: null = it cannot be read. Another user may
 * not be able to read it either.
 */
export function preloadOptions(
  { command, user, group }: Pick<Definition, 'command' | 'user' | 'group'>,
  file: string | null,
  present: string | undefined,
): string | null {
  const [program = '', ...words] = command
  if (file === null || user !== null || group !== null || basename(program) !== 'node' || words.length === 0) return null
  if (RESTRICTED.test(present ?? '') || words.some((word) => RESTRICTED.test(word))) return null
  // First, and in quotes, so that the program can take it out again.
  return `--require ${JSON.stringify(file)}${present ? ` ${present}` : ''}`
}
