/** NODE_OPTIONS are the program's own again: nothing below it inherits the sockets. */
import { realpathSync } from 'node:fs'

/** As the daemon writes them (supervisor/node-preload.ts). */
const REQUIRED = /--require ("(?:[^"\\]|\\.)*") ?/g

/** `own`: the file that is running, as Node names it: a copy has another name, and its directory may be reached through a link. */
export function leaveOptions(env: NodeJS.ProcessEnv, own: string): void {
  const rest = (env.NODE_OPTIONS ?? '').replace(REQUIRED, (all, path) => (isFile(path, own) ? '' : all)).trimEnd()
  if (rest === '') delete env.NODE_OPTIONS
  else env.NODE_OPTIONS = rest
}

function isFile(quoted: string, own: string): boolean {
  try {
    const path = JSON.parse(quoted) as string
    return path === own || realpathSync(path) === own
  } catch {
    // The program's own, which Node reads otherwise, or a file that is gone.
    return false
  }
}
