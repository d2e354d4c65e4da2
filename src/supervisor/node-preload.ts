/** Which programs get `process.send`, from a file that Node loads before theirs (src/ptrack-preload.ts). */
import { basename } from 'node:path'
import type { Definition } from '../protocol/definition.ts'

/** Such a program may read only files it was granted: Node would refuse to start. */
const RESTRICTED = /--(?:experimental-)?permission\b/

export interface Preloads {
  /** Adds `process.send`. Only for what is `node` itself: npm or a shell would load it in their own Node. */
  ready: string | null
  /** Takes inherited sockets, also in what the program starts; null = none are shared. */
  sockets: string | null
}

export const isNode = ([program = '']: readonly string[]): boolean => basename(program) === 'node'

/** NODE_OPTIONS for a program; null = unchanged. */
export function preloadOptions(
  { command, user, group }: Pick<Definition, 'command' | 'user' | 'group'>,
  { ready, sockets }: Preloads,
  present: string | undefined,
): string | null {
  const [, ...words] = command
  if (RESTRICTED.test(present ?? '') || words.some((word) => RESTRICTED.test(word))) return null
  // Another user can perhaps not read the package, nor reach the daemon.
  const isOwn = user === null && group === null
  // The first removes itself again, and so has to be first.
  const files = [isOwn && isNode(command) && words.length > 0 ? ready : null, sockets].filter((file) => file !== null)
  if (files.length === 0) return null
  const own = files.map((file) => `--require ${JSON.stringify(file)}`).join(' ')
  return present ? `${own} ${present}` : own
}
