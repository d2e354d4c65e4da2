/** The two streams of server-sent events: of all events, and of one process. */
import type { ServerResponse } from 'node:http'
import { z } from 'zod'
import { PtrackError } from '../../protocol/errors.ts'
import { EVENT_TYPES } from '../../protocol/names.ts'
import type { EventLog } from '../../supervisor/event-log.ts'
import type { Peer } from '../access.ts'
import type { WireBounds } from '../bounds.ts'
import type { Feed } from '../feed.ts'
import type { Guard } from '../guard.ts'
import { decodeEventId, encodeEventId } from './event-id.ts'
import { streamProcess } from './process-stream.ts'
import { several, text } from './query.ts'
import type { Asked } from './route.ts'
import { EventStream, eventFraming, sseEvent } from './server-sent.ts'

export const EventsQuery = z.strictObject({
  type: several(z.enum(EVENT_TYPES), EVENT_TYPES.length).optional(),
  process: several(text(256), 1000).optional(),
})

export interface StreamDeps {
  feed: Feed
  events: EventLog
  guard: Guard
  bounds: WireBounds
}

interface Listening {
  response: ServerResponse
  peer: Peer
  lastId: string | undefined
  /** Aborted when the client goes, or loses its rights. */
  gone: AbortSignal
}

/** Sends the head only when nothing is refused. Throws DENIED and BAD_REQUEST. */
export function serveEvents(deps: StreamDeps, listening: Listening, query: z.output<typeof EventsQuery>): void {
  const { feed, events, guard, bounds } = deps
  const { response, peer, gone } = listening
  const { epoch } = events
  const place = listening.lastId === undefined ? null : decodeEventId(listening.lastId)
  if (listening.lastId !== undefined && place === null)
    throw new PtrackError('BAD_REQUEST', 'cannot go on: Last-Event-ID is none that this stream gave', { hint: 'leave it out' })
  const params = {
    // A new client has missed nothing, and gets no snapshot.
    ...(place ?? { since: events.seq, epoch }),
    filter: { types: query.type, targets: query.process },
    views: false,
  }
  const sight = guard.sight(params, peer)
  const stream = new EventStream(response, bounds.streamBytes)
  const framing = eventFraming(epoch)
  const subscription = feed.subscribe(
    stream,
    params,
    ({ seq, gap, replayed, snapshot }) => {
      const at = encodeEventId(epoch, seq - replayed)
      stream.send(sseEvent('connected', JSON.stringify({ epoch, seq, gap, replayed }), at))
      if (gap && snapshot !== null) stream.send(framing.lagged('', seq, snapshot))
    },
    sight,
    framing,
  )
  response.on('drain', () => feed.drained(subscription))
  gone.addEventListener('abort', () => {
    feed.unsubscribe(subscription)
    stream.end()
  })
}

/** Throws what the first look at the process throws; then the head is sent. */
export async function serveProcess(
  deps: StreamDeps,
  listening: Listening,
  asked: Pick<Asked<never, never>, 'id' | 'call'>,
): Promise<void> {
  const { events, bounds } = deps
  const { response, lastId = '0', gone } = listening
  if (!/^\d{1,15}$/.test(lastId))
    throw new PtrackError('BAD_REQUEST', 'cannot go on: Last-Event-ID is none that this stream gave', { hint: 'leave it out' })
  const found = await asked.call('list', { targets: [asked.id], all: true })
  const [view, another] = found
  if (view === undefined || another !== undefined)
    throw new PtrackError('BAD_REQUEST', `cannot stream '${asked.id}': ${found.length} processes match it`, {
      hint: 'name one of them',
    })
  if (gone.aborted) return
  const stream = new EventStream(response, bounds.streamBytes)
  const beat = setInterval(() => {
    if (stream.bufferedBytes <= stream.roomBytes) stream.send(sseEvent('heartbeat', '{"type":"heartbeat"}'))
  }, bounds.heartbeatMs)
  try {
    await streamProcess({
      stream,
      view,
      from: Number(lastId) + 1,
      readRows: (from, max) => asked.call('results', { target: view.id, from, max }),
      onEvent: (listener) =>
        events.onEvent((event) => {
          if (event.id === view.id) listener(event)
        }),
      gone,
    })
  } catch (error) {
    // Removed, or no longer visible to the peer: the head is sent, so the stream can only end.
    if (!(error instanceof PtrackError)) throw error
    stream.send(sseEvent('error', JSON.stringify({ type: 'error', code: error.code, message: error.message })))
  } finally {
    clearInterval(beat)
    stream.end()
  }
}
