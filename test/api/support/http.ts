/** A server with a TCP listener, tokens that a test names, and handlers that record; and a raw HTTP client. */
import { createConnection, type Socket } from 'node:net'
import { type Peer, tokenAccess } from '../../../src/api/access.ts'
import { hostNames } from '../../../src/api/tcp-listener.ts'
import { openWire, type Wire, type WireOptions } from './wire.ts'

export interface HttpWire extends Wire {
  port: number
  /** Ends the rights of a token that is open. */
  revoke(token: string): void
}

export const peer = (changes: Partial<Peer> = {}): Peer => ({
  user: 'me',
  role: 'admin',
  token: 'adm',
  process: null,
  expiresAtMs: null,
  ...changes,
})

export async function openHttp(
  options: WireOptions & { tokens?: Record<string, Peer>; badTokenMs?: number } = {},
): Promise<HttpWire> {
  const wire = await openWire(options)
  const tokens = new Map(Object.entries(options.tokens ?? { good: peer() }))
  const watched = new Map<string, Set<(reason: string) => void>>()
  const { port } = await wire.server.listenTcp({ host: '127.0.0.1', port: 0, exact: true }, (bound) => {
    const hosts = hostNames(bound)
    return tokenAccess({
      hosts: () => hosts,
      clock: {
        wakeAfter: (ms, callback) => {
          const timer = setTimeout(callback, options.badTokenMs ?? ms)
          return () => clearTimeout(timer)
        },
      },
      bearers: {
        peerOf: (value) => tokens.get(value) ?? null,
        watch: (who, ended) => {
          const name = who.token ?? ''
          const all = watched.get(name) ?? new Set()
          watched.set(name, all.add(ended))
          return () => all.delete(ended)
        },
      },
    })
  })
  return Object.assign(wire, {
    port,
    revoke: (token: string) => {
      for (const end of [...(watched.get(token) ?? [])]) end('revoked')
    },
  })
}

export interface Answer {
  status: number
  headers: Record<string, string>
  body: string
}

/** Says exactly these bytes, and reads until the other side closes. */
export function say(target: number | string, bytes: string | Buffer, onOpen?: (socket: Socket) => void): Promise<string> {
  return new Promise((resolve) => {
    const socket = typeof target === 'number' ? createConnection(target, '127.0.0.1') : createConnection(target)
    const chunks: Buffer[] = []
    socket.on('connect', () => {
      socket.write(bytes)
      onOpen?.(socket)
    })
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('error', () => {})
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')))
  })
}

export interface Request {
  method?: string
  path: string
  headers?: Record<string, string>
  body?: string | Buffer
}

/** One request with `connection: close`; headers as given, so that Host and the like can be anything. */
export async function send(target: number | string, { method = 'GET', path, headers = {}, body }: Request): Promise<Answer> {
  const all: Record<string, string> = {
    host: typeof target === 'number' ? `127.0.0.1:${target}` : 'localhost',
    ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)), 'content-type': 'application/json' }),
    connection: 'close',
    ...headers,
  }
  const head = `${method} ${path} HTTP/1.1\r\n${Object.entries(all)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n`
  return parse(await say(target, Buffer.concat([Buffer.from(head), Buffer.from(body ?? '')])))
}

export function parse(text: string): Answer {
  const [head = '', ...rest] = text.split('\r\n\r\n')
  const [first = '', ...lines] = head.split('\r\n')
  const headers = Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf(':')
      return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()]
    }),
  )
  const raw = rest.join('\r\n\r\n')
  return {
    status: Number(first.split(' ')[1] ?? 0),
    headers,
    body: headers['transfer-encoding'] === 'chunked' ? unchunk(raw) : raw,
  }
}

function unchunk(raw: string): string {
  let out = ''
  for (let at = 0; at < raw.length; ) {
    const end = raw.indexOf('\r\n', at)
    const size = Number.parseInt(raw.slice(at, end), 16)
    if (!size) break
    out += raw.slice(end + 2, end + 2 + size)
    at = end + 4 + size
  }
  return out
}

export const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })
