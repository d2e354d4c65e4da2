/** A piece of a log on its way to a client: as base64 in JSON, or as it is behind the line of the reply (docs/protocol.md). */
import type { LogBytes } from '../protocol/requests.ts'

export class LogChunk implements LogBytes {
  readonly bytes: Buffer
  readonly from: number
  readonly next: number
  readonly lost: number
  readonly ended: boolean
  /** The client takes bytes. */
  readonly raw: boolean

  constructor(bytes: Buffer, { from, lost, ended, raw }: { from: number; lost: number; ended: boolean; raw: boolean }) {
    this.bytes = bytes
    this.from = from
    this.next = from + bytes.length
    this.lost = lost
    this.ended = ended
    this.raw = raw
  }

  get data(): string {
    return this.bytes.toString('base64')
  }

  /** All but the bytes. */
  get head(): LogBytes {
    const { from, next, lost, ended } = this
    return { data: '', from, next, lost, ended }
  }

  toJSON(): LogBytes {
    return { ...this.head, data: this.data }
  }
}
