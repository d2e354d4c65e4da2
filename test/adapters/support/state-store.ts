/** A state store in a directory of its own, with the records it saves. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClock } from '../../../src/adapters/clock.ts'
import type { FileSystem } from '../../../src/adapters/state/file-system.ts'
import { readRecord } from '../../../src/adapters/state/record-schema.ts'
import { createStateStore } from '../../../src/adapters/state/state-store.ts'
import type { Clock, DaemonLog, ProcessRecord } from '../../../src/core/world.ts'

export const BOOT = 'b2f1c3d4-0000-4000-8000-000000000001'
export const quiet: DaemonLog = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** No timer ever fires: a store that was killed does nothing afterwards, and none saves by itself. */
export const stoppedClock = (): Clock => ({ mono: () => 0, wall: () => 1000, wakeAfter: () => () => undefined })

export function record(
  id: string,
  changes: { name?: string; number?: number; sinceMs?: number; metadata?: Record<string, unknown> } = {},
): ProcessRecord {
  const read = readRecord(id, {
    id,
    number: changes.number,
    definition: { name: changes.name ?? `p-${id}`, command: ['/bin/sleep', '60'], cwd: '/', metadata: changes.metadata ?? {} },
    owner: 'sam',
    createdAtMs: 1_762_257_600_000,
    tracked: { state: { status: 'stopped', exit: null }, wanted: 'down', runNumber: 0, sinceMs: changes.sinceMs ?? 0 },
  })
  if (!read.ok) throw new Error(read.why)
  return { ...read.record, number: read.record.number ?? 0 }
}

export interface StateKit {
  dir: string
  file: string
  records: Map<string, ProcessRecord>
  /** Ids whose records were read for saving, in order. */
  reads: string[]
  /** A new store over the same directory, as a next daemon would make it. */
  open(options?: { fs?: FileSystem; clock?: Clock }): ReturnType<typeof createStateStore>
  set(id: string, changes?: Parameters<typeof record>[1]): void
  text(): string
  entries(): string[]
  end(): void
}

export function stateKit(dir = mkdtempSync(join(tmpdir(), 'ptrack-state-'))): StateKit {
  const records = new Map<string, ProcessRecord>()
  const numbers = new Map<string, number>()
  const reads: string[] = []
  const file = join(dir, 'process-state.json')
  const read = (id: string): ProcessRecord | undefined => {
    reads.push(id)
    return records.get(id)
  }
  return {
    dir,
    file,
    records,
    reads,
    open: ({ fs, clock = createClock() } = {}) =>
      createStateStore({ dir, read, bootId: BOOT, clock, log: quiet, user: 'sam', fs }),
    set: (id, changes) => {
      const number = numbers.get(id) ?? numbers.size
      numbers.set(id, number)
      records.set(id, record(id, { number, ...changes }))
    },
    text: () => readFileSync(file, 'utf8'),
    entries: () => readdirSync(dir).sort(),
    end: () => rmSync(dir, { recursive: true, force: true }),
  }
}
