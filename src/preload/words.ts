/** What goes wrong in here never ends the program: at most it is a line on its stderr. */
import { writeSync } from 'node:fs'

export function say(text: string): void {
  try {
    writeSync(2, `ptrack: ${text}\n`)
  } catch {
    // Closed, or full and not blocking.
    return
  }
}

/** What `act` gives; `instead`, and a line, when it throws. */
export function attempt<T>(what: string, act: () => T, instead: T): T {
  try {
    return act()
  } catch (error) {
    say(`cannot ${what}: ${error instanceof Error ? error.message : error}`)
    return instead
  }
}
