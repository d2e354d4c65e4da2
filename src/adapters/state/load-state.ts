/** Reading process-state.json: the good records of whatever stands there, and nothing that stood there ever deleted. */
import { basename } from 'node:path'
import type { LoadedState, ProcessRecord } from '../../core/world.ts'
import { PtrackError } from '../../protocol/errors.ts'
import { noSettings, type Settings } from '../../protocol/settings.ts'
import { STATE_VERSION } from './document.ts'
import { errnoHint, errnoWords, hasCode, isErrno } from './errno.ts'
import type { FileSystem } from './file-system.ts'
import { migrate } from './migrations.ts'
import { readRecord } from './record-schema.ts'
import { type Aside, CORRUPT } from './set-aside.ts'
import { readSettings } from './settings-schema.ts'

export interface ReadState extends LoadedState {
  bytes: number | null
  /** What has to be kept under another name before the state may be written again, and what follows it. */
  aside: Aside[]
}

interface Generation {
  records: ProcessRecord[]
  settings: Settings
  bootId: string | null
  bytes: number
  notes: string[]
  /** Why it has to be kept beside what will be written: `corrupt`, or its older version. */
  keepAs: string | null
}

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

interface Source {
  fs: FileSystem
  file: string
  previous: string
  now: { wallMs: number; owner: string }
}

/** Throws PtrackError for a newer version and for what the operating system will not let us read; both leave all files alone. */
export async function readState(source: Source): Promise<ReadState> {
  const { file, previous } = source
  const main = await readGeneration(source, file)
  if (main.kind === 'read') {
    const { keepAs, ...generation } = main.generation
    return { ...generation, quarantined: [], aside: keepAs === null ? [] : [{ file, as: keepAs, afterwards: 'leave' }] }
  }
  const before = await readGeneration(source, previous)
  const empty = { records: [], settings: noSettings(), bootId: null, bytes: null, quarantined: [] }
  if (main.kind === 'missing') {
    // Saving never leaves its name empty, so somebody deleted it: empty it is, and what is left is kept and told.
    if (before.kind === 'missing') return { ...empty, notes: [], aside: [] }
    const note = `${basename(file)} was missing: started empty; the generation before it is kept, copy it back to use it`
    return { ...empty, notes: [note], aside: [{ file: previous, as: 'old', afterwards: 'remove' }] }
  }
  const notes = [`${basename(file)} could not be read: ${main.why}`]
  if (before.kind === 'missing') {
    return {
      ...empty,
      notes: [...notes, 'there was no previous generation: started empty'],
      aside: [{ file, as: CORRUPT, afterwards: 'remove' }],
    }
  }
  if (before.kind === 'unreadable') {
    notes.push(`the previous generation could not be read either: ${before.why}; started empty`)
    const aside: Aside[] = [file, previous].map((broken) => ({ file: broken, as: CORRUPT, afterwards: 'remove' }))
    return { ...empty, notes, aside }
  }
  const { keepAs, ...generation } = before.generation
  notes.push(
    `used the previous generation, ${basename(previous)}: the last change before the damage may be missing`,
    ...generation.notes,
  )
  const aside: Aside[] = [{ file, as: CORRUPT, afterwards: 'replace' }]
  if (keepAs !== null) aside.unshift({ file: previous, as: keepAs, afterwards: 'leave' })
  return { ...generation, notes, quarantined: [], aside }
}

type Found = { kind: 'read'; generation: Generation } | { kind: 'missing' } | { kind: 'unreadable'; why: string }

async function readGeneration({ fs, now }: Source, file: string): Promise<Found> {
  let content: string
  try {
    content = await fs.readFile(file)
  } catch (cause) {
    if (hasCode(cause, 'ENOENT')) return { kind: 'missing' }
    if (!isErrno(cause)) throw cause
    throw new PtrackError('FAILED', `cannot read the saved state ${file}: ${errnoWords(cause)}`, {
      hint: errnoHint(cause, file),
      cause,
    })
  }
  let saved: unknown
  try {
    saved = JSON.parse(content)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return { kind: 'unreadable', why: content === '' ? 'it is empty' : 'it is no JSON (cut off or damaged)' }
  }
  const migrated = migrate(saved, now)
  if (migrated === null) return { kind: 'unreadable', why: 'it is not a saved state' }
  const { document, from } = migrated
  if (!isObject(document.processes)) return { kind: 'unreadable', why: 'it has no `processes`' }
  const notes = from === STATE_VERSION ? [] : [`${basename(file)} was migrated from version ${from}`]
  const read = readProcesses(document.processes)
  const { settings, problems } = readSettings(document.settings)
  notes.push(...problems, ...read.problems)
  return {
    kind: 'read',
    generation: {
      records: read.records,
      settings,
      bootId: text(document.bootId),
      bytes: Buffer.byteLength(content),
      notes,
      // An older version is kept whole too: the ptrack that wrote it may be wanted back.
      keepAs: read.problems.length > 0 || problems.length > 0 ? CORRUPT : from === STATE_VERSION ? null : `v${from}`,
    },
  }
}

function readProcesses(processes: Record<string, unknown>): { records: ProcessRecord[]; problems: string[] } {
  const records: ProcessRecord[] = []
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
  return { records, problems }
}
