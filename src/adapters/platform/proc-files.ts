import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs'
import { errnoOf } from '../errno.ts'

/** The marker is in the environment of an exec; a larger one is not searched to its end. */
const ENVIRON_BYTES_MAX = 256 * 1024

/** One buffer for everything: anything per file doubles the 12 ms of 1000 processes. Nothing awaits, so nothing overwrites it. */
const buffer = Buffer.allocUnsafe(ENVIRON_BYTES_MAX)

/** By path or open descriptor. The result is a window on the shared buffer: use it before the next call. */
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

/** null once the process of the descriptor is reaped (ESRCH), even if the pid was reused. */
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

export function readEnviron(pid: number, leaderEnded = false): Buffer | null {
  if (!leaderEnded) return readProc(`/proc/${pid}/environ`, ENVIRON_BYTES_MAX)
  // What a process shares is found by way of any thread that runs.
  for (const thread of threadsOf(pid)) {
    const environ = thread === String(pid) ? null : readProc(`/proc/${pid}/task/${thread}/environ`, ENVIRON_BYTES_MAX)
    if (environ !== null && environ.length > 0) return environ
  }
  return null
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
  } catch (error) {
    if (isGoneOrHidden(error)) return []
    throw error
  }
}

/** Page size as the kernel passed it at exec (AT_PAGESZ); 4096 where unreadable. */
export function pageSize(): number {
  const AT_PAGESZ = 6n
  const auxv = readProc('/proc/self/auxv')
  // Pairs of machine words, 64-bit on every platform of Node 20 but arm32.
  for (let at = 0; auxv && at + 16 <= auxv.length; at += 16) {
    if (auxv.readBigUInt64LE(at) === AT_PAGESZ) return Number(auxv.readBigUInt64LE(at + 8))
  }
  return 4096
}

export const readBootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()

/** It vanished between listing and reading, or belongs to someone else: invisible either way. */
function isGoneOrHidden(error: unknown): boolean {
  const errno = errnoOf(error)
  return errno === 'ENOENT' || errno === 'ESRCH' || errno === 'EACCES' || errno === 'EPERM' || errno === 'ENOTDIR'
}
