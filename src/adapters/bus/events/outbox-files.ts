/** HOME/fleet-outbox/: segments ID.NUMBER.jsonl, of which the daemon appends to the last and ptrackd-fleet removes what is on the bus. */
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { unless } from '../../errno.ts'

export const SEGMENT_BYTES = 1024 * 1024

export const outboxDir = (home: string): string => join(home, 'fleet-outbox')
export const makeOutboxDir = (dir: string): unknown => mkdirSync(dir, { recursive: true, mode: 0o700 })
export const publishedFile = (dir: string): string => join(dir, 'published.json')
export const segmentFile = (dir: string, outbox: string, segment: number): string => join(dir, `${outbox}.${segment}.jsonl`)

export interface Segments {
  /** Of the newest; null while there are none. */
  outbox: string | null
  /** Its segments, oldest first. */
  numbers: number[]
}

/** The id is that of the highest number: numbers go on where an id is left behind, which only a restored copy does. */
export function segmentsIn(dir: string): Segments {
  const found = unless(['ENOENT'], [], () => readdirSync(dir)).flatMap((name) => {
    const match = /^([0-9a-f]+)\.(\d+)\.jsonl$/.exec(name)
    return match === null ? [] : [{ outbox: match[1]!, segment: Number(match[2]) }]
  })
  if (found.length === 0) return { outbox: null, numbers: [] }
  const { outbox } = found.reduce((newest, each) => (each.segment > newest.segment ? each : newest))
  const numbers = found.filter((each) => each.outbox === outbox).map(({ segment }) => segment)
  return { outbox, numbers: numbers.sort((a, b) => a - b) }
}
