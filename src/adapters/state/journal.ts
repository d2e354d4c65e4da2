/**
 * The text of process-state.journal: what changed since process-state.json was written whole, a line for each group of
 * changes, so that one change among ten thousand records costs its own size. A group is one line, and a line without its
 * end was never acknowledged: a group counts whole or not at all.
 *
 *     {"journal":"ID of the state that it continues"}
 *     {"put":{"p1":{...}},"remove":["p2"],"nextNumber":7,"settings":{...}}
 *
 * A ptrack from before the journal does not look for it. `close` folds it into the state, so only one that follows upon a
 * killed daemon misses its changes; the next ptrack that knows it finds that it does not fit, keeps it and says so.
 */
import { parseJson } from '../../protocol/json.ts'
import type { Settings } from '../../protocol/settings.ts'
import { WRITE_SLICE } from './atomic-file.ts'

export const JOURNAL_FILE = 'process-state.journal'

/** In process-state.json. Ids are random: numbers would start over with a lost state and match a foreign journal. */
export interface JournalLink {
  /** Of the journal that continues this state; null: too small to have one. */
  id: string | null
  /** Of the journal already included in this state, whose file may still exist. */
  folded: string | null
}

export interface Changes {
  /** A text for each record, as in process-state.json: `"p1":{...}`. */
  put: string[]
  removed: string[]
  settings: Settings | null
  nextNumber: number
}

type Json = Record<string, unknown>
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

export const sizeOf = ({ put, removed, settings }: Changes): number =>
  [...put, ...removed].reduce((sum, text) => sum + text.length, settings === null ? 0 : JSON.stringify(settings).length)

/** The line of one group, in slices; preceded by the journal's first line when its id is given. */
export function* journalText(changes: Changes, begins: string | null): Iterable<Uint8Array> {
  let slice = begins === null ? '' : `${JSON.stringify({ journal: begins })}\n`
  slice += '{"put":{'
  let separator = ''
  for (const text of changes.put) {
    slice += separator + text
    separator = ','
    if (slice.length < WRITE_SLICE) continue
    yield Buffer.from(slice)
    slice = ''
  }
  const settings = changes.settings === null ? '' : `,"settings":${JSON.stringify(changes.settings)}`
  yield Buffer.from(`${slice}},"remove":${JSON.stringify(changes.removed)},"nextNumber":${changes.nextNumber}${settings}}\n`)
}

interface Group {
  put: Json
  remove: string[]
  settings: unknown
  nextNumber: unknown
}

export interface ReadJournal {
  /** Null when its first line cannot be read. */
  id: string | null
  groups: Group[]
  /** Number of the line (from 1) that could not be read; nothing after it counts. */
  brokenLine: number | null
}

/** Never throws. An unterminated last line is dropped silently: the daemon was killed while writing it. */
export function readJournal(content: string): ReadJournal {
  const [first, ...lines] = content.split('\n').slice(0, -1)
  const header = parsed(first ?? '')
  const id = typeof header?.journal === 'string' ? header.journal : null
  const groups: Group[] = []
  if (id === null) return { id, groups, brokenLine: 1 }
  for (const [at, line] of lines.entries()) {
    const group = groupOf(parsed(line))
    if (group === null) return { id, groups, brokenLine: at + 2 }
    groups.push(group)
  }
  return { id, groups, brokenLine: null }
}

function parsed(line: string): Json | null {
  const value = parseJson(line)
  return isObject(value) ? value : null
}

function groupOf(value: Json | null): Group | null {
  if (value === null || !isObject(value.put) || !Array.isArray(value.remove)) return null
  const remove = value.remove.filter((id) => typeof id === 'string')
  return remove.length === value.remove.length
    ? { put: value.put, remove, settings: value.settings, nextNumber: value.nextNumber }
    : null
}

/** The saved document with these groups applied. Records are checked later. */
export function replay(saved: Json, groups: readonly Group[]): Json {
  if (!isObject(saved.processes)) return saved
  const processes = new Map(Object.entries(saved.processes))
  let { settings, nextNumber } = saved
  for (const group of groups) {
    for (const [id, record] of Object.entries(group.put)) processes.set(id, record)
    for (const id of group.remove) processes.delete(id)
    settings = group.settings ?? settings
    nextNumber = group.nextNumber ?? nextNumber
  }
  // fromEntries defines, where an assignment to a key `__proto__` would change the prototype.
  return { ...saved, settings, nextNumber, processes: Object.fromEntries(processes) }
}

/** The link in a saved document; documents of an earlier ptrack have none. */
export function linkOf(saved: Json): JournalLink {
  const link = isObject(saved.journal) ? saved.journal : {}
  const id = (value: unknown): string | null => (typeof value === 'string' ? value : null)
  return { id: id(link.id), folded: id(link.folded) }
}
