/** doctor's check of the home: what others may read or write there, and foreign files. */
import { lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Check, fail, ok, warn } from './check.ts'

/** Directories of which each file is checked; a home may have very many runs and results. */
const SECRET_DIRECTORIES = ['env', 'logs']
const SHOWN = 3

const some = (paths: readonly string[]): string =>
  `${paths.slice(0, SHOWN).join(', ')}${paths.length > SHOWN ? ` and ${paths.length - SHOWN} more` : ''}`

function entriesOf(home: string): string[] {
  const names = readdirSync(home)
  for (const directory of SECRET_DIRECTORIES)
    if (names.includes(directory) && lstatSync(join(home, directory)).isDirectory())
      names.push(...readdirSync(join(home, directory)).map((name) => join(directory, name)))
  return names
}

/** Nothing for a home that is missing or unreadable: another check reports that. */
export function permissionChecks(home: string): Check[] {
  const open: string[] = []
  const foreign: string[] = []
  const uid = process.getuid?.()
  try {
    for (const name of entriesOf(home)) {
      const stat = lstatSync(join(home, name), { throwIfNoEntry: false })
      if (stat === undefined || stat.isSymbolicLink()) continue
      if (stat.mode & 0o077) open.push(name)
      if (uid !== undefined && stat.uid !== uid) foreign.push(name)
    }
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return []
    throw error
  }
  const checks: Check[] = []
  if (open.length > 0)
    checks.push(
      warn(
        'permissions',
        `${some(open)} can be read or written by others, and environments and logs hold secrets`,
        `chmod -R go= ${home}`,
      ),
    )
  if (foreign.length > 0)
    checks.push(
      fail(
        'owner',
        `${some(foreign)} belong to another user, and the daemon may be unable to write them (was it once run with sudo?)`,
        `as root: chown -R ${uid} ${home}`,
      ),
    )
  return checks.length > 0 ? checks : [ok('permissions', 'for its owner alone')]
}
