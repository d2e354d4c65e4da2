/** A file of lines, rotated by size: FILE, FILE.1, FILE.2. */
import { closeSync, fstatSync, renameSync, unlinkSync, writeSync } from 'node:fs'
import { hasCode, isErrno } from './errno.ts'
import { openFileSync } from './regular-file.ts'

const FILES = 3

/** Synchronous, as the last lines before a crash matter most. A full disk never throws: lost lines are counted and reported. */
export function createLogFile(file: string, maxBytes: number): { write(line: string): void } {
  let fd: number | null = null
  let size = 0
  let rotateAt = maxBytes
  let lost = 0
  let torn = false

  function open(): number {
    fd = openOrSetAside(file)
    size = fstatSync(fd).size
    return fd
  }

  function append(text: string): void {
    const to = fd ?? open()
    const bytes = Buffer.from(torn ? `\n${text}` : text)
    for (let at = 0; at < bytes.length; ) {
      const written = writeSync(to, bytes, at)
      at += written
      size += written
      // Remembered, so that after a partial write the next line begins on its own.
      torn = at < bytes.length
    }
  }

  function rotate(): void {
    if (fd !== null) closeSync(fd)
    fd = null
    try {
      for (let n = FILES - 1; n > 0; n--) moveIfThere(n === 1 ? file : `${file}.${n - 1}`, `${file}.${n}`)
      rotateAt = maxBytes
    } catch (error) {
      if (!isErrno(error)) throw error
      // A log that is too long is better than one without its last lines.
      rotateAt = size + maxBytes
    }
  }

  function write(line: string): void {
    try {
      if (fd === null) open()
      if (size > 0 && size + Buffer.byteLength(line) > rotateAt) rotate()
      if (lost > 0) append(lostLine(lost))
      lost = 0
      append(line)
    } catch (error) {
      if (!isErrno(error)) throw error
      lost++
      if (hasCode(error, 'ENOSPC', 'EDQUOT')) makeRoom()
    }
  }

  /** On a full disk the oldest lines are worth less than the newest. */
  function makeRoom(): void {
    try {
      unlinkSync(`${file}.${FILES - 1}`)
    } catch (error) {
      if (!isErrno(error)) throw error
    }
  }

  return { write }
}

const lostLine = (lost: number): string =>
  `${JSON.stringify({ level: 'warn', time: new Date().toISOString(), component: 'log', msg: `${lost} lines of this log were lost: the disk did not take them` })}\n`

/** A FIFO or a link at its place is moved away: there is nowhere else to report it. */
function openOrSetAside(file: string): number {
  try {
    return openFileSync(file, 'a')
  } catch (error) {
    if (!hasCode(error, 'EFTYPE')) throw error
    renameSync(file, `${file}.not-a-file`)
    return openFileSync(file, 'a')
  }
}

function moveIfThere(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error
  }
}
