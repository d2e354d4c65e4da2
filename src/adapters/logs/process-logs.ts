/** The log state of one process. */
import { indexPath, STREAMS, type StreamName } from './paths.ts'
import { LogStream } from './stream.ts'
import { type Entry, TimeIndex } from './time-index.ts'

/** The logs of one process: two streams, their index, and the settings of the present run. */
export class ProcessLogs {
  readonly name: string
  readonly streams: Record<StreamName, LogStream>
  readonly index: TimeIndex
  live = false
  run = 0
  maxBytes = 10 * 1024 * 1024
  keep = 5
  /** When the sizes were last checked (epoch ms). */
  checkedMs = 0
  /** Monotonic time of the last `beginRun` here, for scanners that attach right after it. */
  begunMono = Number.NEGATIVE_INFINITY
  lastRun: Entry | null = null

  /** @param left whether files from before this keeper may exist. */
  constructor(dir: string, name: string, left: boolean) {
    this.name = name
    this.streams = { out: new LogStream(dir, name, 'out'), err: new LogStream(dir, name, 'err') }
    this.index = new TimeIndex(indexPath(dir, name), left)
  }

  /** @param files names of the files of this process when the keeper began. */
  load(files: readonly string[]): string[] {
    return STREAMS.map((stream) => this.streams[stream].load(this.index.last?.[stream] ?? null, files).note).filter(
      (note) => note !== null,
    )
  }

  /** As if the name had never been used; its files are gone. */
  reset(): void {
    for (const stream of STREAMS) this.streams[stream].reset()
    this.index.remove()
    this.lastRun = null
    this.checkedMs = 0
  }

  mark(t: number, extra: { run?: number; cut?: StreamName; owner?: string } = {}): void {
    const entry = { t, out: this.streams.out.end, err: this.streams.err.end, ...extra }
    this.index.add(entry)
    if (extra.run !== undefined) this.lastRun = entry
  }

  startAt(run: number, { t, out, err }: Entry): void {
    const entry = { t, out, err, run }
    this.index.add(entry)
    this.lastRun = entry
  }

  /** Oldest offsets still kept, below which the index may forget. */
  get oldest(): { out: number; err: number } {
    return { out: this.streams.out.oldest, err: this.streams.err.oldest }
  }

  /** Entries that date everything from these offsets on; without reading the file when the newest suffice. */
  entriesFrom(from: { out: number | null; err: number | null }): Entry[] {
    const { lastRun } = this
    const oldest = this.index.recent[0]
    const covers = (entry: Entry): boolean => (from.out ?? entry.out) >= entry.out && (from.err ?? entry.err) >= entry.err
    if (lastRun && oldest && covers(lastRun) && covers(oldest)) {
      return [...(lastRun.t < oldest.t ? [lastRun] : []), ...this.index.recent]
    }
    const all = this.index.load()
    this.lastRun = all.findLast((entry) => entry.run !== undefined) ?? null
    return all
  }
}
