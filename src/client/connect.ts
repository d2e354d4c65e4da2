/** From a home to a connected client (handshake done), or why there is none. */
import { createConnection, type Socket } from 'node:net'
import { join } from 'node:path'
import { formatDuration } from '../protocol/duration.ts'
import { PtrackError } from '../protocol/errors.ts'
import { monoMs } from '../protocol/mono.ts'
import type { Hello } from '../protocol/requests.ts'
import { bindableSocketPath, SOCKET_FILE } from '../protocol/socket-path.ts'
import { PROTOCOL_VERSION, VERSION } from '../protocol/version.ts'
import { Client, type Transport } from './client.ts'

export interface ConnectOptions {
  home: string
  /** Another socket than the home's. */
  socketPath?: string
  /** The program's name in the daemon's log. */
  clientName?: string
  /** For connecting and hello together; 10 s. */
  timeoutMs?: number
  /** Where names of this project come first; in the daemon's file system. */
  cwd?: string | undefined
  /** The words of the command line after `ptrack`. */
  command?: readonly string[] | undefined
  /** Accept a daemon of another protocol version too: for `daemon stop|restart|status`, whose requests never change. */
  acceptSkew?: boolean
}

/** No process listens: a daemon may be started. No other error is cured by a second daemon. */
const NOT_RUNNING = new Set(['ENOENT', 'ECONNREFUSED'])
/** It went away during the exchange: it is stopping, or was just replaced. */
const WENT_AWAY = new Set(['ECONNRESET', 'EPIPE', 'CLOSED'])

/** `details.errno` of an UNREACHABLE that can be cured by starting a daemon (or, for `gone`, by waiting for one). */
export function unreachableKind(error: unknown): 'not-running' | 'gone' | null {
  const errno = error instanceof PtrackError && error.code === 'UNREACHABLE' ? error.details?.errno : undefined
  if (typeof errno !== 'string') return null
  return NOT_RUNNING.has(errno) ? 'not-running' : WENT_AWAY.has(errno) ? 'gone' : null
}

/** Throws UNREACHABLE (with `details.errno`), or VERSION_SKEW when the daemon speaks another protocol. */
export async function connect(options: ConnectOptions): Promise<Client> {
  const timeoutMs = options.timeoutMs ?? 10_000
  const deadline = monoMs() + timeoutMs
  const shown = options.socketPath ?? join(options.home, SOCKET_FILE)
  try {
    return await handshake(await openSocket(options, shown, deadline), shown, options, timeoutMs, deadline)
  } catch (error) {
    if (!(error instanceof PtrackError) || error.details?.errno !== 'ETIMEDOUT') throw error
    const { lockHolder } = await import('./lock-holder.ts')
    const pid = lockHolder(options.home)
    if (pid === null) throw error
    const hint = `pid ${pid} hangs: \`kill -9 ${pid}\` ends it, its programs go on, and the next command starts a new one`
    throw new PtrackError(error.code, error.message, { hint, details: { ...error.details, pid }, cause: error })
  }
}

/** Performs the handshake. `shown`: the address for messages. */
export async function handshake(
  transport: Transport,
  shown: string,
  options: Pick<ConnectOptions, 'clientName' | 'acceptSkew' | 'cwd' | 'command'>,
  timeoutMs: number,
  deadline: number,
): Promise<Client> {
  const client = new Client(transport)
  const gone = client.closed.then((error) => {
    throw unreachable(shown, 'CLOSED', 'it closed the connection', error)
  })
  // When hello itself fails, the close that follows is no news.
  gone.catch(() => {})
  try {
    client.hello = await Promise.race([greet(client, options, Math.max(1, deadline - monoMs())), gone])
    return client
  } catch (error) {
    client.close()
    if (error instanceof PtrackError && error.code === 'TIMED_OUT')
      throw unreachable(shown, 'ETIMEDOUT', `it does not answer (waited ${formatDuration(timeoutMs)})`, error)
    // The request is rejected first when the connection ends; both mean the same.
    if (error instanceof PtrackError && error.code === 'UNREACHABLE') await gone
    throw error
  }
}

async function greet(
  client: Client,
  options: Pick<ConnectOptions, 'clientName' | 'acceptSkew' | 'cwd' | 'command'>,
  timeoutMs: number,
): Promise<Hello> {
  const hello = (protocol: number, more: { cwd?: string; command?: string[] } = {}): Promise<Hello> =>
    client.request('hello', { version: VERSION, protocol, client: options.clientName ?? 'ptrack', ...more }, { timeoutMs })
  const { cwd, command } = options
  const about = { ...(cwd !== undefined && { cwd }), ...(command && { command: command.slice(0, 100).map(cut) }) }
  try {
    return await hello(PROTOCOL_VERSION, about)
  } catch (error) {
    // A daemon from before these were sent.
    if (Object.keys(about).length > 0 && error instanceof PtrackError && error.code === 'BAD_REQUEST')
      return await hello(PROTOCOL_VERSION)
    const theirs = error instanceof PtrackError && error.code === 'VERSION_SKEW' ? error.details?.daemonProtocol : undefined
    if (!options.acceptSkew || typeof theirs !== 'number') throw error
    return await hello(theirs)
  }
}

const cut = (word: string): string => word.slice(0, 4096)

export async function openSocket(options: ConnectOptions, shown: string, deadline: number): Promise<Socket> {
  for (;;) {
    try {
      return await openOnce(options, deadline)
    } catch (error) {
      if (error instanceof PtrackError) throw error
      const errno = (error as NodeJS.ErrnoException).code ?? 'UNKNOWN'
      // The backlog is full for a moment: many commands at once.
      if (errno === 'EAGAIN' && monoMs() < deadline) {
        await new Promise((resolve) => setTimeout(resolve, 10))
        continue
      }
      throw unreachable(shown, errno, reasonOf(errno, error), error)
    }
  }
}

async function openOnce(options: ConnectOptions, deadline: number): Promise<Socket> {
  const target =
    options.socketPath === undefined ? bindableSocketPath(options.home) : { path: options.socketPath, close: () => undefined }
  try {
    return await new Promise<Socket>((resolve, reject) => {
      const socket = createConnection(target.path)
      const timer = setTimeout(
        () => socket.destroy(Object.assign(new Error('timed out'), { code: 'ETIMEDOUT' })),
        Math.max(1, deadline - monoMs()),
      )
      const failed = (error: Error): void => {
        clearTimeout(timer)
        reject(error)
      }
      socket.once('error', failed)
      socket.once('connect', () => {
        clearTimeout(timer)
        socket.off('error', failed)
        resolve(socket)
      })
    })
  } finally {
    target.close()
  }
}

function reasonOf(errno: string, error: unknown): string {
  if (errno === 'ENOENT') return 'it is not running'
  if (errno === 'ECONNREFUSED') return 'it is not running (its socket was left behind)'
  if (errno === 'EACCES' || errno === 'EPERM') return 'permission denied'
  if (errno === 'ENOTDIR') return 'its home, or something on the way to it, is not a directory'
  return error instanceof Error ? error.message : String(error)
}

export function unreachable(shown: string, errno: string, reason: string, cause: unknown): PtrackError {
  const hints: Record<string, string> = {
    EACCES: 'it belongs to another user; choose your own with --home or PTRACK_HOME',
    EPERM: 'it belongs to another user; choose your own with --home or PTRACK_HOME',
    ENOTDIR: 'name a directory with --home or PTRACK_HOME',
    ETIMEDOUT: 'see `ptrack daemon logs`',
  }
  // Nothing done on this machine starts a daemon on another.
  const local = !/^https?:/.test(shown)
  return new PtrackError('UNREACHABLE', `cannot reach the daemon: ${reason} (${shown})`, {
    hint: local ? (hints[errno] ?? 'start it with `ptrack daemon start`') : 'see `ptrack context ls`, and whether it runs there',
    details: { errno, socket: shown },
    cause: cause ?? undefined,
  })
}
