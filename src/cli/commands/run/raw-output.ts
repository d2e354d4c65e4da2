/** Hands on what a run of a job writes, byte for byte, both streams side by side and no faster than they are read. */
import type { Client } from '../../../client/client.ts'
import { formatSize } from '../../../protocol/duration.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import type { LogBytes } from '../../../protocol/requests.ts'
import type { Context } from '../../context.ts'
import { orAborted } from '../../output/or-aborted.ts'

/** The longest that one request waits for output; asking again costs next to nothing. */
const WAIT_MS = 30_000

/** How far one stream of a job has been handed on. Outlives the connection. */
interface Place {
  stream: 'out' | 'err'
  next: number | null
  ended: boolean
}

export interface RawOutput {
  /** Ends when all of this run (or all that there will be) is handed on, or `enough`. Called again, it goes on where it was. */
  pump(client: Client, run: number): Promise<void>
}

export function rawOutput(context: Context, job: { id: string; name: string }, enough: AbortSignal): RawOutput {
  const places: Place[] = [
    { stream: 'out', next: null, ended: false },
    { stream: 'err', next: null, ended: false },
  ]
  let present = 0

  const ask = async (client: Client, place: Place): Promise<LogBytes | null> => {
    const from = place.next === null ? {} : { from: place.next }
    try {
      // The first one only learns where the run begins: from then on a new daemon is told so, whatever the old one took with it.
      const waitMs = place.next === null ? 0 : WAIT_MS
      return await client.request('logs.bytes', { target: job.id, stream: place.stream, run: present, ...from, waitMs })
    } catch (error) {
      // Deleted meanwhile: the view will tell.
      if (error instanceof PtrackError && error.code === 'NOT_FOUND') return null
      throw error
    }
  }
  const pour = async (client: Client, place: Place): Promise<void> => {
    while (!place.ended && !enough.aborted) {
      const reply = await orAborted(ask(client, place), enough)
      if (reply === null) return
      if (reply.lost > 0) context.note(`${formatSize(reply.lost)} of ${job.name}'s std${place.stream} were rotated away unread`)
      // With --json stdout is data, so all of it goes to stderr.
      const room =
        reply.data === '' ? null : context.io.pour(context.json ? 'err' : place.stream, Buffer.from(reply.data, 'base64'))
      place.next = reply.next
      place.ended = reply.ended
      if (room) await orAborted(room, enough)
    }
  }

  return {
    pump: async (client, run) => {
      if (run !== present) for (const place of places) place.ended = false
      present = run
      // Both have to be done before anybody goes on, or a stream would be pumped twice.
      const done = await Promise.allSettled(places.map((place) => pour(client, place)))
      const failed = done.find((one) => one.status === 'rejected')
      if (failed) throw failed.reason
    },
  }
}
