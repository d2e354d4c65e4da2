/** The contents of the directory of logs, by file name; other files are not ours. */
import { lstat } from 'node:fs/promises'
import type { StoredLogs } from '../../core/world-logs.ts'
import { unlessAsync } from '../errno.ts'
import { listFilesAsync } from '../project-folders.ts'
import { roleOf } from './paths.ts'

export async function storedLogs(dir: string, wanted: (name: string) => boolean): Promise<Map<string, StoredLogs>> {
  const stored = new Map<string, StoredLogs>()
  for (const file of await listFilesAsync(dir)) {
    const name = roleOf(file)?.name
    if (name === undefined || !wanted(name)) continue
    const found = await unlessAsync(['ENOENT'], null, () => lstat(`${dir}/${file}`))
    if (found === null || !found.isFile()) continue
    const known = stored.get(name) ?? { files: 0, bytes: 0, writtenMs: 0 }
    stored.set(name, {
      files: known.files + 1,
      bytes: known.bytes + found.size,
      writtenMs: Math.max(known.writtenMs, found.mtimeMs),
    })
  }
  return stored
}
