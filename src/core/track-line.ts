/** The `::ptrack {json}` line with which a job of any language tells of its work on stdout. */
import { nestsDeeper, parseJson } from '../protocol/json.ts'
import { TrackUpdate } from '../protocol/tracking.ts'

/** A line that begins so is taken; anything else, also after spaces, is an ordinary line of the log. */
export const TRACK_MARK = '::ptrack '

/** As in requests: what is taken must be written again, and JSON.stringify recurses. */
const DEPTH = 64

/** null for a line that is no update: such a line is an ordinary line of the log. */
export function parseTrackLine(line: string): TrackUpdate | null {
  const value = parseJson(line.slice(TRACK_MARK.length))
  if (nestsDeeper(value, DEPTH)) return null
  const update = TrackUpdate.safeParse(value)
  return update.success ? update.data : null
}
