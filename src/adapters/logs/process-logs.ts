/** The log state of one process. */
import type { Elsewhere } from './elsewhere.ts'
import { indexPath, STREAMS, type StreamName, streamPaths } from './paths.ts'
import { type Change, LogStream } from './stream.ts'
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
  private readonly dir: string
  private readonly elsewhere: Elsewhere
  /** What was seen of each stream when it was last looked at: others may share it. */
  private readonly seen = { out: { end: 0, cuts: 0 }, err: { end: 0, cuts: 0 } }

  /** @param left whether files from before this keeper may exist. */
  constructor(dir: string, name: string, left: boolean, elsewhere: Elsewhere) {
    this.name = name
    this.dir = dir
    this.elsewhere = elsewhere
    this.streams = { out: this.ownStream('out'), err: this.ownStream('err') }
    this.index = new TimeIndex(indexPath(dir, name), left)
  }

  /** @param files names of the files of this process when the keeper began. */
  load(files: readonly string[]): string[] {
    const notes = STREAMS.map((stream) => {
      const file = this.elsewhere.fileOf(this.name, stream)
      if (file !== null) return this.use(stream, file)
      const { note } = this.streams[stream].load(this.index.last?.[stream] ?? null, files)
      this.saw(stream)
      return note
    })
    return notes.filter((note) => note !== null)
  }

  isElsewhere(stream: StreamName): boolean {
    return this.streams[stream].paths.live !== streamPaths(this.dir, this.name, stream).live
  }

  /** The next run writes to these files; null = its own in `logs/`. Offsets of one file say nothing of another. */
  place(files: Record<StreamName, string | null>): void {
    for (const stream of STREAMS) {
      const file = files[stream]
      if (file === (this.isElsewhere(stream) ? this.streams[stream].paths.live : null)) continue
      this.elsewhere.note(this.name, stream, file)
      this.streams[stream].names.delete(this.name)
      this.index.remove()
      this.lastRun = null
      if (file === null) {
        this.streams[stream] = this.ownStream(stream)
        this.streams[stream].load(null, null)
        this.saw(stream)
      } else this.use(stream, file)
    }
  }

  /** Checks the file. What is new is new to this process. */
  refresh(stream: StreamName): Change {
    const log = this.streams[stream]
    const change = log.refresh()
    const { end, cuts } = this.seen[stream]
    this.saw(stream)
    if (change === 'removed') return change
    return log.cuts > cuts ? 'truncated' : log.end > end ? 'grown' : 'same'
  }

  /** Where the streams ended when last looked at. */
  get ends(): { out: number; err: number } {
    return { out: this.seen.out.end, err: this.seen.err.end }
  }

  /** As if the name had never been used; its files are gone, or another's. */
  reset(): void {
    for (const stream of STREAMS) {
      if (this.isElsewhere(stream)) {
        this.streams[stream].names.delete(this.name)
        this.streams[stream] = this.ownStream(stream)
      } else this.streams[stream].reset()
      this.saw(stream)
    }
    this.index.remove()
    this.lastRun = null
    this.checkedMs = 0
  }

  private ownStream(stream: StreamName): LogStream {
    return new LogStream(streamPaths(this.dir, this.name, stream), this.name)
  }

  private use(stream: StreamName, file: string): string | null {
    const { stream: log, note } = this.elsewhere.streamOf(file, this.name, this.index.last?.[stream] ?? null)
    this.streams[stream] = log
    this.saw(stream)
    return note
  }

  private saw(stream: StreamName): void {
    const { end, cuts } = this.streams[stream]
    Object.assign(this.seen[stream], { end, cuts })
  }

  /** To be opened by a program; `outFile` and `errFile` where its definition puts them elsewhere. */
  filesFor({ outFile, errFile }: { outFile?: string | null; errFile?: string | null }): { outFile: string; errFile: string } {
    const { out, err } = this.streams
    return {
      outFile: outFile ? this.elsewhere.toOpen(outFile) : out.paths.live,
      errFile: errFile ? this.elsewhere.toOpen(errFile) : err.paths.live,
    }
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
