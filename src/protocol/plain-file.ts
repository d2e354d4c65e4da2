/** Opens regular files only: a FIFO at the place of a file would wait for its other end, for ever. */
import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, type Stats } from 'node:fs'

/** Waits for nothing, and follows no symbolic link. */
export const GUARD = constants.O_NONBLOCK | constants.O_NOFOLLOW

/** The errors for a FIFO without a reader, a socket, a symbolic link, a directory. */
const OTHER_KIND: readonly unknown[] = ['ENXIO', 'ELOOP', 'EMLINK', 'EISDIR', 'EOPNOTSUPP']

type Kind = Pick<Stats, 'isFIFO' | 'isSocket' | 'isSymbolicLink' | 'isDirectory'>

/** Not a regular file. A system error to its handlers: code EFTYPE. */
export class NotAFile extends Error {
  readonly code = 'EFTYPE'
  readonly syscall = 'open'
  readonly path: string
  /** `it is a FIFO, not a file` and the like, to follow `cannot open X:`. */
  readonly words: string

  constructor(path: string, stats: Kind | undefined) {
    const words = `it is ${kindOf(stats)}, not a file`
    super(`${path}: ${words}`)
    this.path = path
    this.words = words
  }
}

function kindOf(stats: Kind | undefined): string {
  if (stats?.isFIFO()) return 'a FIFO'
  if (stats?.isSocket()) return 'a socket'
  if (stats?.isSymbolicLink()) return 'a symbolic link'
  return stats?.isDirectory() ? 'a directory' : 'a device'
}

/** The error of an open call with GUARD, in our words where it means another kind of file. */
export const refusal = (path: string, error: unknown): unknown =>
  error instanceof Error && OTHER_KIND.includes((error as NodeJS.ErrnoException).code)
    ? new NotAFile(path, lstatSync(path, { throwIfNoEntry: false }))
    : error

/** Returns a descriptor. Throws NotAFile, or the system's error. */
export function openPlain(path: string, flags: number = constants.O_RDONLY, mode?: number): number {
  let fd: number
  try {
    fd = openSync(path, flags | GUARD, mode)
  } catch (error) {
    throw refusal(path, error)
  }
  const stats = fstatSync(fd)
  if (stats.isFile()) return fd
  closeSync(fd)
  throw new NotAFile(path, stats)
}

export function readPlain(path: string, encoding: 'utf8' | 'latin1' = 'utf8'): string {
  const fd = openPlain(path)
  try {
    return readFileSync(fd, encoding)
  } finally {
    closeSync(fd)
  }
}
