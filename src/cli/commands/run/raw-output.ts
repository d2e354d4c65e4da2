/** Passes on the output of a job's run, byte for byte, both streams in parallel, no faster than they are read. */
import type { Client } from '../../../client/client.ts'
import { type LogPiece, logBytes } from '../../../client/log-bytes.ts'
import { formatSize } from '../../../protocol/duration.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import type { Context } from '../../context.ts'
import { orAborted } from '../../output/or-aborted.ts'

/** Longest wait of one request for output; asking again is cheap. */
const WAIT_MS = 30_000

/** How far one stream has been passed on; outlives the connection. */
interface Place {
  stream: 'out' | 'err'
  next: number | null
  ended: boolean
}

export interface RawOutput {
  /** Resolves when all output of this run is passed on, or `enough`. A second call continues. */
  pump(client: Client, run: number): Promise<void>
}

export function rawOutput(context: Context, job: { id: string; name: string }, enough: AbortSignal): RawOutput {
  const places: Place[] = [
    { stream: 'out', next: null, ended: false },
    { stream: 'err', next: null, ended: false },
  ]
  let present = 0

  const ask = async (client: Client, place: Place): Promise<LogPiece | null> => {
    const from = place.next === null ? {} : { from: place.next }
    try {
      // The first request only finds the start of the run, to tell a new daemon later, whatever the old one lost.
      const waitMs = place.next === null ? 0 : WAIT_MS
      return await logBytes(client, { target: job.id, stream: place.stream, run: present, ...from, waitMs })
    } catch (error) {
      // Deleted meanwhile: the view shows it.
      if (error instanceof PtrackError && error.code === 'NOT_FOUND') return null
      throw error
    }
  }
  const pour = async (client: Client, place: Place): Promise<void> => {
    while (!place.ended && !enough.aborted) {
      const reply = await orAborted(ask(client, place), enough)
      if (reply === null) return
      if (reply.lost > 0) context.note(`${formatSize(reply.lost)} of ${job.name}'s std${place.stream} were rotated away unread`)
      // With --json stdout is data, so all output goes to stderr.
      const room = reply.bytes.length === 0 ? null : context.io.pour(context.json ? 'err' : place.stream, reply.bytes)
      place.next = reply.next
      place.ended = reply.ended
      if (room) await orAborted(room, enough)
    }
  }

  return {
    pump: async (client, run) => {
      if (run !== present) for (const place of places) place.ended = false
      present = run
      // Both must finish first, or a stream would be pumped twice.
      const done = await Promise.allSettled(places.map((place) => pour(client, place)))
      const failed = done.find((one) => one.status === 'rejected')
      if (failed) throw failed.reason
    },
  }
}
