/** The operating system's errors as values and as text. */
import { getSystemErrorMap } from 'node:util'

export type ErrnoError = Error & { code: string; errno?: number; syscall?: string; path?: string }

/** An error of a system call, as opposed to a bug. */
export const isErrno = (error: unknown): error is ErrnoError =>
  error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string'

export const hasCode = (error: unknown, ...codes: string[]): boolean => isErrno(error) && codes.includes(error.code)

export const errnoWords = (error: ErrnoError & { words?: string }): string =>
  error.words ?? getSystemErrorMap().get(error.errno ?? 0)?.[1] ?? error.code

/** Advice for a person. */
export function errnoHint(error: ErrnoError, dir: string): string {
  switch (error.code) {
    case 'EFTYPE':
      return `move ${error.path ?? dir} away`
    case 'ENOSPC':
      return `free space on the disk that holds ${dir}`
    case 'EDQUOT':
      return `free space in ${dir} or raise the disk quota of this user`
    case 'EROFS':
      return `make the file system of ${dir} writable again (mount -o remount,rw)`
    case 'EACCES':
    case 'EPERM':
      return `give this user write access to ${dir} (ls -ld ${dir})`
    case 'ENOENT':
      return `${dir} is gone: create it again, mode 0700`
    default:
      return `check the disk that holds ${dir} (df ${dir}; dmesg)`
  }
}

/** The errno name of a failed system call (`ENOENT`); undefined for any other error. */
export function errnoOf(error: unknown): string | undefined {
  // Not by instanceof: errors of node:vm come from another realm.
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : undefined
}

/** The fallback replaces only these errnos; anything else is rethrown. */
export function unless<T>(errnos: readonly string[], fallback: T, call: () => T): T {
  try {
    return call()
  } catch (error) {
    if (errnos.includes(errnoOf(error) ?? '')) return fallback
    throw error
  }
}

export async function unlessAsync<T>(errnos: readonly string[], fallback: T, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if (errnos.includes(errnoOf(error) ?? '')) return fallback
    throw error
  }
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
