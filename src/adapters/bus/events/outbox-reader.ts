/** The other end of the outbox, in ptrackd-fleet: lines in their order, from where they are on the bus already. */
import { closeSync, readSync, renameSync, unlinkSync } from 'node:fs'
import { gapLine, isBeyond, type Place } from '../../../core/fleet/batches.ts'
import { parseJson } from '../../../protocol/json.ts'
import { readPlain } from '../../../protocol/plain-file.ts'
import { errnoOf, unless } from '../../errno.ts'
import { openFileSync, writeTextSync } from '../../regular-file.ts'
import { outboxDir, publishedFile, segmentFile, segmentsIn } from './outbox-files.ts'

const NEWLINE = 10

export interface Lines {
  bytes: Buffer
  end: Place
}

export class OutboxReader {
  private readonly dir: string
  /** Everything before it is on the bus. null: not known yet. */
  private at: Place | null = null
  private open: { place: Place; fd: number } | null = null

  constructor(home: string) {
    this.dir = outboxDir(home)
  }

  /** `stored`: where the last message ends that the bus has of this node. The file of our own holds where it has none any more. */
  begin(stored: Place | null): void {
    const { outbox } = segmentsIn(this.dir)
    const kept = unless(['ENOENT'], null, () => parseJson(readPlain(publishedFile(this.dir))) as Place | undefined)
    for (const place of [kept, stored])
      if (place?.outbox === outbox && outbox !== null && (this.at?.outbox !== outbox || isBeyond(place, this.at))) this.at = place
  }

  /** Whole lines, at most `maxBytes` of them; null while there are none. */
  next(maxBytes: number): Lines | null {
    for (;;) {
      // Looked at before the end of the present one is: what was written to that since is read then.
      const { outbox, numbers } = segmentsIn(this.dir)
      if (outbox === null) return null
      if (this.at?.outbox !== outbox) this.at = { outbox, segment: numbers[0]!, offset: 0 }
      const { segment, offset } = this.at
      const fd = this.descriptor(this.at)
      const following = numbers.find((number) => number > segment)
      if (fd === null) {
        if (following === undefined) return null
        const end = { outbox, segment: following, offset: 0 }
        return { bytes: Buffer.from(gapLine('its outbox was full while the bus was away')), end }
      }
      const { bytes, next } = linesAt(fd, offset, maxBytes)
      if (next > offset) return { bytes, end: { outbox, segment, offset: next } }
      if (following === undefined) return null
      // What is left there without an end was torn.
      this.at = { outbox, segment: following, offset: 0 }
    }
  }

  /** It is on the bus up to there. */
  published(end: Place): void {
    this.at = end
    const file = publishedFile(this.dir)
    // Nothing is lost without it: the bus knows too.
    unless(['ENOSPC', 'EDQUOT', 'ENOENT', 'EROFS', 'EIO'], undefined, () => {
      writeTextSync(`${file}.tmp`, JSON.stringify(end), 'w')
      renameSync(`${file}.tmp`, file)
    })
    for (const number of segmentsIn(this.dir).numbers)
      if (number < end.segment)
        unless(['ENOENT', 'EROFS'], undefined, () => unlinkSync(segmentFile(this.dir, end.outbox, number)))
  }

  waiting(): { events: number; bytes: number; oldest: string | null } {
    const { outbox, numbers } = segmentsIn(this.dir)
    const sum = { events: 0, bytes: 0, oldest: null as string | null }
    if (outbox === null) return sum
    const from = this.at?.outbox === outbox ? this.at : { segment: 0, offset: 0 }
    for (const number of numbers) {
      if (number < from.segment) continue
      // A character is a byte.
      const text = unless(['ENOENT'], '', () => readPlain(segmentFile(this.dir, outbox, number), 'latin1'))
      const rest = text.slice(number === from.segment ? from.offset : 0)
      sum.bytes += rest.length
      for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n', end + 1)) sum.events++
      const first = rest.indexOf('\n')
      sum.oldest ??= first < 0 ? null : timeOf(rest.slice(0, first))
    }
    return sum
  }

  close(): void {
    if (this.open !== null) closeSync(this.open.fd)
    this.open = null
  }

  /** Kept open: one that is removed to make room is read to its end all the same. null = it was removed before. */
  private descriptor({ outbox, segment }: Place): number | null {
    if (this.open?.place.outbox === outbox && this.open.place.segment === segment) return this.open.fd
    this.close()
    try {
      const place = { outbox, segment, offset: 0 }
      this.open = { place, fd: openFileSync(segmentFile(this.dir, outbox, segment), 'r') }
      return this.open.fd
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return null
      throw error
    }
  }
}

/** As far as the last end of a line; a line that is longer than all of it is passed over, and said. */
function linesAt(fd: number, offset: number, maxBytes: number): { bytes: Buffer; next: number } {
  const buffer = Buffer.alloc(maxBytes)
  const length = readSync(fd, buffer, 0, maxBytes, offset)
  const end = buffer.lastIndexOf(NEWLINE, length - 1)
  if (length > 0 && end >= 0) return { bytes: buffer.subarray(0, end + 1), next: offset + end + 1 }
  if (length < maxBytes) return { bytes: buffer.subarray(0, 0), next: offset }
  for (let at = offset + length, read = 0; ; at += read) {
    read = readSync(fd, buffer, 0, maxBytes, at)
    const found = buffer.subarray(0, read).indexOf(NEWLINE)
    if (found >= 0) {
      const next = at + found + 1
      return { bytes: Buffer.from(gapLine(`one event of ${next - offset} bytes`)), next }
    }
    if (read === 0) return { bytes: buffer.subarray(0, 0), next: offset }
  }
}

function timeOf(line: string): string | null {
  const { at } = (parseJson(line) ?? {}) as { at?: unknown }
  return typeof at === 'string' ? at : null
}
