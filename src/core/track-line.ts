/** The `::ptrack {json}` line with which a job in any language reports its work on stdout. */
import { nestsDeeper, parseJson } from '../protocol/json.ts'
import { TrackUpdate } from '../protocol/tracking.ts'

/** Only a line that starts with it; anything else, also after spaces, is ordinary output. */
export const TRACK_PREFIX = '::ptrack '

/** As in requests: what is accepted must be written again, and JSON.stringify recurses. */
const DEPTH = 64

/** null for a line that is no update: it is ordinary output. */
export function parseTrackLine(line: string): TrackUpdate | null {
  const value = parseJson(line.slice(TRACK_PREFIX.length))
  if (nestsDeeper(value, DEPTH)) return null
  const update = TrackUpdate.safeParse(value)
  return update.success ? update.data : null
}
