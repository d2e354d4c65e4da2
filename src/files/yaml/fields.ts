/** From an entry of ptrack.yaml to the fields of a definition, and back: one table for both ways. */
import type { Definition, DefinitionInput } from '../../protocol/definition.ts'
import type { ProcessEntry } from './schema.ts'
import { durationText, probeText, sizeText } from './values.ts'

/** Entry's key -> definition's field, and how its value is written. What is not here is read and written by hand. */
export const FIELDS = {
  kind: ['kind'],
  title: ['title'],
  description: ['description'],
  type: ['type'],
  tags: ['tags'],
  metadata: ['metadata'],
  ports: ['ports'],
  health: ['health', (value) => (value === null ? null : probeText(value as never))],
  healthPeriod: ['healthPeriodMs', durationText as never],
  healthTimeout: ['healthTimeoutMs', durationText as never],
  healthFailures: ['healthFailures'],
  readyTimeout: ['readyTimeoutMs', durationText as never],
  restartUnhealthy: ['restartUnhealthy'],
  restart: ['restart'],
  maxRestarts: ['maxRestarts'],
  restartWindow: ['restartWindowMs', durationText as never],
  restartDelay: ['restartDelayMs', (value) => (value === null ? 'none' : durationText(value as number))],
  okExit: ['okExit'],
  noRestartExit: ['noRestartExit'],
  leftovers: ['leftovers'],
  stopSignal: ['stopSignal'],
  stopTimeout: ['stopTimeoutMs', durationText as never],
  timeout: ['timeoutMs', (value) => (value === null ? 'none' : durationText(value as number))],
  retries: ['retries'],
  retryInitial: ['retryInitialMs', durationText as never],
  retryMax: ['retryMaxMs', durationText as never],
  retryFactor: ['retryFactor'],
  retryJitter: ['retryJitter'],
  retryOn: ['retryOn'],
  retryInterrupted: ['retryInterrupted'],
  priority: ['priority'],
  cron: ['cron'],
  cronOverlap: ['cronOverlap'],
  watchFiles: ['watchFiles'],
  hooks: ['hooks'],
  recordExit: ['recordExit'],
  logMax: ['logMaxBytes', sizeText as never],
  logKeep: ['logKeep'],
  maxMemory: ['maxMemoryBytes', (value) => (value === null ? null : sizeText(value as number))],
  nice: ['nice'],
  user: ['user'],
  group: ['group'],
  umask: ['umask'],
  ulimits: ['ulimits'],
  cgroup: ['cgroup'],
} as const satisfies Partial<Record<keyof ProcessEntry, readonly [keyof Definition, ((value: unknown) => unknown)?]>>

export type TableKey = keyof typeof FIELDS
const TABLE = Object.entries(FIELDS) as [TableKey, readonly [keyof Definition, ((value: unknown) => unknown)?]][]

export function definitionFields(entry: ProcessEntry): Partial<DefinitionInput> {
  const fields: Record<string, unknown> = {}
  for (const [key, [field]] of TABLE) if (entry[key] !== undefined) fields[field] = entry[key]
  if (entry.port !== undefined) fields.ports = [entry.port, ...(entry.ports ?? [])]
  return fields as Partial<DefinitionInput>
}

const rowOf = (field: string): (typeof TABLE)[number] | undefined => TABLE.find(([, [name]]) => name === field)

/** A field of a definition as ptrack.yaml has it: its key there, and its value as it would be written. */
export function writtenField(field: string, value: unknown): { key: string; value: unknown } {
  const [key, [, write]] = rowOf(field) ?? [field, [field]]
  return { key, value: write && value !== undefined ? write(value) : value }
}

/** Where a field of a definition is written; for messages. */
export const keyOfField = (field: string): string => rowOf(field)?.[0] ?? field

export function entryFields(fields: Partial<DefinitionInput>): Record<string, unknown> {
  const entry: Record<string, unknown> = {}
  for (const [key, [field, write]] of TABLE) {
    const value = (fields as Record<string, unknown>)[field]
    if (value !== undefined) entry[key] = write ? write(value) : value
  }
  return entry
}
