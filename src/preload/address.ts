/** What a call of `listen()` asks for, and whether a declared socket is that. */
import { realpathSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { Inherited } from './inherited.ts'

export interface Wanted {
  port: number | null
  host: string
  path: string | null
  signal: AbortSignal | undefined
  callback: (() => void) | null
}

/** Null for what is no address, or none that Node would accept: the real `listen()` answers. */
export function wantedBy(args: readonly unknown[]): Wanted | null {
  const [first, second] = args
  const last = args[args.length - 1]
  const callback = typeof last === 'function' ? (last as () => void) : null
  if (typeof first === 'object' && first !== null) return fromOptions(first as Record<string, unknown>, callback)
  const common = { signal: undefined, callback }
  if (typeof first === 'number' || (typeof first === 'string' && Number(first) >= 0))
    return withPort(first, typeof second === 'string' ? second : '', common)
  return typeof first === 'string' ? { ...common, port: null, host: '', path: first } : null
}

function fromOptions(options: Record<string, unknown>, callback: Wanted['callback']): Wanted | null {
  const { port, host, path, signal, fd } = options
  // Of a socket that the program has opened or inherited by itself.
  if (options._handle || options.handle || typeof fd === 'number') return null
  if (signal !== undefined && !isSignal(signal)) return null
  const common = { signal: signal as AbortSignal | undefined, callback }
  if (typeof port === 'number' || typeof port === 'string') return withPort(port, typeof host === 'string' ? host : '', common)
  return typeof path === 'string' && port === undefined ? { ...common, port: null, host: '', path } : null
}

function withPort(port: number | string, host: string, common: Pick<Wanted, 'signal' | 'callback'>): Wanted | null {
  const number = typeof port === 'string' && port.trim() === '' ? Number.NaN : Number(port)
  return Number.isInteger(number) ? { ...common, port: number, host, path: null } : null
}

const isSignal = (value: unknown): boolean => typeof (value as AbortSignal | null)?.addEventListener === 'function'

/** `elsewhere`: the declared port, under another address. */
export type Match = 'same' | 'elsewhere' | 'other'

export function match(socket: Inherited, wanted: Wanted): Match {
  if (socket.path !== null) return wanted.path !== null && isSamePath(wanted.path, socket.path) ? 'same' : 'other'
  if (wanted.port !== socket.port) return 'other'
  return family(wanted.host) === family(socket.host) ? 'same' : 'elsewhere'
}

const EVERY = ['', '0.0.0.0', '::', '0', '::0', '0:0:0:0:0:0:0:0']
const LOOPBACK = ['localhost', '127.0.0.1', '::1']

/** Names of the same thing are equal. */
function family(host: string): string {
  const name = host.toLowerCase()
  if (EVERY.includes(name)) return 'every'
  return LOOPBACK.includes(name) ? 'loopback' : name
}

/** /var/run is /run. */
export function isSamePath(one: string, other: string): boolean {
  if (one.startsWith('\0')) return false
  const path = resolve(one)
  return path === other || (basename(path) === basename(other) && canonical(path) === canonical(other))
}

function canonical(path: string): string {
  try {
    return join(realpathSync(dirname(path)), basename(path))
  } catch {
    return path
  }
}
