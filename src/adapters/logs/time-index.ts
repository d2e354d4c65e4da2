/** NAME.index: when what was written. */
import { closeSync, fstatSync, readSync, renameSync, rmSync } from 'node:fs'
import { parseJson } from '../../protocol/json.ts'
import { readPlain } from '../../protocol/plain-file.ts'
import { unless } from '../errno.ts'
import { openFileSync, writeTextSync } from '../regular-file.ts'

/** Logical ends of both streams at a time. `run` starts there; `cut`: a stream was emptied; `owner`: its deleted process. */
export interface Entry {
  t: number
  out: number
  err: number
  run?: number | undefined
  cut?: 'out' | 'err' | undefined
  owner?: string | undefined
}

/** By hand, as a log of months has thousands: a schema is slower, and its library larger than everything else that reads logs. */
function isEntry(value: unknown): value is Entry {
  if (typeof value !== 'object' || value === null) return false
  const { t, out, err, run, cut, owner } = value as Record<keyof Entry, unknown>
  const isOffset = (each: unknown): boolean => Number.isFinite(each) && (each as number) >= 0
  return (
    Number.isFinite(t) &&
    isOffset(out) &&
    isOffset(err) &&
    (run === undefined || Number.isSafeInteger(run)) &&
    (cut === undefined || cut === 'out' || cut === 'err') &&
    (owner === undefined || typeof owner === 'string')
  )
}

/** A rewrite at this size thins the older half out; the newer half keeps its precision of a second. */
const PRUNE_BYTES = 512 * 1024
/** Enough to date what a follower has not read yet, without reading the file. */
const RECENT = 32

/** Anything but a file has no times; the next flush reports it. */
const ABSENT = ['ENOENT', 'EFTYPE']

/** The append-only NAME.index of one process. Appends stay in memory until `flush`. */
export class TimeIndex {
  private readonly path: string
  private pending: Entry[] = []
  private pendingFrom: number | null = null
  private newest: Entry[] = []
  private bytes = 0
  version = 0

  constructor(path: string, exists: boolean) {
    this.path = path
    if (exists) this.readEnd()
  }

  get last(): Entry | null {
    return this.newest.at(-1) ?? null
  }

  /** Id of the deleted process that wrote this; null while it exists, and where a daemon was killed before noting it. */
  get owner(): string | null {
    return this.newest.findLast((entry) => entry.owner !== undefined)?.owner ?? null
  }

  /** The newest entries, oldest first: all that a follower needs. */
  get recent(): readonly Entry[] {
    return this.newest
  }

  /** Whether the start of this run is noted; if it is older than the entries held, it was noted long ago. */
  knowsRun(run: number): boolean {
    const last = this.newest.findLast((entry) => entry.run !== undefined)
    return last === undefined ? this.newest.length >= RECENT : last.run === run
  }

  /** When the oldest entry not on disk was added, or null. */
  get pendingSince(): number | null {
    return this.pendingFrom
  }

  add(entry: Entry): void {
    this.version++
    // Most have one entry for hours; a literal allocates one slot, the first push seventeen.
    if (this.pending.length === 0) this.pending = [entry]
    else this.pending.push(entry)
    if (this.newest.length === 0) this.newest = [entry]
    else this.newest.push(entry)
    if (this.newest.length > RECENT * 2) this.newest = this.newest.slice(-RECENT)
    // A run's start must not be lost with the daemon; a time is interpolated then. The start of an empty log need not be saved:
    // adoption finds the same, and a thousand starts need not make a thousand files.
    if ((entry.run !== undefined && entry.out + entry.err > 0) || entry.cut !== undefined || entry.owner !== undefined)
      this.pendingFrom = 0
    else this.pendingFrom ??= entry.t
  }

  /** Appends the entries in memory. @param oldest offsets below which nothing is kept, for pruning. */
  flush(oldest: { out: number; err: number }): void {
    if (this.pending.length === 0) return
    const text = encode(this.pending)
    writeTextSync(this.path, text, 'a')
    this.pending = []
    this.pendingFrom = null
    this.bytes += text.length
    if (this.bytes > PRUNE_BYTES) this.prune(oldest)
  }

  /** Every entry, oldest first. */
  load(): Entry[] {
    return [...entriesOf(this.stored()), ...this.pending]
  }

  text(): string {
    return this.stored() + encode(this.pending)
  }

  remove(): void {
    this.version++
    this.pending = []
    this.pendingFrom = null
    this.newest = []
    this.bytes = 0
    rmSync(this.path, { force: true })
  }

  private stored(): string {
    return unless(ABSENT, '', () => readPlain(this.path))
  }

  private readEnd(): void {
    const file = unless(ABSENT, null, () => openFileSync(this.path, 'r'))
    if (file === null) return
    try {
      this.bytes = fstatSync(file).size
      const block = Buffer.alloc(Math.min(this.bytes, 4096))
      const got = readSync(file, block, 0, block.length, this.bytes - block.length)
      this.newest = entriesOf(block.toString('utf8', 0, got)).slice(-RECENT)
      // A line torn by a crash must not swallow the next one.
      if (got > 0 && block[got - 1] !== 0x0a) writeTextSync(this.path, '\n', 'a')
    } finally {
      closeSync(file)
    }
  }

  private prune(oldest: { out: number; err: number }): void {
    const all = this.load()
    const firstNeeded = all.findIndex((entry) => entry.out > oldest.out || entry.err > oldest.err)
    const kept = firstNeeded === -1 ? all.slice(-1) : all.slice(Math.max(0, firstNeeded - 1))
    const half = Math.floor(kept.length / 2)
    const thinned =
      kept.length * 45 < PRUNE_BYTES / 2
        ? kept
        : kept.filter(
            (entry, i) =>
              i >= half || i % 2 === 0 || entry.run !== undefined || entry.cut !== undefined || entry.owner !== undefined,
          )
    const text = encode(thinned)
    writeTextSync(`${this.path}.tmp`, text, 'w')
    renameSync(`${this.path}.tmp`, this.path)
    this.bytes = text.length
  }
}

const encode = (entries: readonly Entry[]): string => entries.map((entry) => `${JSON.stringify(entry)}\n`).join('')

/** Skips a line torn by a crash: it is the last one, or was ended by the next daemon. */
export function entriesOf(text: string): Entry[] {
  const entries: Entry[] = []
  for (const line of text.split('\n')) {
    if (!line.startsWith('{') || !line.endsWith('}')) continue
    const entry: unknown = parseJson(line)
    if (isEntry(entry)) entries.push(entry)
  }
  return entries
}

/** Binary search: the first position in [0, length) from which the test holds; else length. */
export function firstWhere(length: number, test: (i: number) => boolean): number {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >> 1
    if (test(middle)) high = middle
    else low = middle + 1
  }
  return low
}
