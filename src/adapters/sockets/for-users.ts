/**
 * Where programs with dropped privileges (`--user`) find the preload and listen for the daemon: outside of the home, which only its
 * own user can enter. Each user has a directory of their own there, and nothing secret lies in it.
 */
import { createHash } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmdirSync,
  rmSync,
  type Stats,
  symlinkSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { CannotStart } from '../cannot-start.ts'
import { errnoOf, unless } from '../errno.ts'
import { findUser } from '../os-user.ts'
import { preloadCopy } from '../preload-copy.ts'
import type { SocketPlaces } from './places.ts'

/** The first that can be written to; gone with a reboot, as are the programs. */
const ROOTS = ['/run', '/dev/shm']
const GONE = ['ENOENT', 'ENOTDIR']

export interface UserPlaces {
  /** The file that Node programs of this user can load; null where none can be put. */
  preload(user: string): string | null
  /** The control socket of this run; null where that user can have none. The home links to it. */
  control(dir: string, runId: string, user: string): string | null
}

export function userPlaces(home: string, places: SocketPlaces, original: string): UserPlaces {
  const name = `ptrack-sockets-${createHash('sha256').update(home).digest('hex').slice(0, 12)}`
  const copies = new Map<string, () => string | null>()

  /** Null = none can be made. Nobody else may have made it, since its name can be guessed. */
  function base(): string | null {
    for (const root of ROOTS) {
      const directory = join(root, name)
      const made = unless(['EROFS', 'EACCES', 'ENOENT', 'ENOSPC'], null, () => ownDirectory(directory, process.geteuid!(), 0o711))
      if (made !== null) return made
    }
    return null
  }

  return {
    preload(user) {
      const directory = isForeign(user) ? base() : null
      if (directory === null) return null
      if (!copies.has(directory)) copies.set(directory, preloadCopy(original, directory, 0o644))
      const file = copies.get(directory)!()
      return file !== null && dirname(file) === directory ? file : null
    },
    control(dir, runId, user) {
      const uid = uidOf(user)
      const shared = uid === null ? null : base()
      if (uid === null || shared === null) return null
      const own = ownDirectory(join(shared, `${dir}-${uid}`), uid, 0o700)
      if (own === null) return null
      for (const [link, suffix] of [
        [places.control(dir, runId), '.ctl'],
        [places.loaded(dir, runId), '.ctl.loaded'],
      ] as const)
        unless(['EEXIST'], undefined, () => symlinkSync(join(own, `${runId}${suffix}`), link))
      return join(own, `${runId}.ctl`)
    },
  }
}

/** Another user than the daemon's: only root can start a program as one. */
export const isForeign = (user: string | null): user is string => user !== null && uidOf(user) !== process.geteuid?.()

/** Null: there is none of that name, which its start says. */
function uidOf(user: string): number | null {
  try {
    return findUser(user).uid
  } catch (error) {
    if (error instanceof CannotStart) return null
    throw error
  }
}

function ownDirectory(path: string, uid: number, mode: number): string | null {
  const isOwn = (stats: Stats): boolean => stats.isDirectory() && stats.uid === uid && (stats.mode & 0o777) === mode
  try {
    mkdirSync(path, { mode: 0o700 })
    chownSync(path, uid, -1)
    chmodSync(path, mode)
    return path
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error
  }
  return isOwn(lstatSync(path)) ? path : null
}

/** A file of the home, and what it links to. */
export function removeWithTarget(file: string): void {
  const target = targetOf(file)
  if (target !== null) rmSync(target, { force: true })
  rmSync(file, { force: true })
}

/** Where a link of the home leads; null = the file is in the home itself. */
export const targetOf = (file: string): string | null => unless([...GONE, 'EINVAL'], null, () => readlinkSync(file))

/** The directory of a set is about to go. Nothing is removed that the user might have put there: never deeper than one name. */
export function leaveUsers(places: SocketPlaces, dir: string): void {
  const directories = new Set<string>()
  for (const name of unless(GONE, [], () => readdirSync(places.of(dir)))) {
    const link = join(places.of(dir), name)
    const target = /\.ctl(\.loaded)?$/.test(name) ? targetOf(link) : null
    if (target === null) continue
    directories.add(dirname(target))
    removeWithTarget(link)
  }
  for (const own of directories) {
    removeEmpty(own)
    const shared = dirname(own)
    const left = unless(GONE, [], () => readdirSync(shared))
    if (left.some((name) => !name.startsWith('preload-'))) continue
    for (const name of left) rmSync(join(shared, name), { force: true })
    removeEmpty(shared)
  }
}

const removeEmpty = (directory: string): void => unless([...GONE, 'ENOTEMPTY', 'EEXIST'], undefined, () => rmdirSync(directory))
