/** What the outside must offer about jobs: results, history, hooks, watched files, times. */
import type { Attempts } from '../protocol/attempts.ts'
import type { HistoryRow, ResultRow } from '../protocol/history.ts'

/** Where a row comes from, so that it is not stored twice: a place in the log of its run, or a key of the client's choice. */
export type RowOrigin = { stream: 'out' | 'err'; next: number } | { key: string }

/** `again`: the row was there already. Its index is null when it is not remembered. */
export interface Appended {
  index: number | null
  again: boolean
}

/** results/ID.jsonl: rows of results, appended. One line is one row `{"index","at","run","attempt","row"}` (and `src` or `key`, its origin). */
export interface ResultStore {
  /**
   * Appends one row, unless one of the same run and origin is there; resolves when the system has it (group commit, fsync
   * within 1 s). Rejects with STATE_WRITE_FAILED when the disk takes nothing, together with every row of this process that
   * waits behind it. No row is larger than limits.resultBytes.
   */
  append(
    id: string,
    entry: { at: string; run: number; attempt?: number | undefined; row: unknown; origin: RowOrigin | null },
  ): Promise<Appended>
  /** Makes sure of what was appended, as before the end of a run is told; null when there is nothing to make sure of. */
  sync(id: string): Promise<void> | null
  /** Rows from an index on, never more than `maxRows` or `maxBytes` of JSON (but at least one). `attempts`: which is the last follows from all rows there are. */
  read(
    id: string,
    from: number,
    bounds: { maxRows: number; maxBytes: number; run?: number | undefined; attempts?: Attempts | undefined },
  ): Promise<{ rows: ResultRow[]; next: number; more: boolean; notices: string[] }>
  /** How many rows there are, and up to which log offsets they account for; reads the file once, removes a torn last line. */
  look(id: string): Promise<{ rows: number; scanned: { out: number; err: number }; notices: string[] }>
  /** Ids of processes with a file of results, and its bytes. */
  list(): Promise<Map<string, number>>
  /** Rows of one run. */
  count(id: string, run: number): Promise<number>
  remove(id: string): Promise<void>
  close(): Promise<void>
}

/** history/YYYY-MM.jsonl (month of the end, UTC), appended; each run once. */
export interface HistoryStore {
  /** `onSafe`: it is on disk, and no power failure takes it any more. */
  append(row: HistoryRow, onSafe?: () => void): void
  /**
   * Newest first, over all months that can hold rows since `sinceMs`; stops when `onRow` answers false. Unreadable lines are
   * counted. A month is looked through for doubles when it is read for the first time, and repaired.
   */
  scan(
    options: { sinceMs?: number | undefined; cursor?: string | undefined },
    onRow: (row: HistoryRow, cursor: string) => boolean,
  ): Promise<{ unreadable: number }>
  /**
   * The oldest end (epoch ms; Infinity when nothing ended in a month that begins before this) and the ids of processes with
   * results among the rows that ended before this. Months that begin later are not read.
   */
  before(beforeMs: number): Promise<{ oldestMs: number; withResults: Set<string> }>
  /** Removes the rows that ended before this (epoch ms), and answers how many. */
  removeBefore(beforeMs: number): Promise<number>
  flush(): Promise<void>
  close(): Promise<void>
}

/** Runs what a hook names; never throws. `ok` false: `detail` says why, in words. */
export interface HookRunner {
  run(action: string, event: Record<string, unknown>, timeoutMs: number): Promise<{ ok: boolean; detail: string }>
}

/** Calls back (undebounced) with a path that changed under one of these globs; `ignored` are absolute directories. */
export interface FileWatcher {
  /** `onError`: why something is not watched (any more), in words; the rest goes on being watched. */
  watch(
    options: { cwd: string; globs: readonly string[]; ignored: readonly string[] },
    on: { change(path: string): void; error(why: string): void },
  ): { close(): void }
  /** Rejects with USAGE for a glob that says nothing. */
  check(glob: string): Promise<void>
}

/** Times of cron expressions, in the time zone of the machine. */
export interface Timetable {
  /** Rejects with USAGE for an expression that cannot be read, or whose time never comes. */
  read(expression: string): Promise<Times>
  /** What `read` has answered before; null when it has to be asked. */
  known(expression: string): Times | null
}

export interface Times {
  /** Epoch ms of the first time after this one; null when there is none any more. */
  after(wallMs: number): number | null
}
