import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { errnoOf } from '../errno.ts'

/** The marker variables stand in the environment of an exec; one beyond this size is not searched to its end. */
const ENVIRON_BYTES_MAX = 256 * 1024

/**
 * One buffer for everything. A pass over 1000 processes takes 12 ms so; a buffer, a promise or a Stats object per
 * file (readFileSync does an fstat) doubles and trebles it. Nothing here awaits, so nobody else can write into it.
 */
const buffer = Buffer.allocUnsafe(ENVIRON_BYTES_MAX)

/** Reads from a path or a kept-open descriptor. The result is a window on the shared buffer: use it before the next call. */
export function readProc(path: string, bytesMax = 4096): Buffer | null {
  let fd: number
  try {
    fd = openSync(path, 'r')
  } catch (error) {
    if (isGoneOrHidden(error)) return null
    throw error
  }
  try {
    return readOpenProc(fd, bytesMax)
  } finally {
    closeSync(fd)
  }
}

/** null once the process behind the descriptor is reaped (ESRCH), whoever has its number by then. */
export function readOpenProc(fd: number, bytesMax = 4096): Buffer | null {
  const limit = Math.min(bytesMax, buffer.length)
  let length = 0
  try {
    while (length < limit) {
      const got = readSync(fd, buffer, length, limit - length, length)
      if (got === 0) break
      length += got
      // stat, io and the like come whole in one read; only a full read can mean that there is more.
      if (got < 4096 && limit <= 4096) break
    }
  } catch (error) {
    if (isGoneOrHidden(error)) return null
    throw error
  }
  return buffer.subarray(0, length)
}

export const readEnviron = (pid: number): Buffer | null => readProc(`/proc/${pid}/environ`, ENVIRON_BYTES_MAX)

/** Bytes of a memory page as the kernel told this process at exec (AT_PAGESZ); 4096 where that cannot be read. */
export function pageSize(): number {
  const AT_PAGESZ = 6n
  const auxv = readProc('/proc/self/auxv')
  // Pairs of machine words; every platform that Node 20 runs on has 64-bit ones but arm32.
  for (let at = 0; auxv && at + 16 <= auxv.length; at += 16) {
    if (auxv.readBigUInt64LE(at) === AT_PAGESZ) return Number(auxv.readBigUInt64LE(at + 8))
  }
  return 4096
}

export const readBootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()

/** A process may vanish between listing and reading, or belong to someone else; both mean: nothing to see here. */
function isGoneOrHidden(error: unknown): boolean {
  const errno = errnoOf(error)
  return errno === 'ENOENT' || errno === 'ESRCH' || errno === 'EACCES' || errno === 'EPERM' || errno === 'ENOTDIR'
}
