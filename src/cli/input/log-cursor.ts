/** A place in the log of one process as people and programs pass it on: `1520:88`, the bytes of stdout and stderr that were read. */
import { PtrackError } from '../../protocol/errors.ts'
import { type Cursor, decodeCursor, encodeCursor } from '../../protocol/log-cursor.ts'
import type { Context } from '../context.ts'

const PLACE = /^(\d{1,15}|-):(\d{1,15}|-)$/

/** Logs of several, and those of one run, have a longer one. */
export function shortCursor(cursor: string): string {
  const { at } = decodeCursor(cursor)
  const [one, ...others] = at
  const isOpen = [one?.out, one?.err].every((place) => place === undefined || place[1] === null)
  return one === undefined || others.length > 0 || !isOpen ? cursor : `${one.out?.[0] ?? '-'}:${one.err?.[0] ?? '-'}`
}

/** As a request takes it. Throws USAGE for a short one of several logs, BAD_REQUEST for what is none. */
export async function wholeCursor(
  context: Pick<Context, 'request'>,
  given: string,
  { targets, grep }: { targets: string[]; grep?: string | undefined },
): Promise<string> {
  const place = PLACE.exec(given)
  if (place === null) {
    decodeCursor(given)
    return given
  }
  // Its logs may outlive a process, so that only they know how it is called.
  const { cursor } = await context.request('logs.read', { targets, tail: 0 })
  const [one, ...others] = decodeCursor(cursor).at
  if (one === undefined || others.length > 0)
    throw new PtrackError(
      'USAGE',
      `cannot continue at ${given}: it is a place in the log of one process, and ${targets.join(', ')} are several`,
      {
        hint: 'name the process that it is of',
      },
    )
  const [out, err] = [place[1]!, place[2]!].map((each) => (each === '-' ? undefined : ([Number(each), null] as [number, null])))
  const at: Cursor['at'][number] = { name: one.name, ...(out && { out }), ...(err && { err }) }
  return encodeCursor({ v: 1, ...(grep === undefined ? {} : { grep }), at: [at] })
}
