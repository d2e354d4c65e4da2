/** Replaces a file so that power loss leaves the old or the new one: temporary file, fsync, rename, fsync of the directory. */
import { basename, dirname, join } from 'node:path'
import { hasCode, isErrno } from '../errno.ts'
import type { FileSystem, OpenFile } from './file-system.ts'

/** Written in one call (characters or bytes); between two the event loop turns. */
export const WRITE_SLICE = 256 * 1024

/** A leading dot, which no process name has. */
export const temporaryName = (file: string): string => join(dirname(file), `.${basename(file)}.tmp`)

async function writeAll(handle: OpenFile, bytes: Uint8Array): Promise<void> {
  // A nearly full disk takes a part first and refuses the rest in the next call.
  for (let at = 0; at < bytes.length; ) at += (await handle.write(at === 0 ? bytes : bytes.subarray(at))).bytesWritten
}

async function syncDirectory(fs: FileSystem, dir: string): Promise<void> {
  const handle = await fs.open(dir, 'r')
  try {
    await handle.sync()
  } catch (error) {
    // Some network and FUSE file systems have no fsync of a directory.
    if (!hasCode(error, 'EINVAL', 'ENOTSUP', 'EOPNOTSUPP')) throw error
  } finally {
    await handle.close()
  }
}

export async function removeIfThere(fs: FileSystem, file: string): Promise<void> {
  await fs.unlink(file).catch((error: unknown) => {
    if (!hasCode(error, 'ENOENT')) throw error
  })
}

/** A second name for a file, without reading it; a copy where there are no hard links. False when it does not exist. */
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

/** Makes `previous` what `file` is now; `file` always exists. */
async function keepPrevious(fs: FileSystem, file: string, previous: string): Promise<void> {
  const second = temporaryName(previous)
  // If both names are already the same inode, rename does nothing and keeps both.
  await removeIfThere(fs, second)
  if (await linkOrCopy(fs, file, second)) await fs.rename(second, previous)
}

/** Appends; on disk when this resolves. A failure, or a kill, may leave a part of it at the end. */
export async function appendToFile(fs: FileSystem, file: string, chunks: Iterable<Uint8Array>): Promise<void> {
  const handle = await fs.open(file, 'a', 0o600)
  try {
    for (const chunk of chunks) await writeAll(handle, chunk)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Rejects with the errno error of the step that failed; the file is then the old one, or (last step) the new one. */
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
