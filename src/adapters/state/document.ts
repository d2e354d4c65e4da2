/** The text of process-state.json, a piece per process: stringifying 4 MB for ten thousand would block for 10-40 ms. */
import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import type { LoadedState, ProcessRecord } from '../../core/world.ts'
import { noSettings, type Settings } from '../../protocol/settings.ts'
import { WRITE_SLICE } from './atomic-file.ts'
import type { Changes, JournalLink } from './journal.ts'

export const STATE_VERSION = 1

/** Text made in one turn of the event loop (characters): about 1 ms of JSON.stringify. */
const STRINGIFY_SLICE = 256 * 1024

export interface DocumentHead {
  bootId: string
  savedAt: string
  /** Null where neither this state nor the one before it has a journal. */
  journal: JournalLink | null
}

export interface StateDocument {
  /** The record is read at the next `refresh`. */
  put(id: string): void
  remove(id: string): void
  putSettings(settings: Settings): void
  takeNumber(): number
  nextNumber(): number
  fill(loaded: Pick<LoadedState, 'records' | 'settings'> & { nextNumber: number }): void
  /** Makes the texts of all records put so far; records put meanwhile may or may not be included. */
  refresh(): Promise<void>
  /** What changed since the last call; null when nothing. */
  takeChanges(): Changes | null
  /** Of all records (characters). */
  size(): number
  /** The whole document in slices, made lazily. */
  slices(head: DocumentHead): Iterable<Uint8Array>
}

/** A definition is replaced, never changed, and is two thirds of a record's text: made once. */
const definitions = new WeakMap<ProcessRecord['definition'], string>()

function textOf(definition: ProcessRecord['definition']): string {
  let text = definitions.get(definition)
  if (text === undefined) {
    text = JSON.stringify(definition)
    definitions.set(definition, text)
  }
  return text
}

/** A record per line, for grep, and so that a diff of two generations shows what changed. */
function lineOf(record: ProcessRecord): string {
  const {
    id,
    number,
    definition,
    owner,
    createdAtMs,
    tracked,
    startedAtMs,
    endedAtMs,
    lastExit,
    runs,
    timeline,
    tracking,
    handover,
    ranWith,
    refused,
    input,
    terminalInput,
    execFor,
    removeFor,
    session,
    definedBy,
    seen,
  } = record
  const rest: Omit<ProcessRecord, 'definition'> = {
    id,
    number,
    owner,
    createdAtMs,
    tracked,
    startedAtMs,
    endedAtMs,
    lastExit,
    runs,
    timeline,
    tracking,
    handover,
    ranWith,
    refused,
    input,
    terminalInput,
    execFor,
    removeFor,
    session,
    definedBy,
    seen,
  }
  return `${JSON.stringify(id)}:{"definition":${textOf(definition)},${JSON.stringify(rest).slice(1)}`
}

export function createDocument(read: (id: string) => ProcessRecord | undefined): StateDocument {
  const texts = new Map<string, string>()
  const changed = new Set<string>()
  /** Ids since the last `takeChanges`: changed ones, and removed ones. */
  let fresh = new Set<string>()
  let removed = new Set<string>()
  let newSettings = false
  let nextNumber = 0
  let settings = noSettings()
  let size = 0

  function keep(id: string, text: string): void {
    size += text.length - (texts.get(id)?.length ?? 0)
    texts.set(id, text)
  }

  function drop(id: string): void {
    size -= texts.get(id)?.length ?? 0
    texts.delete(id)
    fresh.delete(id)
    removed.add(id)
  }

  function takeChanges(): Changes | null {
    if (fresh.size === 0 && removed.size === 0 && !newSettings) return null
    const put = [...fresh].map((id) => texts.get(id) ?? assert.fail(`${id} is new and has no text`))
    const changes = { put, removed: [...removed], settings: newSettings ? settings : null, nextNumber }
    fresh = new Set()
    removed = new Set()
    newSettings = false
    return changes
  }

  function* slices({ bootId, savedAt, journal }: DocumentHead): Iterable<Uint8Array> {
    const opening = JSON.stringify({ version: STATE_VERSION, bootId, savedAt, ...(journal && { journal }), nextNumber, settings })
    let slice = `${opening.slice(0, -1)},"processes":{`
    let separator = '\n'
    // A Map iterates correctly while entries are added or removed between two slices: each line is whole in itself.
    for (const text of texts.values()) {
      slice += separator + text
      separator = ',\n'
      if (slice.length < WRITE_SLICE) continue
      yield Buffer.from(slice)
      slice = ''
    }
    yield Buffer.from(`${slice}\n}}\n`)
  }

  return {
    put: (id) => void changed.add(id),
    remove: (id) => {
      changed.delete(id)
      drop(id)
    },
    putSettings: (changed) => {
      settings = changed
      newSettings = true
    },
    takeNumber: () => nextNumber++,
    nextNumber: () => nextNumber,
    fill: ({ records, settings: saved, nextNumber: next }) => {
      settings = saved
      nextNumber = next
      for (const record of records) keep(record.id, lineOf(record))
    },
    refresh: async () => {
      let made = 0
      for (const id of changed) {
        changed.delete(id)
        const record = read(id)
        if (record === undefined) {
          drop(id)
          continue
        }
        const text = lineOf(record)
        keep(id, text)
        fresh.add(id)
        removed.delete(id)
        made += text.length
        if (made < STRINGIFY_SLICE) continue
        made = 0
        await setImmediate()
      }
    },
    takeChanges,
    size: () => size,
    slices,
  }
}
