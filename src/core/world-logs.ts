/** What the outside must offer about logs. */
import type { LogPage } from '../protocol/requests.ts'
import type { LogLine } from '../protocol/view.ts'

export interface LogFollower {
  close(): void
}

export interface LogBytes {
  /** Logical offset of the first byte; beyond what was asked for when bytes before it are gone. */
  from: number
  data: Buffer
  /** Bytes between what was asked for and `from` that rotation has dropped. */
  lost: number
  /** Everything there is (of that run, if one was named) has been read. */
  atEnd: boolean
}

export interface ScanPage {
  /** `next`: logical offset behind the line. Lines over limits.trackLineBytes are left out. */
  lines: { text: string; next: number }[]
  /** Everything before this has been scanned; a line starts here. */
  scanned: number
  /** Bytes that rotation dropped before they could be scanned. */
  lost: number
}

export interface LogScan {
  /** Takes what is there and, from now on, what comes. */
  follow(): void
  /** Whether anything stands there that was not taken, an unfinished last line included. Looks at the file. */
  behind(): boolean
  /** Resolves when all that stands there now has been taken; its last line counts as finished. */
  drain(): Promise<void>
  close(): void
}

export interface StoredLogs {
  files: number
  bytes: number
  writtenMs: number
}

export interface LogKeeper {
  /** Paths to open with O_APPEND for a new run; notes where each stream stands now, so that `--run` finds it. */
  beginRun(name: string, run: number, options: { maxBytes: number; keep: number }): { outFile: string; errFile: string }
  endRun(name: string): void
  /** Starts sweeping the logs of a process that is alive already (adoption). */
  adopt(name: string, run: number, options: { maxBytes: number; keep: number }): void
  /** A large one is read outside the daemon: an EncodedPage, with secrets masked. `signal`: nobody waits for it any more. */
  read(query: LogReadQuery, signal?: AbortSignal): Promise<LogPage>
  /** What stands in the log from the start of a run or from a logical offset on, as it is; a run ends where the next one starts. */
  readBytes(
    name: string,
    stream: 'out' | 'err',
    at: { run?: number | undefined; from?: number | undefined },
    maxBytes: number,
  ): Promise<LogBytes>
  /** Calls back at least once, soon after the stream holds more than up to this logical offset. */
  whenBeyond(name: string, stream: 'out' | 'err', offset: number, onGrown: () => void): LogFollower
  /** Logical end of a stream right now. */
  endOf(name: string, stream: 'out' | 'err'): number
  /** Under which name logs are kept that somebody asks for by the name, or by the id, of a process that is gone; null when none are. */
  keptAs(target: string): string | null
  /** Notes whose logs these are, when that process is deleted: its name may be given to another one. */
  disown(name: string, id: string): void
  /** Before a process of this name is made: what another one wrote under it moves to a name of its own, and can be read by its id. */
  setAside(name: string): Promise<void>
  /** Names whose logs a cursor goes on with. Throws BAD_REQUEST for a damaged one. */
  namesIn(cursor: string): string[]
  follow(cursor: string, onPage: (page: LogPage) => void): LogFollower
  tail(name: string, lines: number, stream: 'out' | 'err' | 'both'): Promise<LogLine[]>
  /** Calls back with each new complete line of a stream from now on (log probes). */
  scan(name: string, stream: 'out' | 'err' | 'both', onLine: (text: string) => void): LogFollower
  /**
   * The lines of a stream that begin with `mark`, from a logical offset or from the start of a run on: each once, over
   * rotations and daemons, for whoever keeps the offset. Other lines cost a search through their bytes and no more.
   * `onPage` is called in order; the scan goes on when its promise resolves and offers the page again when it rejects.
   */
  scanFrom(
    name: string,
    stream: 'out' | 'err',
    from: number | { run: number },
    mark: string,
    onPage: (page: ScanPage) => Promise<void> | void,
  ): LogScan
  /** Empties the logs, archives included. */
  flush(name: string): Promise<void>
  remove(name: string): Promise<void>
  /** What lies there under the names that are wanted; `writtenMs`: when anything was last written (epoch ms). */
  stored(wanted: (name: string) => boolean): Promise<Map<string, StoredLogs>>
  /** Finishes or undoes rotations that an earlier daemon was in the middle of. */
  recover(): Promise<string[]>
  rotation(): 'collapse' | 'freeze' | 'unknown'
  close(): Promise<void>
}

export interface LogReadQuery {
  names: string[]
  stream: 'out' | 'err' | 'both'
  tail?: number | undefined
  sinceMs?: number | undefined
  run?: number | undefined
  grep?: string | undefined
  cursor?: string | undefined
}
