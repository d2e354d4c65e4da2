/** The operating system's errors as values and as words. */
import { getSystemErrorMap } from 'node:util'

export type ErrnoError = Error & { code: string; errno?: number; syscall?: string }

/** An error of a system call, as opposed to a mistake of ours. */
export const isErrno = (error: unknown): error is ErrnoError =>
  error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string'

export const hasCode = (error: unknown, ...codes: string[]): boolean => isErrno(error) && codes.includes(error.code)

/** `no space left on device` and the like. */
export const errnoWords = (error: ErrnoError): string => getSystemErrorMap().get(error.errno ?? 0)?.[1] ?? error.code

/** What a person can do about it. */
export function errnoHint(error: ErrnoError, dir: string): string {
  switch (error.code) {
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
