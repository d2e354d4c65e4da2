/** Opens regular files only: a FIFO would block the daemon, a symbolic link redirect it. For every file under the home. */
import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, type Stats, writeSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { type ErrnoError, hasCode } from './errno.ts'

const FLAGS = {
  r: constants.O_RDONLY,
  'r+': constants.O_RDWR,
  w: constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC,
  wx: constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL,
  a: constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND,
  'a+': constants.O_RDWR | constants.O_CREAT | constants.O_APPEND,
  there: constants.O_WRONLY,
  /** For reading and writing, created if missing. */
  update: constants.O_RDWR | constants.O_CREAT,
} as const
export type OpenFlags = keyof typeof FLAGS

const MODE = 0o600
const guarded = (flags: OpenFlags): number => FLAGS[flags] | constants.O_NONBLOCK | constants.O_NOFOLLOW

/** The errors for a FIFO without a reader, a socket, a symbolic link, a directory. */
const OTHER_KIND = ['ENXIO', 'ELOOP', 'EMLINK', 'EISDIR', 'EOPNOTSUPP']

/** Not a regular file. A system error to its handlers: code EFTYPE. */
export class NotAFile extends Error implements ErrnoError {
  readonly code = 'EFTYPE'
  readonly syscall = 'open'
  readonly path: string
  /** `it is a FIFO, not a file` and the like, to follow `cannot open X:`. */
  readonly words: string

  constructor(path: string, stats: Pick<Stats, 'isFIFO' | 'isSocket' | 'isSymbolicLink' | 'isDirectory'> | undefined) {
    const words = `it is ${kindOf(stats)}, not a file`
    super(`${path}: ${words}`)
    this.path = path
    this.words = words
  }
}

function kindOf(stats: Pick<Stats, 'isFIFO' | 'isSocket' | 'isSymbolicLink' | 'isDirectory'> | undefined): string {
  if (stats?.isFIFO()) return 'a FIFO'
  if (stats?.isSocket()) return 'a socket'
  if (stats?.isSymbolicLink()) return 'a symbolic link'
  return stats?.isDirectory() ? 'a directory' : 'a device'
}

const refusal = (path: string, error: unknown): unknown =>
  hasCode(error, ...OTHER_KIND) ? new NotAFile(path, lstatSync(path, { throwIfNoEntry: false })) : error

/** Returns a descriptor. Throws NotAFile, or the system's error. */
export function openFileSync(path: string, flags: OpenFlags): number {
  let fd: number
  try {
    fd = openSync(path, guarded(flags), MODE)
  } catch (error) {
    throw refusal(path, error)
  }
  const stats = fstatSync(fd)
  if (stats.isFile()) return fd
  closeSync(fd)
  throw new NotAFile(path, stats)
}

export async function openFile(path: string, flags: OpenFlags): Promise<FileHandle> {
  let handle: FileHandle
  try {
    handle = await open(path, guarded(flags), MODE)
  } catch (error) {
    throw refusal(path, error)
  }
  const stats = await handle.stat()
  if (stats.isFile()) return handle
  await handle.close()
  throw new NotAFile(path, stats)
}

export function readTextSync(path: string, encoding: 'utf8' | 'latin1' = 'utf8'): string {
  const fd = openFileSync(path, 'r')
  try {
    return readFileSync(fd, encoding)
  } finally {
    closeSync(fd)
  }
}

export async function readText(path: string): Promise<string> {
  const handle = await openFile(path, 'r')
  try {
    return await handle.readFile('utf8')
  } finally {
    await handle.close()
  }
}

/** Writes all; what a full disk took before it refused stays. */
export function writeTextSync(path: string, text: string, flags: 'w' | 'a'): void {
  const fd = openFileSync(path, flags)
  try {
    const bytes = Buffer.from(text)
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at)
  } finally {
    closeSync(fd)
  }
}
