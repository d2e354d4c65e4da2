/**
 * Writes a group of changes: appended to the journal, or as a whole new process-state.json that includes the journal. A state
 * names the journal that continues it and the one it includes, so at every kill point a journal is applied to its own state or
 * known to be included.
 */
import { randomUUID } from 'node:crypto'
import { isErrno } from '../errno.ts'
import { appendToFile, removeIfThere, replaceFile } from './atomic-file.ts'
import type { StateDocument } from './document.ts'
import type { FileSystem } from './file-system.ts'
import { type Changes, journalText, sizeOf } from './journal.ts'

/** A smaller state is written whole each time: as fast, and always up to date for readers. */
const JOURNAL_FROM = 64 * 1024
/** The journal is folded beyond this and half of the state: one whole write per many small ones. */
const JOURNAL_MIN = 256 * 1024

interface SaverOptions {
  fs: FileSystem
  files: { main: string; previous: string; journal: string }
  document: StateDocument
  bootId: string
  wall(): number
  /** From loading: size of the state (bytes), id of the journal whose file exists. */
  found: { bytes: number | null; journal: string | null }
}

export interface Saver {
  /** Puts all changes on disk; `whole`: not only in the journal. Rejects with the errno error; saved ones stay. */
  save(whole: boolean): Promise<void>
  /** Whether the journal has what process-state.json lacks. */
  journaled(): boolean
  /** Size of process-state.json; null before there is one. */
  bytes(): number | null
}

export function createSaver({ fs, files, document, bootId, wall, found }: SaverOptions): Saver {
  let { bytes } = found
  /** Id of the journal on disk, if there may be one. */
  let onDisk = found.journal
  /** Journal of our last state. Null requests a whole write: none yet, too small, or unknown after a failure. */
  let current: string | null = null
  let journalBytes = 0

  async function fold(): Promise<void> {
    current = null
    const id = document.size() < JOURNAL_FROM ? null : randomUUID()
    const journal = id === null && onDisk === null ? null : { id, folded: onDisk }
    const head = { bootId, savedAt: new Date(wall()).toISOString(), journal }
    const size = { bytes: 0 }
    await replaceFile(fs, files.main, counted(document.slices(head), size), { previous: files.previous })
    bytes = size.bytes
    journalBytes = 0
    current = id
    await removeJournal().catch((error: unknown) => {
      // It is known to be folded; the next whole write, or the next journal, removes it.
      if (!isErrno(error)) throw error
    })
  }

  async function removeJournal(): Promise<void> {
    if (onDisk === null) return
    await removeIfThere(fs, files.journal)
    onDisk = null
  }

  async function append(id: string, changes: Changes): Promise<void> {
    current = null
    const size = { bytes: 0 }
    if (onDisk === id) await appendToFile(fs, files.journal, counted(journalText(changes, null), size))
    else {
      await removeJournal()
      onDisk = id
      await replaceFile(fs, files.journal, counted(journalText(changes, id), size))
    }
    journalBytes += size.bytes
    current = id
  }

  const mayGrow = (by: number): boolean => journalBytes + by <= Math.max(JOURNAL_MIN, (bytes ?? 0) / 2)

  return {
    save: async (whole) => {
      await document.refresh()
      const changes = document.takeChanges()
      if (current === null || (whole && journalBytes > 0)) return fold()
      // Included in the write before, which may read later changes than it had to.
      if (changes === null) return
      if (whole || !mayGrow(sizeOf(changes))) return fold()
      return append(current, changes)
    },
    journaled: () => journalBytes > 0,
    bytes: () => bytes,
  }
}

function* counted(slices: Iterable<Uint8Array>, size: { bytes: number }): Iterable<Uint8Array> {
  for (const slice of slices) {
    size.bytes += slice.length
    yield slice
  }
}
