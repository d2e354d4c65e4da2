/** audit.log: a JSON object for each request that changes something, or was refused; rotated by size. */
import { join } from 'node:path'
import type { AuditLog } from '../core/world-audit.ts'
import { parseJson } from '../protocol/json.ts'
import type { AuditEntry } from '../protocol/overview.ts'
import { isErrno } from './errno.ts'
import { createLogFile } from './log-file.ts'
import { readText } from './regular-file.ts'

const AUDIT_FILE = 'audit.log'
/** With .1 and .2 some 10,000 entries. */
const FILE_BYTES = 1024 * 1024
const NEWEST_FIRST = ['', '.1', '.2']

export function createAuditLog({ dir, maxBytes = FILE_BYTES }: { dir: string; maxBytes?: number }): AuditLog {
  const file = join(dir, AUDIT_FILE)
  const lines = createLogFile(file, maxBytes)
  return {
    note: (entry) => lines.write(`${JSON.stringify(entry)}\n`),
    async scan(onEntry) {
      for (const suffix of NEWEST_FIRST)
        for (const line of (await textOf(`${file}${suffix}`)).split('\n').reverse()) {
          const entry = entryOf(line)
          if (entry !== null && !onEntry(entry)) return
        }
    },
  }
}

/** What cannot be read is missing. */
async function textOf(file: string): Promise<string> {
  try {
    return await readText(file)
  } catch (error) {
    if (isErrno(error)) return ''
    throw error
  }
}

function entryOf(line: string): AuditEntry | null {
  const value = line === '' ? null : (parseJson(line) as Partial<AuditEntry> | null)
  const ok =
    typeof value === 'object' &&
    value !== null &&
    typeof value.at === 'string' &&
    typeof value.method === 'string' &&
    typeof value.by === 'string' &&
    Array.isArray(value.targets) &&
    Array.isArray(value.processes)
  return ok ? (value as AuditEntry) : null
}
