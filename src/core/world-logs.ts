/** The interfaces of the World for logs. */
import type { LogPage } from '../protocol/requests.ts'
import type { LogLine } from '../protocol/view.ts'

export interface LogFollower {
  close(): void
}

export interface LogBytes {
  /** Logical offset of the first byte; later than requested when earlier bytes are gone. */
  from: number
  data: Buffer
  /** Requested bytes before `from` that rotation has dropped. */
  lost: number
  /** Everything there is (of the run, if one was named) has been read. */
  atEnd: boolean
}

export interface ScanPage {
  /** `next`: logical offset after the line. Lines over limits.trackLineBytes are skipped. */
  lines: { text: string; next: number }[]
  /** Everything before this has been scanned; a line starts here. */
  scanned: number
  /** Bytes that rotation dropped before they were scanned. */
  lost: number
}

export interface LogScan {
  /** Reads what is there and, from now on, what is appended. */
  follow(): void
  /** Whether unread bytes remain, an unfinished last line included. Looks at the file. */
  behind(): boolean
  /** Resolves when everything there now has been read; its last line counts as finished. */
  drain(): Promise<void>
  close(): void
}

export interface StoredLogs {
  files: number
  bytes: number
  writtenMs: number
}

export interface LogKeeper {
  /** Throws USAGE where a program cannot write to this file for a reason that can be seen now. */
  check(file: string): void
  /** Paths to open with O_APPEND for a new run; notes the present end of each stream, so that `--run` finds it. Twice is once. */
  beginRun(
    name: string,
    run: number,
    options: { maxBytes: number; keep: number; outFile?: string | null; errFile?: string | null },
  ): { outFile: string; errFile: string }
  /** The paths of the present run, for what else writes to its log. */
  filesOf(name: string, files: { outFile?: string | null; errFile?: string | null }): { outFile: string; errFile: string }
  endRun(name: string): void
  adopt(name: string, run: number, options: { maxBytes: number; keep: number }): void
  /** A large one is read outside the daemon: an EncodedPage, secrets masked. `signal`: the caller is gone. */
  read(query: LogReadQuery, signal?: AbortSignal): Promise<LogPage>
  /**
   * Raw bytes of a log from the start of a run or from a logical offset; a run ends where the next one starts. `holds`: what is
   * after them is not rotated away before it is read, within a limit.
   */
  readBytes(
    name: string,
    stream: 'out' | 'err',
    at: { run?: number | undefined; from?: number | undefined; holds?: boolean },
    maxBytes: number,
  ): Promise<LogBytes>
  /** Calls back at least once, soon after the stream grows beyond this logical offset. */
  whenBeyond(name: string, stream: 'out' | 'err', offset: number, onGrown: () => void): LogFollower
  endOf(name: string, stream: 'out' | 'err'): number
  /** The name under which the logs of a deleted process are kept, by its name or id; null when none are. */
  keptAs(target: string): string | null
  /** Notes the owner of these logs when the process is deleted: its name may be reused. */
  disown(name: string, id: string): void
  /** Before a process of this name is created: an earlier one's logs move to a name of their own, readable by its id. */
  setAside(name: string): Promise<void>
  /** Names whose logs a cursor continues. Throws BAD_REQUEST for a damaged one. */
  namesIn(cursor: string): string[]
  follow(cursor: string, onPage: (page: LogPage) => void): LogFollower
  tail(name: string, lines: number, stream: 'out' | 'err' | 'both'): Promise<LogLine[]>
  /** Calls back with each new complete line of a stream (log probes). */
  scan(name: string, stream: 'out' | 'err' | 'both', onLine: (text: string) => void): LogFollower
  /**
   * Lines that begin with `mark`, from a logical offset or run start on: each once, across rotations and daemons, if the caller
   * keeps the offset. Other lines only cost the search. `onPage` is called in order, and again with the same page if its promise
   * rejects.
   */
  scanFrom(
    name: string,
    stream: 'out' | 'err',
    from: number | { run: number },
    prefix: string,
    onPage: (page: ScanPage) => Promise<void> | void,
  ): LogScan
  flush(name: string): Promise<void>
  /** `purge`: also what was made in other directories for it alone. */
  remove(name: string, purge?: boolean): Promise<void>
  /** The stored logs of the wanted names; `writtenMs`: last write (epoch ms). */
  stored(wanted: (name: string) => boolean): Promise<Map<string, StoredLogs>>
  /** Once, before any is opened: the files of these names get others. */
  rename(names: ReadonlyMap<string, string>): Promise<void>
  /** Finishes or undoes rotations that an earlier daemon had begun. */
  recover(): Promise<string[]>
  rotation(): 'collapse' | 'freeze' | 'unknown'
  close(): Promise<void>
}

export interface LogReadQuery {
  names: string[]
  stream: 'out' | 'err' | 'both'
  tail?: number | undefined
  sinceMs?: number | undefined
  untilMs?: number | undefined
  /** Lines before the positions of this cursor. */
  before?: string | undefined
  run?: number | undefined
  grep?: string | undefined
  /** Lines of a page that is read forwards. */
  max?: number | undefined
  cursor?: string | undefined
}
