/** The `::ptrack {json}` line with which a job of any language tells of its work on stdout. */
import { TrackUpdate } from '../protocol/tracking.ts'

/** A line that begins so is taken; anything else, also after spaces, is an ordinary line of the log. */
export const TRACK_MARK = '::ptrack '

/** As in requests: what is taken must be written again, and JSON.stringify recurses. */
const DEPTH = 64

/** null for a line that is no update: such a line is an ordinary line of the log. */
export function parseTrackLine(line: string): TrackUpdate | null {
  let value: unknown
  try {
    value = JSON.parse(line.slice(TRACK_MARK.length))
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return null
  }
  if (deeperThan(value, DEPTH)) return null
  const update = TrackUpdate.safeParse(value)
  return update.success ? update.data : null
}

/** A loop, since the attack is on recursion. */
function deeperThan(value: unknown, max: number): boolean {
  let level: unknown[] = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > max) return true
    level = level.flatMap((item) =>
      typeof item === 'object' && item !== null
        ? (Array.isArray(item) ? item : Object.values(item)).filter((child) => typeof child === 'object' && child !== null)
        : [],
    )
  }
  return false
}
