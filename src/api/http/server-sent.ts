/** A response as a stream of server-sent events; unsent bytes are counted, as on any other connection. */
import type { ServerResponse } from 'node:http'
import type { Framing } from '../framing.ts'
import type { Sink } from '../subscription.ts'
import { encodeEventId } from './event-id.ts'
import { HEADERS } from './problem.ts'

/** `data` is JSON and so has no line ends. */
export const sseEvent = (name: string, data: string, id?: string): string =>
  `${id === undefined ? '' : `id: ${id}\n`}event: ${name}\ndata: ${data}\n\n`

export class EventStream implements Sink {
  readonly roomBytes: number
  private readonly response: ServerResponse

  constructor(response: ServerResponse, roomBytes: number) {
    this.response = response
    this.roomBytes = roomBytes
    response.socket?.setNoDelay(true)
    response.writeHead(200, { ...HEADERS, 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' })
    // How long a browser waits before it reconnects.
    response.write('retry: 1000\n\n')
  }

  get bufferedBytes(): number {
    return this.response.writableLength
  }

  send(text: string): void {
    if (!this.response.writableEnded && !this.response.destroyed) this.response.write(text)
  }

  /** Resolves when there is room again, or the client is gone. */
  room(): Promise<void> {
    if (this.bufferedBytes <= this.roomBytes || this.response.destroyed) return Promise.resolve()
    return new Promise((resolve) => {
      const done = (): void => {
        this.response.off('drain', done)
        this.response.off('close', done)
        resolve()
      }
      this.response.on('drain', done)
      this.response.on('close', done)
    })
  }

  end(): void {
    this.response.end()
  }
}

/** Events of the daemon, named by type, numbered within this daemon. */
export const eventFraming = (epoch: string): Framing => ({
  event: (_subscription, event, json) => sseEvent(event.type, json, encodeEventId(epoch, event.seq)),
  views: () => null,
  lagged: (_subscription, seq, snapshot) => sseEvent('lagged', JSON.stringify({ seq, snapshot }), encodeEventId(epoch, seq)),
  heartbeat: (seq) => sseEvent('heartbeat', JSON.stringify({ at: new Date().toISOString(), seq })),
})
