/** Frames between the daemon and its reader process, over a pipe each way: two lengths, a JSON text, and raw bytes. */
import type { LogReadQuery } from '../../../core/world-logs.ts'
import type { ErrorBody } from '../../../protocol/errors.ts'
import { VERSION } from '../../../protocol/version.ts'
import type { ArchiveFile } from '../bytes.ts'
import type { StreamName } from '../paths.ts'
import type { LogsFacts } from './facts.ts'

/** Only equal builds talk: the files may be a newer release's while the daemon runs. */
export const BUILD = `${VERSION} 1`

/** `ask` numbers the `find`s of each job from 0. */
export type ToReader =
  | { kind: 'job'; job: number; query: LogReadQuery; logs: LogsFacts[] }
  | { kind: 'cancel'; job: number }
  /** Bytes of the live file follow. */
  | { kind: 'found'; job: number; ask: number; offset: number }
  | { kind: 'archive'; job: number; ask: number; archive: ArchiveFile }
  | { kind: 'nothing'; job: number; ask: number }

export type FromReader =
  | { kind: 'hello'; build: string }
  | {
      kind: 'find'
      job: number
      ask: number
      name: string
      stream: StreamName
      life: number
      offset: number
      max: number
      to: number
    }
  /** The page as JSON follows. */
  | { kind: 'page'; job: number }
  /** `body: null`: a bug; see `stack`. */
  | { kind: 'failed'; job: number; body: ErrorBody; stack: string | null }

const HEAD = 8
const NOTHING = Buffer.alloc(0)

export function frame(message: ToReader | FromReader, data: Buffer = NOTHING): Buffer[] {
  const text = Buffer.from(JSON.stringify(message))
  const head = Buffer.allocUnsafe(HEAD)
  head.writeUInt32LE(text.length, 0)
  head.writeUInt32LE(data.length, 4)
  const start = Buffer.concat([head, text])
  return data.length === 0 ? [start] : [start, data]
}

export class FrameReader<M extends ToReader | FromReader> {
  private readonly take: (message: M, data: Buffer) => void
  private chunks: Buffer[] = []
  private held = 0
  private wanted = HEAD

  constructor(take: (message: M, data: Buffer) => void) {
    this.take = take
  }

  push(chunk: Buffer): void {
    this.chunks.push(chunk)
    this.held += chunk.length
    // Joined once complete: a page comes in a dozen chunks.
    while (this.held >= this.wanted) {
      const all = this.chunks.length === 1 ? this.chunks[0]! : Buffer.concat(this.chunks, this.held)
      this.chunks = [all]
      const textEnd = HEAD + all.readUInt32LE(0)
      const end = textEnd + all.readUInt32LE(4)
      this.wanted = end
      if (all.length < end) return
      this.chunks = all.length === end ? [] : [all.subarray(end)]
      this.held = all.length - end
      this.wanted = HEAD
      this.take(JSON.parse(all.toString('utf8', HEAD, textEnd)) as M, all.subarray(textEnd, end))
    }
  }
}
