/** Reads process-state.json: the good records of whatever is there; nothing is ever deleted. */
import { basename } from 'node:path'
import type { LoadedState, ProcessRecord } from '../../core/world.ts'
import { PtrackError } from '../../protocol/errors.ts'
import { parseJson } from '../../protocol/json.ts'
import { noSettings, type Settings } from '../../protocol/settings.ts'
import { errnoHint, errnoWords, hasCode, isErrno } from '../errno.ts'
import { STATE_VERSION } from './document.ts'
import type { FileSystem } from './file-system.ts'
import { JOURNAL_FILE, linkOf, readJournal, replay } from './journal.ts'
import { migrate } from './migrations.ts'
import { readRecord, type UnnumberedRecord } from './record-schema.ts'
import { type Aside, CORRUPT } from './set-aside.ts'
import { readSettings } from './settings-schema.ts'

export interface ReadState extends LoadedState {
  /** Greater than every number that a process of this home has had. */
  nextNumber: number
  bytes: number | null
  /** The journal whose file exists; null when there is none, or none that will stay. */
  journal: { id: string; applied: boolean } | null
  /** What to keep under another name before the next write. */
  aside: Aside[]
}

interface Generation {
  records: ProcessRecord[]
  nextNumber: number
  settings: Settings
  bootId: string | null
  bytes: number
  /** Whether it was written to be continued by a journal. */
  continued: boolean
  journal: { id: string; applied: boolean } | null
  journalAside: Aside | null
  notes: string[]
  damage: string[]
  /** Why it is kept beside what will be written: `corrupt`, or its older version. */
  keepAs: string | null
}

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

interface Source {
  fs: FileSystem
  file: string
  previous: string
  journal: string
  now: { wallMs: number; owner: string }
}

/** Throws PtrackError for a newer version or an unreadable file; both leave all files alone. */
export async function readState(source: Source): Promise<ReadState> {
  const { file, previous, journal } = source
  const main = await readGeneration(source, file, journal)
  if (main.kind === 'read') {
    const { keepAs, journalAside, continued: _, ...generation } = main.generation
    const aside: Aside[] = journalAside === null ? [] : [journalAside]
    if (keepAs !== null) aside.push({ file, as: keepAs, afterwards: 'leave' })
    return { ...generation, quarantined: [], aside }
  }
  const before = await readGeneration(source, previous, null)
  const empty = { records: [], nextNumber: 0, settings: noSettings(), bootId: null, bytes: null, journal: null, quarantined: [] }
  if (main.kind === 'missing') {
    // Saving never leaves its name empty, so somebody deleted it: it is empty, and what is left is kept and reported.
    const left = (await readText(source, journal)) === null ? [] : [journal]
    if (before.kind === 'missing' && left.length === 0) return { ...empty, notes: [], damage: [], aside: [] }
    const note =
      before.kind === 'missing'
        ? `${basename(file)} was missing: started empty; its journal is kept`
        : `${basename(file)} was missing: started empty; the generation before it is kept, copy it back to use it`
    const aside = [...left, previous].map((old): Aside => ({ file: old, as: 'old', afterwards: 'remove' }))
    return { ...empty, notes: [note], damage: [note], aside }
  }
  // First, so that a kill in between never leaves it beside a state that does not know it. It may not exist.
  const orphaned: Aside = { file: journal, as: CORRUPT, afterwards: 'remove' }
  const notes = [`${basename(file)} could not be read: ${main.why}`]
  if (before.kind === 'missing') {
    notes.push('there was no previous generation: started empty')
    return {
      ...empty,
      notes,
      damage: notes,
      aside: [orphaned, { file, as: CORRUPT, afterwards: 'remove' }],
    }
  }
  if (before.kind === 'unreadable') {
    notes.push(`the previous generation could not be read either: ${before.why}; started empty`)
    const aside = [file, previous].map((broken): Aside => ({ file: broken, as: CORRUPT, afterwards: 'remove' }))
    return { ...empty, notes, damage: notes, aside: [orphaned, ...aside] }
  }
  const { keepAs, continued, journalAside: _, ...generation } = before.generation
  const missing = continued
    ? 'all changes since then are missing (its journal went into the damaged one; the journal of that one is kept beside it)'
    : 'the last change before the damage may be missing'
  notes.push(`used the previous generation, ${basename(previous)}: ${missing}`)
  const damage = [...notes, ...generation.damage]
  notes.push(...generation.notes)
  const aside: Aside[] = [orphaned, { file, as: CORRUPT, afterwards: 'replace' }]
  if (keepAs !== null) aside.unshift({ file: previous, as: keepAs, afterwards: 'leave' })
  return { ...generation, notes, damage, quarantined: [], aside }
}

type Found = { kind: 'read'; generation: Generation } | { kind: 'missing' } | { kind: 'unreadable'; why: string }

/** Null when it does not exist. */
async function readText({ fs }: Source, file: string): Promise<string | null> {
  try {
    return await fs.readFile(file)
  } catch (cause) {
    if (hasCode(cause, 'ENOENT')) return null
    if (!isErrno(cause)) throw cause
    throw new PtrackError('FAILED', `cannot read the saved state ${file}: ${errnoWords(cause)}`, {
      hint: errnoHint(cause, file),
      cause,
    })
  }
}

async function readGeneration(source: Source, file: string, journal: string | null): Promise<Found> {
  const content = await readText(source, file)
  if (content === null) return { kind: 'missing' }
  const saved = parseJson(content)
  if (saved === undefined)
    return { kind: 'unreadable', why: content === '' ? 'it is empty' : 'it is no JSON (cut off or damaged)' }
  const continued = await continueWith(source, journal, saved)
  const migrated = migrate(continued.saved, source.now)
  if (migrated === null) return { kind: 'unreadable', why: 'it is not a saved state' }
  const { document, from } = migrated
  if (!isObject(document.processes)) return { kind: 'unreadable', why: 'it has no `processes`' }
  const notes = [...continued.notes]
  if (from !== STATE_VERSION) notes.push(`${basename(file)} was migrated from version ${from}`)
  const read = readProcesses(document.processes, document.nextNumber)
  const { settings, problems } = readSettings(document.settings)
  notes.push(...problems, ...read.problems)
  // An older version is kept whole too: somebody may want the older ptrack back.
  const keepAs = read.problems.length > 0 || problems.length > 0 ? CORRUPT : from === STATE_VERSION ? null : `v${from}`
  const applied = continued.journal?.applied === true
  return {
    kind: 'read',
    generation: {
      records: read.records,
      nextNumber: read.nextNumber,
      settings,
      bootId: text(document.bootId),
      bytes: Buffer.byteLength(content),
      continued: isObject(saved) && linkOf(saved).id !== null,
      journal: continued.journal,
      // A kept state is incomplete without its journal.
      journalAside:
        continued.aside ??
        (keepAs !== null && applied && journal !== null ? { file: journal, as: keepAs, afterwards: 'leave' } : null),
      notes,
      damage: [...continued.notes, ...problems, ...read.problems],
      keepAs,
    },
  }
}

interface Continued {
  saved: unknown
  journal: { id: string; applied: boolean } | null
  aside: Aside | null
  notes: string[]
}

/** The saved document with the changes of its journal. A foreign journal changes nothing. */
async function continueWith(source: Source, file: string | null, saved: unknown): Promise<Continued> {
  const alone: Continued = { saved, journal: null, aside: null, notes: [] }
  const content = file === null || !isObject(saved) ? null : await readText(source, file)
  if (file === null || !isObject(saved) || content === null) return alone
  const { id, groups, brokenLine } = readJournal(content)
  if (id === null) {
    const note = `${JOURNAL_FILE} could not be read: what was changed after ${text(saved.savedAt) ?? 'the last whole write'} may be missing`
    return { ...alone, aside: { file, as: CORRUPT, afterwards: 'remove' }, notes: [note] }
  }
  const link = linkOf(saved)
  // Killed before it was removed: the state includes it.
  if (id === link.folded) return { ...alone, journal: { id, applied: false } }
  if (id !== link.id) {
    const note = `${JOURNAL_FILE} does not belong to ${basename(source.file)} (an older ptrack, or a person, replaced that): not used, and kept`
    return { ...alone, aside: { file, as: 'old', afterwards: 'remove' }, notes: [note] }
  }
  const whole = { ...alone, saved: replay(saved, groups), journal: { id, applied: true } }
  if (brokenLine === null) return whole
  const note = `${JOURNAL_FILE} is damaged in line ${brokenLine}: changes from there on are missing; it is kept whole`
  return { ...whole, aside: { file, as: CORRUPT, afterwards: 'leave' }, notes: [note] }
}

function readProcesses(
  processes: Record<string, unknown>,
  savedNext: unknown,
): { records: ProcessRecord[]; nextNumber: number; problems: string[] } {
  const records: UnnumberedRecord[] = []
  const problems: string[] = []
  const names = new Set<string>()
  for (const [id, saved] of Object.entries(processes)) {
    const read = readRecord(id, saved)
    if (!read.ok) {
      problems.push(`process ${id} could not be read and was set aside (${read.why})`)
      continue
    }
    const { name } = read.record.definition
    if (names.has(name)) {
      problems.push(`process ${id} was set aside: its name ${name} is another's`)
      continue
    }
    names.add(name)
    records.push(read.record)
    if (read.lost.length > 0)
      problems.push(`parts of ${name}'s history could not be read and were left out (${read.lost.join(', ')})`)
  }
  // A JSON object lists number-like keys first, whenever they were added.
  records.sort((a, b) => a.createdAtMs - b.createdAtMs)
  return { ...numbered(records, savedNext), problems }
}

/** A state from before numbers gives them in the order of creation; each number belongs to one process. */
function numbered(records: readonly UnnumberedRecord[], savedNext: unknown): { records: ProcessRecord[]; nextNumber: number } {
  const taken = new Set<number>()
  let nextNumber = typeof savedNext === 'number' && Number.isSafeInteger(savedNext) && savedNext > 0 ? savedNext : 0
  for (const { number } of records) if (number !== null) nextNumber = Math.max(nextNumber, number + 1)
  const all = records.map((record) => {
    const number = record.number === null || taken.has(record.number) ? nextNumber++ : record.number
    taken.add(number)
    return { ...record, number }
  })
  return { records: all, nextNumber }
}
