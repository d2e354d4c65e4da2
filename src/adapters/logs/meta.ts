import { rename, rm } from 'node:fs/promises'
import { z } from 'zod'
import { unless } from '../errno.ts'
import { openFile, readTextSync } from '../regular-file.ts'
import type { StreamPaths } from './paths.ts'

const offset = z.number().int().min(0)

/** How many archives this log keeps: who settles it may not know the process yet. Journals of earlier versions are without. */
const keep = z.number().int().min(0).optional()

const Journal = z.discriminatedUnion('way', [
  /** The head [0, length) is on its way into an archive; how far is told by which files exist and by the mark. */
  z.object({ way: z.literal('collapse'), token: z.string(), length: offset, keep }),
  /** length null: still copying. Else: all of it is in the archive and the file is to be emptied, while the tree is frozen. */
  z.object({ way: z.literal('freeze'), token: z.string(), length: offset.nullable(), keep }),
])
export type Journal = z.output<typeof Journal>

const Meta = z.object({
  version: z.literal(1),
  /** Logical offset of the live file's first byte. */
  base: offset,
  /** Newest first. */
  archives: z.array(z.object({ from: offset, to: offset })),
  /** Bytes of archives that were removed to keep within the limits, ever. */
  droppedBytes: offset,
  /** Everything before this was removed on request. */
  flushedAt: offset,
  journal: Journal.nullable(),
})
export type Meta = z.output<typeof Meta>

export const emptyMeta = (): Meta => ({ version: 1, base: 0, archives: [], droppedBytes: 0, flushedAt: 0, journal: null })

/** `missing` and `damaged` are different: a stream that never rotated has no meta at all. */
export function readMeta(paths: StreamPaths): Meta | 'missing' | 'damaged' {
  // Anything but a file there is replaced at the next save.
  const text = unless(['EFTYPE'], '', () => unless(['ENOENT'], null, () => readTextSync(paths.meta)))
  if (text === null) return 'missing'
  try {
    return Meta.parse(JSON.parse(text))
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return 'damaged'
    throw error
  }
}

/** Temp, fsync, rename: after a power cut the old or the new one stands there, never half of one. */
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
