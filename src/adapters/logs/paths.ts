/**
 * Names of the files in PTRACK_HOME/logs. NAME may hold any character of a file name, so it is found by the known endings.
 *
 *   NAME.out.log              what the program has open (err likewise)
 *   NAME.out.log.N[.gz]       archives, 1 = newest; 0 = just made, not numbered yet
 *   NAME.out.log.0.new        copied, the head of the live file may be marked
 *   NAME.out.log.meta         logical offsets, archives, journal
 *   NAME.out.at               link to the file that it writes to instead; NAME.out.made: the same, and it was made for it (elsewhere.ts)
 *   NAME.index                when what was written, where each run starts, and its owner once that process was deleted
 *   NAME.moving               these are being moved here from another name (former.ts)
 *
 * A stream that is kept elsewhere is FILE, and what belongs to it FILE.ptrack.N[.gz] and so on: FILE.N may be another program's.
 */
import { basename } from 'node:path'

export type StreamName = 'out' | 'err'
export const STREAMS = ['out', 'err'] as const

/** Computed on demand: a thousand processes have two thousand of these. */
export class StreamPaths {
  readonly live: string
  /** Begins the names of what belongs to it. */
  private readonly own: string

  constructor(live: string, own = live) {
    this.live = live
    this.own = own
  }

  get meta(): string {
    return `${this.own}.meta`
  }

  /** Complete copy of the head; the live file is not collapsed yet. */
  get copied(): string {
    return `${this.own}.0.new`
  }

  archive(number: number, gz: boolean): string {
    return `${this.own}.${number}${gz ? '.gz' : ''}`
  }

  temporary(token: string): string {
    return `${this.own}.${token}.tmp`
  }

  /** Of the archive that has this name in its directory; null for other files. */
  archiveIn(file: string): { number: number; gz: boolean } | null {
    const own = basename(this.own)
    const [, number, gz] = (file.startsWith(own) && /^\.(\d+)(\.gz)?$/.exec(file.slice(own.length))) || []
    return number === undefined ? null : { number: Number(number), gz: gz !== undefined }
  }
}

export const streamPaths = (dir: string, name: string, stream: StreamName): StreamPaths =>
  new StreamPaths(`${dir}/${name}.${stream}.log`)

export const pathsElsewhere = (file: string): StreamPaths => new StreamPaths(file, `${file}.ptrack`)

export const indexPath = (dir: string, name: string): string => `${dir}/${name}.index`

const ENDING =
  /^(?<name>.+)\.(?:moving|(?<index>index(?:\.tmp)?)|(?<stream>out|err)\.(?:at|made|log(?:\.(?:(?<number>\d+)(?<gz>\.gz)?|0\.new|meta|[0-9a-f]+\.tmp))?))$/

export interface FileRole {
  name: string
  stream: StreamName | null
  /** Number of an archive, else null. */
  number: number | null
  gz: boolean
  index: boolean
  temporary: boolean
}

/** The owner and kind of a file, or null when it is not the keeper's. */
export function roleOf(file: string): FileRole | null {
  const groups = ENDING.exec(file)?.groups
  if (!groups) return null
  return {
    name: groups.name!,
    stream: groups.stream === 'out' || groups.stream === 'err' ? groups.stream : null,
    number: groups.number === undefined ? null : Number(groups.number),
    gz: groups.gz !== undefined,
    index: groups.index !== undefined,
    temporary: file.endsWith('.tmp'),
  }
}
