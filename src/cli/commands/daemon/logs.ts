/** daemon logs: read from the file, so that it works without a daemon, when it matters most. */
import { closeSync, fstatSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { formatLogLine } from '../../../protocol/daemon-log-line.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import { NotAFile, openPlain } from '../../../protocol/plain-file.ts'
import type { Context } from '../../context.ts'

const BLOCK = 64 * 1024
const POLL_MS = 250

function openLog(file: string): number {
  try {
    return openPlain(file)
  } catch (error) {
    if (!(error instanceof NotAFile)) throw error
    throw new PtrackError('FAILED', `cannot read the daemon's log: ${error.message}`, { hint: `move ${file} away`, cause: error })
  }
}

/** The last `count` lines and the offset after them; reads backwards, never the whole file. */
export function lastLines(file: string, count: number): { lines: string[]; offset: number } {
  const fd = openLog(file)
  try {
    const { size } = fstatSync(fd)
    let from = size
    let text = Buffer.alloc(0)
    let breaks = 0
    while (from > 0 && breaks <= count) {
      const length = Math.min(BLOCK, from)
      from -= length
      const block = Buffer.alloc(length)
      readSync(fd, block, 0, length, from)
      text = Buffer.concat([block, text])
      breaks = text.reduce((sum, byte) => sum + (byte === 10 ? 1 : 0), 0)
    }
    // A line still being written is left for the next read.
    const end = text.lastIndexOf(10) + 1
    const lines = text.subarray(0, end).toString('utf8').split('\n').slice(0, -1)
    return { lines: count === 0 ? [] : lines.slice(-count), offset: from + end }
  } finally {
    closeSync(fd)
  }
}

function readFrom(file: string, offset: number): { text: string; offset: number } {
  const fd = openLog(file)
  try {
    const { size } = fstatSync(fd)
    const block = Buffer.alloc(Math.min(BLOCK * 16, Math.max(0, size - offset)))
    const got = readSync(fd, block, 0, block.length, offset)
    const end = block.subarray(0, got).lastIndexOf(10) + 1
    return { text: block.subarray(0, end).toString('utf8'), offset: offset + end }
  } finally {
    closeSync(fd)
  }
}

function follow(file: string, from: number, print: (line: string) => void): () => void {
  let offset = from
  let inode = statSync(file).ino
  const drain = (path: string): void => {
    for (let part = readFrom(path, offset); part.text !== ''; part = readFrom(path, offset)) {
      offset = part.offset
      for (const line of part.text.split('\n').slice(0, -1)) print(line)
    }
  }
  const timer = setInterval(() => {
    const now = statSync(file, { throwIfNoEntry: false })
    if (!now) return
    if (now.ino !== inode) {
      // Rotated: the rest of the old file has its new name.
      if (statSync(`${file}.1`, { throwIfNoEntry: false })?.ino === inode) drain(`${file}.1`)
      inode = now.ino
      offset = 0
    }
    drain(file)
  }, POLL_MS)
  return () => clearInterval(timer)
}

export async function daemonLogs(context: Context, options: { lines: number; follow: boolean }): Promise<number> {
  const file = join(context.home, 'daemon.log')
  const print = (line: string): void => context.print(context.json ? line : formatLogLine(line))
  let last: { lines: string[]; offset: number }
  try {
    last = lastLines(file, options.lines)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === undefined || cause instanceof PtrackError) throw cause
    const why = code === 'ENOENT' ? `no daemon has run in ${context.home} yet` : code
    throw new PtrackError(code === 'EACCES' ? 'DENIED' : 'NOT_FOUND', `cannot read the daemon's log: ${why}`, {
      hint: 'start one with `ptrack daemon start`',
      cause,
    })
  }
  for (const line of last.lines) print(line)
  if (!options.follow) return 0
  const stop = follow(file, last.offset, print)
  await new Promise<void>((resolve) => {
    context.io.onInterrupt(() => resolve())
  })
  stop()
  return 0
}
