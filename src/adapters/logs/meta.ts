/** NAME.STREAM.log.meta: the logical offsets of a stream, its archives and its rotation journal. */
import { rename, rm } from 'node:fs/promises'
import { z } from 'zod'
import { readPlain } from '../../protocol/plain-file.ts'
import { unless } from '../errno.ts'
import { openFile } from '../regular-file.ts'
import type { StreamPaths } from './paths.ts'

const offset = z.number().int().min(0)

/** How many archives this log keeps: recovery may run before the process is known. Absent in older journals. */
const keep = z.number().int().min(0).optional()

const Journal = z.discriminatedUnion('way', [
  /** The head [0, length) is being archived; files and mark show how far this got. */
  z.object({ way: z.literal('collapse'), token: z.string(), length: offset, keep }),
  /** length null: still copying. Else: the archive is complete and the file is to be emptied, while the tree is frozen. */
  z.object({ way: z.literal('freeze'), token: z.string(), length: offset.nullable(), keep }),
])
export type Journal = z.output<typeof Journal>

const Meta = z.object({
  version: z.literal(1),
  /** Logical offset of the live file's first byte. */
  base: offset,
  /** Newest first. */
  archives: z.array(z.object({ from: offset, to: offset })),
  /** Total bytes of archives removed to keep within the limits. */
  droppedBytes: offset,
  /** Everything before this was removed on request. */
  flushedAt: offset,
  journal: Journal.nullable(),
})
export type Meta = z.output<typeof Meta>

export const emptyMeta = (): Meta => ({ version: 1, base: 0, archives: [], droppedBytes: 0, flushedAt: 0, journal: null })

/** A stream that never rotated has no meta: `missing`, not `damaged`. */
export function readMeta(paths: StreamPaths): Meta | 'missing' | 'damaged' {
  // Anything but a file there is replaced at the next save.
  const text = unless(['EFTYPE'], '', () => unless(['ENOENT'], null, () => readPlain(paths.meta)))
  if (text === null) return 'missing'
  try {
    return Meta.parse(JSON.parse(text))
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return 'damaged'
    throw error
  }
}

/** Temp, fsync, rename: a power cut leaves the old or the new one. */
export async function writeMeta(paths: StreamPaths, meta: Meta, token: string): Promise<void> {
  const temporary = paths.temporary(token)
  const file = await openFile(temporary, 'w')
  try {
    await file.writeFile(JSON.stringify(meta))
    await file.datasync()
    await rename(temporary, paths.meta)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  } finally {
    await file.close()
  }
}
