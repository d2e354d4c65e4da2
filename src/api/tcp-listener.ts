/** The TCP listener: loopback by default, the requested port or the next free one, limited connections. */
import { createServer, isIP, type Server, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { DaemonLog } from '../core/world.ts'
import { PtrackError } from '../protocol/errors.ts'
import type { WireBounds } from './bounds.ts'

export const DEFAULT_HTTP_PORT = 7077
const TRIES = 100

export interface TcpWish {
  host: string
  port: number
  /** A person named the port, so no other will do. */
  exact: boolean
}

export interface Bound {
  host: string
  port: number
}

/** Parses `--http` and `--listen`. null = off. Throws USAGE. Default 7077 or the next free; after a crash the last one. */
export function tcpWish(
  http: string | undefined,
  listen: string | undefined,
  crashed: { http: Bound | null } | null = null,
): TcpWish | null {
  if (http === 'off') return null
  if (crashed !== null && !listen) {
    if (crashed.http !== null && (!http || http === '0')) return { ...crashed.http, exact: false }
    if (!http) return null
  }
  if (http !== undefined && http !== '' && (!/^\d{1,5}$/.test(http) || Number(http) > 65_535))
    throw new PtrackError('USAGE', `cannot listen: --http ${http}: it must be \`off\` or a port`)
  const exact = http !== undefined && http !== ''
  const host = listen === undefined || listen === '' ? '127.0.0.1' : listen.replace(/^\[(.*)\]$/, '$1')
  if (host !== 'localhost' && isIP(host) === 0)
    throw new PtrackError('USAGE', `cannot listen: --listen ${listen}: it must be an IP address of this machine`)
  return { host: host === 'localhost' ? '127.0.0.1' : host, port: exact ? Number(http) : DEFAULT_HTTP_PORT, exact }
}

export function hostNames({ host, port }: Bound): string[] {
  const names = ['localhost', '127.0.0.1', '[::1]']
  const written = (address: string): string => (isIP(address) === 6 ? `[${address}]` : address)
  if (host === '0.0.0.0' || host === '::')
    for (const each of Object.values(networkInterfaces()).flatMap((found) => found ?? [])) names.push(written(each.address))
  else names.push(written(host))
  return [...new Set(names)].map((name) => `${name}:${port}`.toLowerCase())
}

export async function listenTcp(
  wish: TcpWish,
  bounds: Pick<WireBounds, 'tcpConnections' | 'addressConnections'>,
  log: DaemonLog,
  accept: (socket: Socket, address: string) => void,
): Promise<{ server: Server; bound: Bound }> {
  const perAddress = new Map<string, number>()
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const address = socket.remoteAddress
    const count = address === undefined ? Number.POSITIVE_INFINITY : (perAddress.get(address) ?? 0) + 1
    if (address === undefined || count > bounds.addressConnections) {
      socket.destroy()
      return
    }
    perAddress.set(address, count)
    socket.once('close', () => {
      const left = (perAddress.get(address) ?? 1) - 1
      if (left > 0) perAddress.set(address, left)
      else perAddress.delete(address)
    })
    accept(socket, address)
  })
  server.maxConnections = bounds.tcpConnections
  const last = wish.exact || wish.port === 0 ? wish.port : Math.min(65_535, wish.port + TRIES)
  for (let port = wish.port; ; port++) {
    try {
      await listenAt(server, wish.host, port)
      break
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EADDRINUSE' && port < last) continue
      throw refused(wish.host, port, code, error)
    }
  }
  server.on('error', (error) => log.warn('api', `cannot accept a connection: ${error.message}`))
  const address = server.address()
  return { server, bound: { host: wish.host, port: typeof address === 'object' && address !== null ? address.port : wish.port } }
}

const refused = (host: string, port: number, code: string | undefined, cause: unknown): PtrackError =>
  new PtrackError(code === 'EADDRINUSE' ? 'PORT_TAKEN' : 'FAILED', `cannot listen at ${host}:${port}: ${code ?? String(cause)}`, {
    hint: 'another port with --http, or --http off',
    cause,
  })

const listenAt = (server: Server, host: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', reject)
      resolve()
    })
  })
