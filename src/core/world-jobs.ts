/** The interfaces of the World for jobs: results, history, hooks, watched files, schedules. */
import type { Attempts } from '../protocol/attempts.ts'
import type { HistoryRow, ResultRow } from '../protocol/history.ts'

/** Where a row comes from, so that it is stored once: an offset in the log of its run, or a key chosen by the client. */
export type RowOrigin = { stream: 'out' | 'err'; next: number } | { key: string }

/** `again`: the row was there already. Its index is null when not remembered. */
export interface Appended {
  index: number | null
  again: boolean
}

/** results/ID.jsonl: one row per line, `{"index","at","run","attempt","row"}` and its origin as `src` or `key`. */
export interface ResultStore {
  /** Appends a row unless it exists; resolves once written (fsync within 1 s). A failure rejects all rows waiting behind it. */
  append(
    id: string,
    entry: { at: string; run: number; attempt?: number | undefined; row: unknown; origin: RowOrigin | null },
  ): Promise<Appended>
  /** Syncs what was appended, before the end of a run is published; null when there is nothing to sync. */
  sync(id: string): Promise<void> | null
  /** From an index on, at most `maxRows` or `maxBytes` of JSON (but one). The last attempt is derived from all rows. */
  read(
    id: string,
    from: number,
    bounds: { maxRows: number; maxBytes: number; run?: number | undefined; attempts?: Attempts | undefined },
  ): Promise<{ rows: ResultRow[]; next: number; more: boolean; notices: string[] }>
  /** The number of rows and the log offsets they account for; reads the file once, removes a torn last line. */
  look(id: string): Promise<{ rows: number; scanned: { out: number; err: number }; notices: string[] }>
  /** Ids of processes with a results file, and its size in bytes. */
  list(): Promise<Map<string, number>>
  count(id: string, run: number): Promise<number>
  remove(id: string): Promise<void>
  close(): Promise<void>
}

/** history/YYYY-MM.jsonl (month of the end, UTC); each run once. */
export interface HistoryStore {
  /** `onSafe`: it is on disk, synced. */
  append(row: HistoryRow, onSafe?: () => void): void
  /** Newest first, until `onRow` answers false. Counts unreadable lines; repairs duplicates of a month on first read. */
  scan(
    options: { sinceMs?: number | undefined; cursor?: string | undefined },
    onRow: (row: HistoryRow, cursor: string) => boolean,
  ): Promise<{ unreadable: number }>
  /** The oldest end (Infinity = none in a month that begins before this), and ids with results among rows before this. */
  before(beforeMs: number): Promise<{ oldestMs: number; withResults: Set<string> }>
  /** Removes rows that ended before this (epoch ms); answers how many. */
  removeBefore(beforeMs: number): Promise<number>
  flush(): Promise<void>
  close(): Promise<void>
}

/** Runs a hook's action; never throws. `ok` false: `detail` says why. */
export interface HookRunner {
  run(action: string, event: Record<string, unknown>, timeoutMs: number): Promise<{ ok: boolean; detail: string }>
}

/** Calls back (undebounced) with a path that changed under one of these globs; `ignored` are absolute directories. */
export interface FileWatcher {
  /** `onError`: why something is not (or no longer) watched; the rest is still watched. */
  watch(
    options: { cwd: string; globs: readonly string[]; ignored: readonly string[] },
    on: { change(path: string): void; error(why: string): void },
  ): { close(): void }
  /** Rejects with USAGE for an invalid glob. */
  check(glob: string): Promise<void>
}

export interface Timetable {
  /** Rejects with USAGE for an expression that is invalid, or whose time never comes. */
  read(expression: string): Promise<Times>
  /** An earlier answer of `read`; null when it has to be asked. */
  known(expression: string): Times | null
  /** The zone that its hours are in: the daemon's, as `Europe/Berlin`. */
  zone(): string
}

export interface Times {
  /** The first time after this one, epoch ms; null when there is none. */
  after(wallMs: number): number | null
}
