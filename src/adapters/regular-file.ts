/** Every file under the home: regular files only (protocol/plain-file.ts), and for their owner alone. */
import { closeSync, constants, writeSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { GUARD, NotAFile, openPlain, refusal } from '../protocol/plain-file.ts'

const FLAGS = {
  r: constants.O_RDONLY,
  'r+': constants.O_RDWR,
  w: constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC,
  wx: constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL,
  a: constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND,
  ax: constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_APPEND,
  'a+': constants.O_RDWR | constants.O_CREAT | constants.O_APPEND,
  there: constants.O_WRONLY,
  /** For reading and writing, created if missing. */
  update: constants.O_RDWR | constants.O_CREAT,
} as const
export type OpenFlags = keyof typeof FLAGS

const MODE = 0o600

/** Returns a descriptor. Throws NotAFile, or the system's error. */
export const openFileSync = (path: string, flags: OpenFlags): number => openPlain(path, FLAGS[flags], MODE)

export async function openFile(path: string, flags: OpenFlags): Promise<FileHandle> {
  let handle: FileHandle
  try {
    handle = await open(path, FLAGS[flags] | GUARD, MODE)
  } catch (error) {
    throw refusal(path, error)
  }
  const stats = await handle.stat()
  if (stats.isFile()) return handle
  await handle.close()
  throw new NotAFile(path, stats)
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
