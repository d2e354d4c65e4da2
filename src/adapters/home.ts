/** PTRACK_HOME: created if missing, made private, and refused when others could have written there. */
import { chmodSync, existsSync, mkdirSync, readdirSync, type Stats, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { PtrackError } from '../protocol/errors.ts'
import { type ErrnoError, errnoHint, errnoWords, hasCode, isErrno } from './errno.ts'

export const HOME_DIRECTORIES = ['logs', 'runs', 'env', 'results', 'history'] as const
const PRIVATE = 0o700
const OTHERS = 0o077
const WORLD_WRITABLE = 0o002

/** Creates the home, 0700. Throws DENIED (foreign, world-writable, no rights), USAGE (no directory) or FAILED (disk). */
export function prepareHome(home: string): void {
  try {
    makeDirectory(home)
    const stats = statSync(home)
    refuseForeign(home, stats)
    // A directory used for other things too keeps its mode; ours inside it are private all the same.
    if ((stats.mode & OTHERS) !== 0 && isOurs(home)) chmodSync(home, PRIVATE)
    for (const name of HOME_DIRECTORIES) prepareDirectory(join(home, name))
  } catch (error) {
    throw isErrno(error) ? explain(home, error) : error
  }
}

/** With its parents. Not mkdir's `recursive`, which never returns where an existing parent answers ENOENT (/proc). */
function makeDirectory(dir: string): void {
  try {
    mkdirSync(dir, { mode: PRIVATE })
  } catch (error) {
    if (hasCode(error, 'EEXIST') && statSync(dir).isDirectory()) return
    if (!hasCode(error, 'ENOENT') || existsSync(dirname(dir))) throw error
    makeDirectory(dirname(dir))
    makeDirectory(dir)
  }
}

function prepareDirectory(dir: string): void {
  makeDirectory(dir)
  const stats = statSync(dir)
  refuseForeign(dir, stats)
  if ((stats.mode & OTHERS) !== 0) chmodSync(dir, PRIVATE)
}

function refuseForeign(dir: string, stats: Stats): void {
  const uid = process.getuid?.()
  if (uid !== undefined && stats.uid !== uid) {
    throw new PtrackError('DENIED', `cannot use ${dir}: it belongs to the user with uid ${stats.uid}, ptrack runs as ${uid}`, {
      hint: 'run ptrack as that user, or use a directory of your own with --home or PTRACK_HOME',
    })
  }
  if ((stats.mode & WORLD_WRITABLE) !== 0) {
    throw new PtrackError('DENIED', `cannot use ${dir}: everybody may write there, and so decide what ptrack runs`, {
      hint: `use another directory with --home, or look through it and then: chmod 700 ${dir}`,
    })
  }
}

const isOurs = (home: string): boolean => {
  const entries = readdirSync(home)
  return (
    entries.length === 0 || entries.includes('process-state.json') || HOME_DIRECTORIES.every((name) => entries.includes(name))
  )
}

function explain(home: string, cause: ErrnoError): PtrackError {
  switch (cause.code) {
    case 'EEXIST':
    case 'ENOTDIR':
      return HOME_DIRECTORIES.some((name) => cause.path === join(home, name))
        ? new PtrackError('FAILED', `cannot use ${home}: ${cause.path} is not a directory`, {
            hint: `move ${cause.path} away`,
            cause,
          })
        : new PtrackError('USAGE', `cannot use ${home}: it, or something on the way to it, is not a directory`, {
            hint: 'name a directory with --home or PTRACK_HOME',
            cause,
          })
    case 'ENOENT':
      return new PtrackError('DENIED', `cannot use ${home}: no directory can be made there`, {
        hint: 'use another directory with --home or PTRACK_HOME',
        cause,
      })
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new PtrackError('DENIED', `cannot use ${home}: ${errnoWords(cause)}`, {
        hint: `${errnoHint(cause, home)}, or use another directory with --home`,
        cause,
      })
    default:
      return new PtrackError('FAILED', `cannot use ${home}: ${errnoWords(cause)}`, { hint: errnoHint(cause, home), cause })
  }
}
