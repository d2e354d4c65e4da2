/** A daemon behind a URL: the same lines, one per WebSocket message. Loaded only for contexts with a URL. */
import { Duplex } from 'node:stream'
import { WebSocket } from 'ws'
import { PtrackError } from '../protocol/errors.ts'
import { limits } from '../protocol/limits.ts'
import { monoMs } from '../protocol/mono.ts'
import type { Client, Transport } from './client.ts'
import { type ConnectOptions, handshake, unreachable } from './connect.ts'

export interface Remote {
  /** http: or https:, without a path. */
  url: string
  token: string | null
}

/** Throws as connect() does; DENIED for a token that is missing, wrong, revoked or expired. */
export async function connectRemote(
  remote: Remote,
  options: Pick<ConnectOptions, 'clientName' | 'acceptSkew' | 'timeoutMs' | 'command'> = {},
): Promise<Client> {
  const timeoutMs = options.timeoutMs ?? 10_000
  const deadline = monoMs() + timeoutMs
  return handshake(await open(remote, timeoutMs), remote.url, options, timeoutMs, deadline)
}

function open({ url, token }: Remote, timeoutMs: number): Promise<Transport> {
  return new Promise((resolve, reject) => {
    const ws = new WebSocket(`${url.replace(/^http/, 'ws').replace(/\/$/, '')}/ws`, {
      headers: token === null ? {} : { authorization: `Bearer ${token}` },
      handshakeTimeout: timeoutMs,
      perMessageDeflate: false,
      // A daemon sends no more than it buffers for one client.
      maxPayload: limits.clientBufferBytes,
    })
    // Later errors of ws belong to the stream.
    ws.once('error', (error: NodeJS.ErrnoException) => reject(unreachable(url, error.code ?? 'UNKNOWN', error.message, error)))
    ws.once('unexpected-response', (_request, response) => {
      response.resume()
      reject(refusal(url, response.statusCode ?? 0, token))
      ws.terminate()
    })
    ws.once('open', () => resolve(new WebSocketLines(ws)))
  })
}

function refusal(url: string, status: number, token: string | null): PtrackError {
  if (status === 401 || status === 403)
    return new PtrackError(
      'DENIED',
      `cannot reach the daemon at ${url}: ${token === null ? 'it wants a token' : 'it does not accept this token'}`,
      {
        hint: '`ptrack token create NAME` there makes one, `ptrack context use NAME --url URL --token-stdin` keeps it here',
      },
    )
  return unreachable(url, 'REFUSED', `it answered ${status} where a ptrack daemon answers otherwise`, null)
}

class WebSocketLines extends Duplex {
  private readonly ws: WebSocket
  private rest = ''

  constructor(ws: WebSocket) {
    super({ decodeStrings: false })
    this.ws = ws
    ws.on('message', (data) => {
      if (!this.push(`${String(data)}\n`)) ws.pause()
    })
    ws.on('error', (error) => this.destroy(error))
    ws.on('close', (code, reason) => {
      // 1008: the token has ended.
      if (code === 1008) this.destroy(new PtrackError('DENIED', `cannot talk to the daemon any more: ${String(reason)}`))
      else this.destroy()
    })
  }

  override _read(): void {
    this.ws.resume()
  }

  override _write(chunk: string | Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const lines = (this.rest + String(chunk)).split('\n')
    this.rest = lines.pop() ?? ''
    if (this.ws.readyState !== this.ws.OPEN) return done()
    let unsent = lines.length
    if (unsent === 0) return done()
    for (const line of lines)
      this.ws.send(line, () => {
        // A failure shows as `close` or `error` of the WebSocket.
        if (--unsent === 0) done()
      })
  }

  override _final(done: () => void): void {
    this.ws.close(1000)
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.ws.terminate()
    done(error)
  }

  destroySoon(): void {
    this.end(() => this.destroy())
  }

  ref(): void {
    socketOf(this.ws)?.ref()
  }

  unref(): void {
    socketOf(this.ws)?.unref()
  }
}

/** Not public, but in every version of ws. */
const socketOf = (ws: WebSocket): { ref(): void; unref(): void } | undefined =>
  (ws as unknown as { _socket?: { ref(): void; unref(): void } })._socket
