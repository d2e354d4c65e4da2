/** The daemon's end of the outbox: an event is in the file when `append` returns, so that no death of a process loses it. */
import { closeSync, fstatSync, readSync, statSync, unlinkSync, writeSync } from 'node:fs'
import { gapLine } from '../../../core/fleet/batches.ts'
import type { FleetOutbox } from '../../../core/world-fleet.ts'
import { fleetLimits } from '../../../protocol/fleet-limits.ts'
import { monoMs } from '../../../protocol/mono.ts'
import { errnoWords, isErrno, unless } from '../../errno.ts'
import { newId } from '../../ids.ts'
import { openFileSync } from '../../regular-file.ts'
import { makeOutboxDir, outboxDir, SEGMENT_BYTES, segmentFile, segmentsIn } from './outbox-files.ts'

/** Between two attempts at a disk that refuses. */
const AGAIN_MS = 1000
const NEWLINE = 10

export class OutboxWriter implements FleetOutbox {
  private readonly dir: string
  private fd: number | null = null
  private size = 0
  /** Events that the disk has not taken, and why. */
  private lost = { events: 0, why: '' }
  private refusedMono = Number.NEGATIVE_INFINITY

  constructor(home: string) {
    this.dir = outboxDir(home)
  }

  /** A disk that refuses costs these events, and nothing else. Returns why it refuses now; null = it does not. */
  append(line: string): string | null {
    if (this.lost.events > 0 && monoMs() - this.refusedMono < AGAIN_MS) {
      this.lost.events++
      return this.lost.why
    }
    try {
      if (this.fd === null || this.size >= SEGMENT_BYTES) this.open()
      if (this.lost.events > 0) this.write(gapLine(`${this.lost.events} events, which the disk did not take: ${this.lost.why}`))
      this.lost = { events: 0, why: '' }
      this.write(line)
      return null
    } catch (error) {
      if (!isErrno(error)) throw error
      // What was written of the line is left behind in its segment.
      this.close()
      this.refusedMono = monoMs()
      this.lost = { events: this.lost.events + 1, why: errnoWords(error) }
      return this.lost.why
    }
  }

  close(): void {
    if (this.fd !== null) closeSync(this.fd)
    this.fd = null
  }

  private write(line: string): void {
    const bytes = Buffer.from(line, 'utf8')
    for (let at = 0; at < bytes.length; ) at += writeSync(this.fd!, bytes, at)
    this.size += bytes.length
  }

  /** The last segment, or another behind it: when it is full, and when its last line is torn. */
  private open(): void {
    this.close()
    makeOutboxDir(this.dir)
    const { outbox, numbers } = segmentsIn(this.dir)
    const id = outbox ?? newId(16)
    const last = numbers.at(-1) ?? 0
    if (last === 0 || !this.continues(segmentFile(this.dir, id, last))) {
      this.makeRoom(id, numbers)
      this.fd = openFileSync(segmentFile(this.dir, id, last + 1), 'ax')
      this.size = 0
    }
  }

  private continues(file: string): boolean {
    const fd = openFileSync(file, 'a+')
    const { size } = fstatSync(fd)
    const end = Buffer.alloc(1, NEWLINE)
    if (size > 0) readSync(fd, end, 0, 1, size - 1)
    if (size >= SEGMENT_BYTES || end[0] !== NEWLINE) {
      closeSync(fd)
      return false
    }
    this.fd = fd
    this.size = size
    return true
  }

  /** The oldest go. ptrackd-fleet says so on the bus when it comes to them. */
  private makeRoom(id: string, numbers: readonly number[]): void {
    const sizes = numbers.map((number) => unless(['ENOENT'], 0, () => statSync(segmentFile(this.dir, id, number)).size))
    let bytes = sizes.reduce((sum, size) => sum + size, SEGMENT_BYTES)
    for (const [index, number] of numbers.entries()) {
      if (bytes <= fleetLimits.outboxBytes) return
      unless(['ENOENT'], undefined, () => unlinkSync(segmentFile(this.dir, id, number)))
      bytes -= sizes[index]!
    }
  }
}
