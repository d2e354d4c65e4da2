/** User and group names to numbers: /etc first, in one read; then the name service (LDAP, sssd) by getent. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { CannotStart } from './cannot-start.ts'
import { errnoOf } from './errno.ts'

export interface OsUser {
  name: string
  uid: number
  gid: number
  home: string
}

/** The name of our own user; its number where it has none, as in many containers. */
export function ownUserName(): string {
  try {
    return userInfo().username
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return String(process.getuid?.() ?? 'unknown')
  }
}

/** Throws CannotStart (BAD_USER). */
export function findUser(nameOrUid: string): OsUser {
  const fields = findEntry('passwd', nameOrUid)
  if (fields === null) throw new CannotStart('BAD_USER', `there is no user ${nameOrUid}; see: getent passwd`)
  return { name: fields[0]!, uid: Number(fields[2]), gid: Number(fields[3]), home: fields[5] ?? '/' }
}

/** Throws CannotStart (BAD_USER). */
export function findGroup(nameOrGid: string): number {
  const fields = findEntry('group', nameOrGid)
  if (fields !== null) return Number(fields[2])
  // A number needs no name: the kernel takes any.
  if (/^\d+$/.test(nameOrGid)) return Number(nameOrGid)
  throw new CannotStart('BAD_USER', `there is no group ${nameOrGid}; see: getent group`)
}

function findEntry(database: 'passwd' | 'group', key: string): string[] | null {
  const matches = (line: string): boolean => {
    const fields = line.split(':')
    return fields[0] === key || (/^\d+$/.test(key) && fields[2] === key)
  }
  const line = readFileSync(`/etc/${database}`, 'utf8').split('\n').find(matches) ?? askNameService(database, key).find(matches)
  return line === undefined ? null : line.split(':')
}

function askNameService(database: string, key: string): string[] {
  try {
    return execFileSync('getent', [database, '--', key], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 5000,
    }).split('\n')
  } catch (error) {
    // musl and macOS have no getent. Exit status 2: no such entry.
    if (errnoOf(error) === 'ENOENT' || (error instanceof Error && 'status' in error && error.status !== null)) return []
    throw error
  }
}
