/**
 * Names of the files in PTRACK_HOME/logs. NAME may hold any character of a file name, so it is found by the known endings.
 *
 *   NAME.out.log              what the program has open (err likewise)
 *   NAME.out.log.N[.gz]       archives, 1 = newest; 0 = just made, not numbered yet
 *   NAME.out.log.0.new        copied, the head of the live file may be marked
 *   NAME.out.log.meta         logical offsets, archives, journal
 *   NAME.index                when what was written, where each run starts, and its owner once that process was deleted
 *   NAME.moving               these are being moved here from another name (former.ts)
 */
export type StreamName = 'out' | 'err'
export const STREAMS = ['out', 'err'] as const

/** Computed on demand: a thousand processes have two thousand of these. */
export class StreamPaths {
  readonly live: string

  constructor(dir: string, name: string, stream: StreamName) {
    this.live = `${dir}/${name}.${stream}.log`
  }

  get meta(): string {
    return `${this.live}.meta`
  }

  /** Complete copy of the head; the live file is not collapsed yet. */
  get copied(): string {
    return `${this.live}.0.new`
  }

  archive(number: number, gz: boolean): string {
    return `${this.live}.${number}${gz ? '.gz' : ''}`
  }

  temporary(token: string): string {
    return `${this.live}.${token}.tmp`
  }
}

export const streamPaths = (dir: string, name: string, stream: StreamName): StreamPaths => new StreamPaths(dir, name, stream)

export const indexPath = (dir: string, name: string): string => `${dir}/${name}.index`

const ENDING =
  /^(?<name>.+)\.(?:moving|(?<index>index(?:\.tmp)?)|(?<stream>out|err)\.log(?:\.(?:(?<number>\d+)(?<gz>\.gz)?|0\.new|meta|[0-9a-f]+\.tmp))?)$/

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
