/**
 * What the daemon and the process that reads for it say to each other, through a pipe each way: a head of two lengths, a
 * JSON text, and bytes beside it (of a log one way, of a page the other).
 */
import type { LogReadQuery } from '../../../core/world-logs.ts'
import type { ErrorBody } from '../../../protocol/errors.ts'
import { VERSION } from '../../../protocol/version.ts'
import type { ArchiveFile } from '../bytes.ts'
import type { StreamName } from '../paths.ts'
import type { LogsFacts } from './facts.ts'

/** Both ends are of one build, or they do not talk: the files may be a newer release's while the daemon runs. */
export const BUILD = `${VERSION} 1`

/** `ask`: what `find` answers, counted from 0 for each job. */
export type ToReader =
  | { kind: 'job'; job: number; query: LogReadQuery; logs: LogsFacts[] }
  | { kind: 'cancel'; job: number }
  /** Of the live file the bytes come beside it. */
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
  /** The page as JSON comes beside it. */
  | { kind: 'page'; job: number }
  /** `body: null`: a mistake of ptrack, told by `stack`. */
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

/** Bytes in, frames out. */
export class FrameReader<M extends ToReader | FromReader> {
  readonly #take: (message: M, data: Buffer) => void
  #chunks: Buffer[] = []
  #held = 0
  #wanted = HEAD

  constructor(take: (message: M, data: Buffer) => void) {
    this.#take = take
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#held += chunk.length
    // Joined once all is there: a page comes in a dozen chunks.
    while (this.#held >= this.#wanted) {
      const all = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks, this.#held)
      this.#chunks = [all]
      const textEnd = HEAD + all.readUInt32LE(0)
      const end = textEnd + all.readUInt32LE(4)
      this.#wanted = end
      if (all.length < end) return
      this.#chunks = all.length === end ? [] : [all.subarray(end)]
      this.#held = all.length - end
      this.#wanted = HEAD
      this.#take(JSON.parse(all.toString('utf8', HEAD, textEnd)) as M, all.subarray(textEnd, end))
    }
  }
}
