/** The log of the selected process, or of several in one, across daemon restarts: read from its end, then followed by cursor. */
import type { Client } from '../client/client.ts'
import { followLogs, isAway, type LogSink, readLogs, reconnect } from '../client/log-stream.ts'
import { toErrorBody } from '../protocol/errors.ts'
import type { Input } from './model.ts'

/** Enough to scroll back and to search without waiting. */
const TAIL = 1000
/** Moving down the list with a key held must not load every log on the way. */
const SETTLE_MS = 120
/** Nobody reads more lines in one frame's time: the rest waits in the daemon's files. */
const BURST_LINES = 2000
const FRAME_MS = 100

type Send = (input: Extract<Input, { kind: 'log' | 'log-begins' | 'log-notice' }>) => void

export class LogFeed {
  private readonly connect: () => Promise<Client>
  private readonly send: Send
  private id: string | null = null
  private stop: () => void = () => {}
  private timer: NodeJS.Timeout | null = null

  constructor(connect: () => Promise<Client>, send: Send) {
    this.connect = connect
    this.send = send
  }

  /** Shows the log of this process, or of several with a blank between each two; a no-op when it is shown already. */
  show(id: string | null): void {
    if (id === this.id) return
    this.end()
    this.id = id
    this.send({ kind: 'log-begins', id })
    if (id !== null) this.timer = setTimeout(() => this.begin(id), SETTLE_MS)
  }

  end(): void {
    if (this.timer) clearTimeout(this.timer)
    this.stop()
    this.stop = () => {}
    this.id = null
  }

  private begin(id: string): void {
    let over = false
    let client: Client | null = null
    const stopped = new Promise<void>((resolve) => {
      this.stop = () => {
        over = true
        resolve()
        client?.close()
      }
    })
    const keep = async (): Promise<Client> => {
      client = await this.connect()
      if (over) client.close()
      return client
    }
    void this.follow(id, keep, () => over, stopped).catch((error: unknown) => {
      // The process was deleted, or the rights ended: the list stays.
      if (!over) this.send({ kind: 'log-notice', id, text: toErrorBody(error).message })
    })
  }

  private async follow(id: string, connect: () => Promise<Client>, over: () => boolean, stopped: Promise<void>): Promise<void> {
    const place = { cursor: '' }
    const sink = this.sink(id, over)
    while (!over()) {
      const client = await reconnect(connect, over)
      if (client === null) return
      try {
        const targets = id.split(' ')
        const query = place.cursor === '' ? { targets, tail: TAIL } : { targets, cursor: place.cursor }
        place.cursor = await readLogs(client, query, sink, { continues: true, enough: over })
        this.send({ kind: 'log-notice', id, text: null })
        await followLogs(client, place, sink, stopped)
      } catch (error) {
        if (!isAway(error)) throw error
      } finally {
        client.close()
      }
    }
  }

  private sink(id: string, over: () => boolean): LogSink {
    let inBurst = 0
    let begunMs = 0
    return {
      lines: (lines) => {
        if (over() || lines.length === 0) return null
        this.send({ kind: 'log', id, lines })
        const nowMs = performance.now()
        if (nowMs - begunMs > FRAME_MS) {
          begunMs = nowMs
          inBurst = 0
        }
        inBurst += lines.length
        return inBurst < BURST_LINES ? null : new Promise((resolve) => setTimeout(resolve, FRAME_MS))
      },
      notices: (notices) => {
        const last = notices.at(-1)
        if (last !== undefined && !over()) this.send({ kind: 'log-notice', id, text: last })
      },
    }
  }
}
