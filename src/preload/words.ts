/** What the program's reader should know, on its stderr. */
import { writeSync } from 'node:fs'

export function say(text: string): void {
  try {
    writeSync(2, `ptrack: ${text}\n`)
  } catch {
    // Closed, or full and not blocking.
    return
  }
}
