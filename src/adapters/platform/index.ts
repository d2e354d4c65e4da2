import { existsSync } from 'node:fs'
import { createLinuxTable } from './linux-table.ts'
import type { OsTable } from './os-table.ts'

/** /proc where it exists (Linux), else ps and lsof, whose code is not even loaded on Linux. */
export async function createTable(options: { home: string }): Promise<OsTable> {
  if (existsSync('/proc/self/stat')) return createLinuxTable()
  const { createPortableTable } = await import('./portable-table.ts')
  return createPortableTable(options)
}
