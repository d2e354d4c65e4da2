/** Snapshots of what a program passes in: later changes to its objects do not affect what is sent. */
import { limits } from '../protocol/limits.ts'
import { warn } from './warn.ts'

/** A row of results as JSON; null, and a warning, for what is not JSON or too large. */
export function rowJson(row: unknown): string | null {
  const json = toJson(row, 'a result')
  if (json === null) return null
  if (json === undefined) warn('cannot take a result: undefined is not JSON; give it a value, or null')
  else if (Buffer.byteLength(json) > limits.resultBytes)
    warn(`cannot take a result: it is larger than ${limits.resultBytes} bytes; write it to a file and tell its path`)
  else return json
  return null
}

/** null, and a warning, for what is not JSON. */
export function copyOf(metadata: Record<string, unknown>): Record<string, unknown> | null {
  const json = toJson(metadata, 'metadata')
  return json ? (JSON.parse(json) as Record<string, unknown>) : null
}

function toJson(value: unknown, what: string): string | undefined | null {
  try {
    return JSON.stringify(value)
  } catch (error) {
    // A cycle, a BigInt, or the program's own toJSON that throws.
    warn(`cannot take ${what}: ${error instanceof Error ? error.message : String(error)}`)
    return null
  }
}
