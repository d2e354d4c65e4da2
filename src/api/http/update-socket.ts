/** A send-only WebSocket: updates of processes, from the present state on. */
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { WireBounds } from '../bounds.ts'
import { CLOSE } from '../channel.ts'
import type { Feed } from '../feed.ts'
import type { Guard } from '../guard.ts'
import type { Sink } from '../subscription.ts'
import type { Caller } from './app.ts'
import { updateFraming, updates } from './process-updates.ts'

export interface UpdateSocketDeps {
  feed: Feed
  guard: Guard
  bounds: WireBounds
}

export function serveUpdates(
  ws: WebSocket,
  socket: Duplex,
  { peer, access }: Caller,
  deps: UpdateSocketDeps,
): (reason: string) => void {
  const { feed, guard, bounds } = deps
  const close = (code: number, reason: string): void => {
    ws.close(code, reason.slice(0, 100))
    setTimeout(() => ws.terminate(), bounds.closeMs).unref()
  }
  const sink: Sink = {
    roomBytes: bounds.streamBytes,
    get bufferedBytes() {
      return ws.bufferedAmount
    },
    send: (text) => {
      if (text === '' || ws.readyState !== ws.OPEN) return
      for (const message of text.split('\n')) ws.send(message, () => {})
    },
  }
  ws.on('error', () => {})
  ws.on('message', () => close(CLOSE.policy, 'this WebSocket only tells'))
  // No events: only views are sent.
  const params = { filter: { types: [] }, views: true }
  let sight: ReturnType<Guard['sight']>
  try {
    sight = guard.sight(params, peer)
  } catch {
    close(CLOSE.policy, 'this token may not read processes')
    return () => {}
  }
  const subscription = feed.subscribe(sink, params, ({ snapshot }) => sink.send(updates(snapshot ?? [])), sight, updateFraming)
  socket.on('drain', () => feed.drained(subscription))
  let answered = true
  ws.on('pong', () => {
    answered = true
  })
  const beat = setInterval(() => {
    if (!answered) ws.terminate()
    answered = false
    ws.ping()
  }, bounds.heartbeatMs)
  const unwatch = access.watch(peer, (reason) => close(CLOSE.policy, reason))
  ws.on('close', () => {
    clearInterval(beat)
    unwatch()
    feed.unsubscribe(subscription)
  })
  return (reason) => close(CLOSE.goingAway, reason)
}
