/**
 * Replaces a file so that at every instant, power loss included, its name leads to the whole old or the whole new text:
 * temporary file, fsync, rename, fsync of the directory. One writer per file is assumed (the daemon's lock sees to it).
 */
import { basename, dirname, join } from 'node:path'
import { hasCode, isErrno } from '../errno.ts'
import type { FileSystem, OpenFile } from './file-system.ts'

/** Handed to the disk in one call (characters or bytes); in between the event loop turns. */
export const WRITE_SLICE = 256 * 1024

/** A leading dot, which no process name has, so that a temporary file is never taken for a process's file. */
export const temporaryName = (file: string): string => join(dirname(file), `.${basename(file)}.tmp`)

async function writeAll(handle: OpenFile, bytes: Uint8Array): Promise<void> {
  // A disk that is nearly full takes a part first and refuses the rest at the next call.
  for (let at = 0; at < bytes.length; ) at += (await handle.write(at === 0 ? bytes : bytes.subarray(at))).bytesWritten
}

async function syncDirectory(fs: FileSystem, dir: string): Promise<void> {
  const handle = await fs.open(dir, 'r')
  try {
    await handle.sync()
  } catch (error) {
    // Some network and FUSE file systems know no fsync of a directory; there is nothing better to do there.
    if (!hasCode(error, 'EINVAL', 'ENOTSUP', 'EOPNOTSUPP')) throw error
  } finally {
    await handle.close()
  }
}

/** Removes a file that may not be there. */
export async function removeIfThere(fs: FileSystem, file: string): Promise<void> {
  await fs.unlink(file).catch((error: unknown) => {
    if (!hasCode(error, 'ENOENT')) throw error
  })
}

/** A second name for what stands under the first, without reading it; a copy where there are no hard links. False when there is nothing. */
export async function linkOrCopy(fs: FileSystem, existing: string, name: string): Promise<boolean> {
  try {
    await fs.link(existing, name).catch((error: unknown) => {
      if (!hasCode(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK')) throw error
      return fs.copyFile(existing, name)
    })
    return true
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false
    throw error
  }
}

/** Lets `previous` be what `file` is now; `file` itself is never away. */
async function keepPrevious(fs: FileSystem, file: string, previous: string): Promise<void> {
  const second = temporaryName(previous)
  // Left over when both names were the same inode already: rename then does nothing and keeps both.
  await removeIfThere(fs, second)
  if (await linkOrCopy(fs, file, second)) await fs.rename(second, previous)
}

/** Lengthens a file that is there; on disk when this resolves. A failure, or a kill, may leave a part of it at the end. */
export async function appendToFile(fs: FileSystem, file: string, chunks: Iterable<Uint8Array>): Promise<void> {
  const handle = await fs.open(file, 'a', 0o600)
  try {
    for (const chunk of chunks) await writeAll(handle, chunk)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Rejects with the errno error of the step that failed; the file is then the old one, or (fsync of the directory) the new one. */
export async function replaceFile(
  fs: FileSystem,
  file: string,
  chunks: Iterable<Uint8Array>,
  options: { previous?: string } = {},
): Promise<void> {
  const temporary = temporaryName(file)
  try {
    const handle = await fs.open(temporary, 'w', 0o600)
    try {
      for (const chunk of chunks) await writeAll(handle, chunk)
      await handle.sync()
    } finally {
      await handle.close()
    }
    if (options.previous !== undefined) await keepPrevious(fs, file, options.previous)
    await fs.rename(temporary, file)
  } catch (error) {
    // A half-written file would take the very space that is missing. Its own failure says nothing new.
    await fs.unlink(temporary).catch((second: unknown) => {
      if (!isErrno(second)) throw second
    })
    throw error
  }
  await syncDirectory(fs, dirname(file))
}
