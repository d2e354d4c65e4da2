/** The bus: one connection to a NATS server at a time, made again when it is lost. What was on its way then is lost too. */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import {
  type ConnectionOptions,
  connect,
  credsAuthenticator,
  headers,
  type Msg,
  type NatsConnection,
} from '@nats-io/transport-node'
import type { Membership } from '../../core/fleet/messages.ts'
import { subjects } from '../../core/fleet/names.ts'
import { withoutPassword } from '../../protocol/fleet.ts'
import { errnoWords, isErrno } from '../errno.ts'
import { SERVER_NAME } from './own/certificate.ts'
import { fleetFiles } from './own/files.ts'

const CONNECT_MS = 5000
/** A server that hangs is found out within two of them. */
const PING_MS = 5000
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 3000

export type BusMessage = Pick<Msg, 'subject' | 'data' | 'reply' | 'headers'>

/** While it lasts; everything on it ends with it. */
export interface BusConnection {
  readonly server: string
  /** Bytes that the server takes in one message. */
  readonly payloadBytes: number
  /** What the server says of itself. */
  readonly info: ServerFacts
  publish(subject: string, data: Uint8Array, reply?: string): void
  subscribe(subject: string, on: (message: BusMessage) => void): () => void
  /** `reply`: where the answer comes. nobody: listens there. silent: nobody answers in time. */
  request(
    subject: string,
    data: Uint8Array,
    reply: string,
    timeoutMs: number,
    fields?: Readonly<Record<string, string>>,
  ): Promise<{ data: Uint8Array } | 'nobody' | 'silent'>
  flush(): Promise<void>
}

export interface ServerFacts {
  version: string
  jetstream: boolean
  tls: boolean
  /** It lets nobody in without credentials. */
  login: boolean
}

/** Of an answer's subject: what nobody can guess, nobody can answer unasked. */
export const newAnswerId = (): string => randomBytes(12).toString('hex')

export interface BusListener {
  /** Resolves when it is set up; `failed` begins again. */
  up(connection: BusConnection): void
  down(reason: string): void
}

/** One connection, not made again. */
export interface Dial {
  /** HOST:PORT. */
  servers: readonly string[]
  name: string
  /** tls: as this machine trusts it; with an authority (PEM) of its own: the bus of a fleet, by whatever address. */
  security: 'none' | 'tls' | { authority: string }
  login: Pick<ConnectionOptions, 'authenticator' | 'user' | 'pass' | 'token' | 'inboxPrefix'>
}

export interface Bus {
  close(): Promise<void>
}

/** Goes on trying until closed. */
export function openBus(membership: Membership, home: string, listener: BusListener): Bus {
  let closed = false
  let present: NatsConnection | null = null
  let wake: () => void = () => {}
  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })

  async function keepConnected(): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS
    while (!closed) {
      try {
        present = await dial(dialOf(membership, home))
        if (closed) break
        pauseMs = FIRST_PAUSE_MS
        const connection = present
        listener.up(asConnection(connection))
        const error = await connection.closed()
        present = null
        if (!closed) listener.down(`the connection was lost${error ? `: ${wordsOf(error, membership.own !== null)}` : ''}`)
      } catch (error) {
        present = null
        if (!closed) listener.down(wordsOf(error, membership.own !== null))
      }
      // Nodes that lost the same server do not all come back in the same moment.
      await pause(pauseMs * (0.75 + Math.random() / 2))
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
    }
    await present?.close()
  }
  void keepConnected()

  return {
    close: async () => {
      closed = true
      wake()
      await present?.close()
    },
  }
}

function dialOf({ servers, credentials, node, own }: Membership, home: string): Dial {
  const first = new URL(servers[0]!)
  const inboxPrefix = subjects.inbox(node)
  return {
    servers: servers.map((each) => new URL(each).host),
    name: `ptrack ${node}`,
    security:
      own !== null
        ? { authority: readOwn(fleetFiles(home).authority).toString('latin1') }
        : first.protocol === 'tls:'
          ? 'tls'
          : 'none',
    login:
      credentials === null
        ? { inboxPrefix, ...loginOf(first) }
        : { inboxPrefix, authenticator: credsAuthenticator(readOwn(credentials)) },
  }
}

/** Tries them in their order. Throws what says most: that one refuses, rather than that another is not there. */
export async function dial({ servers, name, security, login }: Dial): Promise<NatsConnection> {
  let telling: unknown = null
  for (const server of servers) {
    try {
      return await connect({
        servers: server,
        name,
        ...login,
        // We connect again ourselves: so it is known why it fails, and nothing is kept to be sent late.
        reconnect: false,
        waitOnFirstConnect: false,
        ignoreClusterUpdates: true,
        pingInterval: PING_MS,
        maxPingOut: 2,
        timeout: CONNECT_MS,
        ...(security === 'none' ? {} : { tls: security === 'tls' ? {} : tlsOf(security.authority) }),
      })
    } catch (error) {
      if (telling === null || !isAbsence(error)) telling = error
    }
  }
  throw telling
}

/** The library passes on what it does not know itself. */
const tlsOf = (authority: string): { ca: string } => ({ ca: authority, servername: SERVER_NAME }) as { ca: string }

function loginOf({ username, password }: URL): { user: string; pass: string } | { token: string } | Record<string, never> {
  if (username === '') return {}
  const [user, pass] = [decodeURIComponent(username), decodeURIComponent(password)]
  return pass === '' ? { token: user } : { user, pass }
}

function readOwn(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    if (!isErrno(error)) throw error
    throw new Error(`the credentials ${file} cannot be read: ${errnoWords(error)}`, { cause: error })
  }
}

/** The library wraps errors in errors. */
function chainOf(error: unknown): (Error & { code?: string })[] {
  const chain: Error[] = []
  for (let each = error; each instanceof Error; each = each.cause) chain.push(each)
  return chain
}

const isCalled = (error: unknown, name: string): boolean => chainOf(error).some((each) => each.name.startsWith(name))

export function asConnection(nats: NatsConnection): BusConnection {
  const gone = (): boolean => nats.isClosed()
  const pending = new Set<() => void>()
  void nats.closed().then(() => {
    for (const cut of pending) cut()
  })
  return {
    server: withoutPassword(`nats://${nats.getServer()}`).slice('nats://'.length),
    payloadBytes: nats.info?.max_payload ?? 1024 * 1024,
    info: {
      version: nats.info?.version ?? '',
      jetstream: nats.info?.jetstream === true,
      tls: nats.info?.tls_required === true,
      login: nats.info?.auth_required === true,
    },
    publish: (subject, data, reply) => {
      if (!gone()) nats.publish(subject, data, reply === undefined ? {} : { reply })
    },
    subscribe: (subject, on) => {
      const subscription = nats.subscribe(subject, {
        callback: (error, message) => {
          if (error === null) on(message)
        },
      })
      return () => {
        if (!gone()) subscription.unsubscribe()
      }
    },
    request: (subject, data, reply, timeoutMs, fields) =>
      new Promise((resolve, reject) => {
        // The library answers nobody when the connection goes, but lets them wait for their time.
        const cut = (): void => resolve('silent')
        pending.add(cut)
        const named = headers()
        for (const [name, value] of Object.entries(fields ?? {})) named.set(name, value)
        nats
          .request(subject, data, { timeout: timeoutMs, noMux: true, reply, ...(fields && { headers: named }) })
          .then(resolve, (error: unknown) => {
            if (gone() || isCalled(error, 'TimeoutError')) resolve('silent')
            else if (isCalled(error, 'NoResponders')) resolve('nobody')
            else reject(error)
          })
          .finally(() => pending.delete(cut))
      }),
    flush: () => nats.flush(),
  }
}

const KNOWN: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'no server listens there',
  ENOTFOUND: 'there is no host of that name',
  EHOSTUNREACH: 'there is no route to it',
  ETIMEDOUT: 'it does not answer',
  EAI_AGAIN: 'its name cannot be looked up',
}

const absenceOf = (error: unknown): string | null => {
  for (const each of chainOf(error)) {
    const { code, errors } = each as typeof each & { errors?: unknown[] }
    const found = KNOWN[code ?? ''] ?? KNOWN[(errors?.[0] as { code?: string } | undefined)?.code ?? '']
    if (found !== undefined) return found
    if (each.name === 'TimeoutError') return 'it does not answer'
  }
  return null
}

/** Nothing is there that could say more. */
const isAbsence = (error: unknown): boolean => absenceOf(error) !== null

const CERTIFICATE = /^(CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_CERT)/

/** The server does not let it in. */
export const isRefusal = (error: unknown): boolean =>
  isCalled(error, 'AuthorizationError') || isCalled(error, 'UserAuthenticationExpiredError')

export const isOtherCertificate = (error: unknown): boolean => chainOf(error).some(({ code }) => CERTIFICATE.test(code ?? ''))

/** One sentence. `isOwn`: of a fleet that a node has made. */
export function wordsOf(error: unknown, isOwn = false): string {
  const absence = absenceOf(error)
  if (absence !== null) return absence
  if (isRefusal(error))
    return isOwn
      ? 'it does not know this node: it was kicked, or the fleet was made anew'
      : 'the server does not accept the credentials'
  if (isOtherCertificate(error))
    return isOwn
      ? 'what answers there is not the bus of this fleet: its certificate is another'
      : 'its certificate is not trusted here'
  return error instanceof Error ? error.message : String(error)
}
