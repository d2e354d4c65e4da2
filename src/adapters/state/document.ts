/**
 * The text of process-state.json, kept in pieces: one text per process, made again only when that process changed.
 * Ten thousand records are 4 MB; to stringify them whole would hold up the daemon for 10-40 ms at every change.
 */
import { setImmediate } from 'node:timers/promises'
import type { ProcessRecord } from '../../core/world.ts'
import { noSettings, type Settings } from '../../protocol/settings.ts'

export const STATE_VERSION = 1

/** New text made in one turn of the event loop (characters): about 1 ms of JSON.stringify. */
const STRINGIFY_SLICE = 256 * 1024
/** Handed to the disk in one call; in between the event loop turns. */
const WRITE_SLICE = 256 * 1024

export interface StateDocument {
  /** The record is read at the next `refresh`. */
  put(id: string): void
  remove(id: string): void
  putSettings(settings: Settings): void
  /** Starts from what was loaded. */
  fill(records: readonly ProcessRecord[], settings: Settings): void
  /** Makes the texts of all records put so far; what is put meanwhile may or may not be among them. */
  refresh(): Promise<void>
  /** The whole document in slices; each is made when it is asked for. */
  slices(head: { bootId: string; savedAt: string }): Iterable<Uint8Array>
}

export function createDocument(read: (id: string) => ProcessRecord | undefined): StateDocument {
  const texts = new Map<string, string>()
  const changed = new Set<string>()
  let settings = noSettings()

  // A record per line: people grep this file, and a diff of two generations shows what changed.
  const lineOf = (record: ProcessRecord): string => `${JSON.stringify(record.id)}:${JSON.stringify(record)}`

  function* slices(head: { bootId: string; savedAt: string }): Iterable<Uint8Array> {
    const { bootId, savedAt } = head
    const opening = JSON.stringify({ version: STATE_VERSION, bootId, savedAt, settings })
    let slice = `${opening.slice(0, -1)},"processes":{`
    let separator = '\n'
    // A Map walks on correctly while entries are put or removed between two slices: each line is whole in itself.
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
      texts.delete(id)
    },
    putSettings: (changed) => {
      settings = changed
    },
    fill: (records, saved) => {
      settings = saved
      for (const record of records) texts.set(record.id, lineOf(record))
    },
    refresh: async () => {
      let made = 0
      for (const id of changed) {
        changed.delete(id)
        const record = read(id)
        if (record === undefined) {
          texts.delete(id)
          continue
        }
        const text = lineOf(record)
        texts.set(id, text)
        made += text.length
        if (made < STRINGIFY_SLICE) continue
        made = 0
        await setImmediate()
      }
    },
    slices,
  }
}
