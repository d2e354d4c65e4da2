/** Rotating one stream: collapse where the file system can, else freeze; recovery from a journal. */
import { randomBytes } from 'node:crypto'
import { type FileHandle, rename, rm, stat } from 'node:fs/promises'
import { errnoOf, unlessAsync } from '../errno.ts'
import { openFile } from '../regular-file.ts'
import { helperEnd, startHelper } from './helper.ts'
import type { LogStream } from './stream.ts'

export interface RotationContext {
  dir: string
  /** Unit in which this file system collapses. */
  block: number
  /** Stops every process of these trees; returns thaw. */
  freezeTrees(names: Iterable<string>): () => void
  onStep(step: string): void
}

export const newToken = (): string => randomBytes(16).toString('hex')

/** Overwrites the first bytes of a head that is safe in its archive: while it is there, the head is not removed yet. */
const markOf = (token: string): string => `# ptrack rotates: ${token}\n`

/**
 * $1 live  $2 temporary  $3 copied  $4 archive 0  $5 length  $6 mark  $7 bytes to copy
 * The mark is written once the copy has its name, and the archive gets number 0 once the mark is on disk; so names and mark
 * show a later daemon how far this got. Without "go" (the daemon died) nothing is touched.
 */
const COLLAPSE = `umask 077
nice -n 10 dd if="$1" of="$2" bs=1048576 count="$7" iflag=count_bytes,fullblock conv=fsync status=none || exit 10
echo copied
read -r go && [ "$go" = go ] || exit 11
mv -f "$2" "$3" || exit 12
printf %s "$6" | dd of="$1" bs=4096 conv=notrunc,fsync status=none || exit 13
mv -f "$3" "$4" || exit 14
exec fallocate --collapse-range --offset 0 --length "$5" "$1"`

/** How much can be removed in place: whole blocks, but not the last. */
export function collapsible(size: number, block: number): number {
  return Math.max(0, Math.floor((size - 1) / block) * block)
}

/** Archives the head of the live file and removes it in place. @returns why it failed, or null; then `recover` decides. */
export async function collapse(log: LogStream, length: number, keep: number, context: RotationContext): Promise<string | null> {
  const token = newToken()
  log.journal = { way: 'collapse', token, length, keep }
  await log.save(newToken())
  context.onStep('journal')
  const { paths } = log
  const temporary = paths.temporary(token)
  // Of an unwanted archive only its first bytes are kept: the mark must be undone if collapsing fails.
  const copy = keep > 0 ? length : Math.min(length, context.block)
  const words = [paths.live, temporary, paths.copied, paths.archive(0, false), String(length), markOf(token), String(copy)]
  const child = startHelper(context.dir, token, ['/bin/sh', '-c', COLLAPSE, 'ptrack-rotate', ...words], ['pipe', 'pipe', 'pipe'])
  // EPIPE on "go" shows in the helper's end.
  child.stdin!.on('error', () => {})
  const ended = helperEnd(child)
  const copied = await Promise.race([
    ended,
    new Promise<'copied'>((resolve) => child.stdout!.once('data', () => resolve('copied'))),
  ])
  if (copied !== 'copied') return copied ?? 'the copy ended early'
  context.onStep('copied')
  return log.gate.exclusive(async () => {
    log.refresh()
    const { size } = await stat(temporary)
    if (size !== copy) {
      child.stdin!.end('no\n')
      await ended
      return `the log shrank while it was copied (${size} of ${copy} bytes)`
    }
    log.rotating = true
    child.stdin!.end('go\n')
    const failure = await ended
    context.onStep('collapsed')
    if (failure === null) await commit(log, length, keep, context)
    else await settleInside(log, keep, context)
    return failure
  })
}

/** Copies while the tree runs, stops it for the rest, empties the file: where the file system cannot collapse. */
export async function freeze(log: LogStream, keep: number, context: RotationContext): Promise<string | null> {
  const token = newToken()
  log.journal = { way: 'freeze', token, length: null, keep }
  await log.save(newToken())
  context.onStep('journal')
  const { paths } = log
  const temporary = paths.temporary(token)
  const copy = async (from: number): Promise<string | null> => {
    const words = [
      'dd',
      `if=${paths.live}`,
      `of=${temporary}`,
      'bs=1M',
      `skip=${from}`,
      `seek=${from}`,
      'iflag=skip_bytes',
      'oflag=seek_bytes',
    ]
    return helperEnd(
      startHelper(context.dir, token, [...words, 'conv=notrunc,fsync', 'status=none'], ['ignore', 'ignore', 'pipe']),
    )
  }
  await (await openFile(temporary, 'w')).close()
  const early = keep > 0 ? await copy(0) : null
  if (early !== null) return early
  context.onStep('copied')
  return log.gate.exclusive(async () => {
    const thaw = context.freezeTrees(log.names)
    let emptied = false
    try {
      const stopped = await stableSize(paths.live)
      const { size: had } = await stat(temporary)
      const rest = keep > 0 && stopped > had ? await copy(had) : null
      if (rest !== null) return rest
      const length = (await stat(paths.live)).size
      if (keep > 0 && (await stat(temporary)).size !== length) return 'the log changed while its writers were stopped'
      context.onStep('frozen')
      await rename(temporary, paths.copied)
      log.refresh()
      log.journal = { way: 'freeze', token, length, keep }
      await log.save(newToken())
      context.onStep('truncate')
      log.rotating = true
      await emptyFile(paths.live)
      emptied = true
      context.onStep('truncated')
      await rename(paths.copied, paths.archive(0, false))
      await commit(log, length, keep, context)
      return null
    } finally {
      // Before the writers continue: a journal that says "to be emptied" is only true while they are stopped.
      try {
        if (!emptied) await undo(log, null)
      } finally {
        thaw()
      }
    }
  })
}

/** A stop takes effect when the pending system call returns, so the last write may still grow the file. */
async function stableSize(path: string): Promise<number> {
  let size = -1
  for (let again = 0; again < 100; again++) {
    const now = (await stat(path)).size
    if (now === size) return size
    size = now
    await new Promise((resolve) => setImmediate(resolve))
  }
  return size
}

/** The head is gone from the live file: lists the archive in its place. */
async function commit(log: LogStream, length: number, keep: number, context: RotationContext): Promise<void> {
  log.archives.unshift({ from: log.base, to: log.base + length, number: 0, gz: false })
  log.base += length
  log.end = Math.max(log.end, log.base)
  log.journal = null
  log.rotating = false
  log.unsaved = true
  const dropped = log.dropBeyond(keep)
  // Should this fail, journal and archive 0 on disk still agree; `LogStream.tidy` does the rest later.
  await log.save(newToken())
  context.onStep('committed')
  const removed = log.removeFiles(dropped)
  context.onStep('dropped')
  log.renumber()
  context.onStep('numbered')
  await removed
}

/** Finishes or undoes the rotation in a journal; no helper may be alive. @returns what was done, or null. */
export async function recover(log: LogStream, keep: number, context: RotationContext): Promise<string | null> {
  return log.journal ? log.gate.exclusive(() => settleInside(log, keep, context)) : null
}

async function settleInside(log: LogStream, keepNow: number, context: RotationContext): Promise<string | null> {
  const { journal, paths } = log
  if (!journal) return null
  const keep = journal.keep ?? keepNow
  await rm(paths.temporary(journal.token), { force: true })
  const archived = await exists(paths.archive(0, false))
  if (journal.way === 'freeze') return settleFreeze(log, journal.length, archived, keep, context)
  const mark = markOf(journal.token)
  const marked = (await firstBytes(paths.live, mark.length)).toString('latin1') === mark
  if (!archived) return undo(log, marked ? mark : null)
  if (marked && (await collapseHead(log, journal, context)) !== null) {
    // Out of number 0 first: there, without the mark, the head would count as removed.
    await rename(paths.archive(0, false), paths.copied)
    return undo(log, mark)
  }
  await commit(log, journal.length, keep, context)
  return 'rotation finished'
}

/** The head is still in the live file: restores its first bytes where the mark is, and drops the copy. */
async function undo(log: LogStream, mark: string | null): Promise<string> {
  if (mark !== null) {
    const file = await openFile(log.paths.live, 'r+')
    try {
      await writeFully(file, await firstBytes(log.paths.copied, mark.length))
      await file.datasync()
    } finally {
      await file.close()
    }
  }
  await rm(log.paths.copied, { force: true })
  if (log.journal) await rm(log.paths.temporary(log.journal.token), { force: true })
  log.journal = null
  log.rotating = false
  await log.save(newToken())
  return 'rotation undone'
}

async function settleFreeze(
  log: LogStream,
  length: number | null,
  archived: boolean,
  keep: number,
  context: RotationContext,
): Promise<string> {
  const { paths } = log
  try {
    const size = (await unlessAsync(['ENOENT'], null, () => stat(paths.live)))?.size ?? 0
    // The writers are stopped from before the file is emptied until the archive has its number.
    if (length === null || (!archived && size >= length)) return await undo(log, null)
    if (!archived) await rename(paths.copied, paths.archive(0, false))
    await commit(log, length, keep, context)
    return 'rotation finished'
  } finally {
    context.freezeTrees(log.names)()
  }
}

function collapseHead(
  log: LogStream,
  journal: { token: string; length: number },
  context: RotationContext,
): Promise<string | null> {
  const words = ['fallocate', '--collapse-range', '--offset', '0', '--length', String(journal.length), log.paths.live]
  return helperEnd(startHelper(context.dir, journal.token, words, ['ignore', 'ignore', 'pipe']))
}

export async function emptyFile(path: string): Promise<void> {
  const file = await openFile(path, 'there')
  await file.truncate(0).finally(() => file.close())
}

const exists = async (path: string): Promise<boolean> => (await unlessAsync(['ENOENT'], null, () => stat(path))) !== null

async function firstBytes(path: string, length: number): Promise<Buffer> {
  let file: FileHandle
  try {
    file = await openFile(path, 'r')
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return Buffer.alloc(0)
    throw error
  }
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

async function writeFully(file: FileHandle, bytes: Buffer): Promise<void> {
  let done = 0
  while (done < bytes.length) done += (await file.write(bytes, done, bytes.length - done, done)).bytesWritten
}
