/** Which programs get `process.send`, from a file that Node loads before theirs (src/ptrack-preload.ts). */
import { basename } from 'node:path'
import type { Definition } from '../protocol/definition.ts'

/** Such a program may read only files it was granted: Node would refuse to start. */
const RESTRICTED = /--(?:experimental-)?permission\b/

/** NODE_OPTIONS for a program that is `node` itself; null = unchanged. npm or a shell would load the file in their own Node. */
export function preloadOptions(
  { command, user, group }: Pick<Definition, 'command' | 'user' | 'group'>,
  file: string | null,
  present: string | undefined,
): string | null {
  const [program = '', ...words] = command
  if (file === null || user !== null || group !== null || basename(program) !== 'node' || words.length === 0) return null
  if (RESTRICTED.test(present ?? '') || words.some((word) => RESTRICTED.test(word))) return null
  // First, and in quotes, so that the program can remove it again.
  return `--require ${JSON.stringify(file)}${present ? ` ${present}` : ''}`
}
