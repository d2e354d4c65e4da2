/** Events of a node on their way into the stream: lines of its outbox, and messages of many such lines. */
import type { FleetEvent, FleetGap } from '../../protocol/fleet.ts'

/** Up to where an outbox has been read. It is never another's: an outbox has an id, and a number is used once. */
export interface Place {
  outbox: string
  segment: number
  offset: number
}

/** Both of one outbox. */
export const isBeyond = (one: Place, other: Place): boolean =>
  one.segment > other.segment || (one.segment === other.segment && one.offset > other.offset)

/**
 * The first line of a message. `end` is also what a write is known by: no other message ends there, so one of which nobody knows
 * whether it was taken is found again.
 */
export interface BatchHead {
  v: 1
  end: Place
}

const NEWLINE = '\n'

export const headLine = (end: Place): string => `${JSON.stringify({ v: 1, end } satisfies BatchHead)}${NEWLINE}`

/** null for what no node writes. */
export function readHead(text: string): BatchHead | null {
  const head = parsed(text.split(NEWLINE, 1)[0]!) as Partial<BatchHead> | null
  const { outbox, segment, offset } = (head?.end ?? {}) as Partial<Place>
  const isPlace = typeof outbox === 'string' && Number.isSafeInteger(segment) && Number.isSafeInteger(offset)
  return head?.v === 1 && isPlace ? (head as BatchHead) : null
}

/** Whose event it is stands beside it: where it is read nobody knows the process. */
export const eventLine = (epoch: string, owner: string | null, event: object): string =>
  `{"epoch":${JSON.stringify(epoch)},"owner":${JSON.stringify(owner)},${JSON.stringify(event).slice(1)}${NEWLINE}`

export const gapLine = (gap: string): string => `${JSON.stringify({ gap })}${NEWLINE}`

export interface Reader {
  /** May see what is somebody else's, and the daemon's own, on this node. */
  seesAll(node: string): boolean
  user: string
}

/** Those that the reader may see; a line that cannot be read costs itself alone. */
export function eventsOf(fleetSeq: number, node: string, text: string, reader: Reader): (FleetEvent | FleetGap)[] {
  const [head, ...lines] = text.split(NEWLINE)
  if (readHead(head!) === null) return []
  const all = reader.seesAll(node)
  return lines.flatMap((line): (FleetEvent | FleetGap)[] => {
    const row = line === '' ? null : (parsed(line) as Record<string, unknown> | null)
    if (row === null || typeof row !== 'object') return []
    if (typeof row.gap === 'string') return [{ fleetSeq, node, gap: row.gap }]
    const { epoch, owner, seq, at, type } = row
    const isEvent = typeof epoch === 'string' && typeof seq === 'number' && typeof at === 'string' && typeof type === 'string'
    if (!isEvent || !(all || (owner === reader.user && typeof row.id === 'string'))) return []
    // The first two are the bus's to say, and not the line's.
    return [Object.assign({ fleetSeq, node }, row, { fleetSeq, node }) as unknown as FleetEvent]
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}
