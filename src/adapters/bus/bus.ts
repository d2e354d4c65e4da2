/** The bus: one connection to a NATS server at a time, made again when it is lost. What was on its way then is lost too. */
import { readFileSync } from 'node:fs'
import { connect, createInbox, credsAuthenticator, type Msg, type NatsConnection } from '@nats-io/transport-node'
import type { Membership } from '../../core/fleet/messages.ts'
import { subjects } from '../../core/fleet/names.ts'
import { withoutPassword } from '../../protocol/fleet.ts'
import { errnoWords, isErrno } from '../errno.ts'

const CONNECT_MS = 5000
/** A server that hangs is found out within two of them. */
const PING_MS = 5000
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 3000

export type BusMessage = Pick<Msg, 'subject' | 'data' | 'reply' | 'respond'>

/** While it lasts; everything on it ends with it. */
export interface BusConnection {
  readonly server: string
  /** Bytes that the server takes in one message. */
  readonly payloadBytes: number
  publish(subject: string, data: Uint8Array, reply?: string): void
  subscribe(subject: string, on: (message: BusMessage) => void): () => void
  /** null when nobody listens there, or nobody answers in time. */
  request(subject: string, data: Uint8Array, timeoutMs: number): Promise<{ data: Uint8Array } | 'nobody' | 'silent'>
  newInbox(): string
  flush(): Promise<void>
}

export interface BusListener {
  /** Resolves when it is set up; `failed` begins again. */
  up(connection: BusConnection): void
  down(reason: string): void
}

export interface Bus {
  close(): Promise<void>
}

/** Goes on trying until closed. */
export function openBus(membership: Membership, listener: BusListener): Bus {
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
        present = await connectOnce(membership)
        if (closed) break
        pauseMs = FIRST_PAUSE_MS
        const connection = present
        listener.up(asConnection(connection, subjects.inbox(membership.node)))
        const error = await connection.closed()
        present = null
        if (!closed) listener.down(`the connection was lost${error ? `: ${wordsOf(error)}` : ''}`)
      } catch (error) {
        present = null
        if (!closed) listener.down(wordsOf(error))
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

async function connectOnce({ servers, credentials, node }: Membership): Promise<NatsConnection> {
  const first = new URL(servers[0]!)
  return connect({
    servers: servers.map((each) => new URL(each).host),
    name: `ptrack ${node}`,
    inboxPrefix: subjects.inbox(node),
    // We connect again ourselves: so it is known why it fails, and nothing is kept to be sent late.
    reconnect: false,
    waitOnFirstConnect: false,
    pingInterval: PING_MS,
    maxPingOut: 2,
    timeout: CONNECT_MS,
    ...(first.protocol === 'tls:' ? { tls: {} } : {}),
    ...(credentials === null ? loginOf(first) : { authenticator: credsAuthenticator(readCredentials(credentials)) }),
  })
}

function loginOf({ username, password }: URL): { user: string; pass: string } | { token: string } | Record<string, never> {
  if (username === '') return {}
  const [user, pass] = [decodeURIComponent(username), decodeURIComponent(password)]
  return pass === '' ? { token: user } : { user, pass }
}

function readCredentials(file: string): Uint8Array {
  try {
    return readFileSync(file)
  } catch (error) {
    if (!isErrno(error)) throw error
    throw new Error(`the credentials ${file} cannot be read: ${errnoWords(error)}`, { cause: error })
  }
}

/** The library wraps errors in errors. */
function isCalled(error: unknown, name: string): boolean {
  for (let each: unknown = error; each instanceof Error; each = each.cause) if (each.name.startsWith(name)) return true
  return false
}

function asConnection(nats: NatsConnection, inbox: string): BusConnection {
  const gone = (): boolean => nats.isClosed()
  return {
    server: withoutPassword(`nats://${nats.getServer()}`).slice('nats://'.length),
    payloadBytes: nats.info?.max_payload ?? 1024 * 1024,
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
    request: async (subject, data, timeoutMs) => {
      try {
        return await nats.request(subject, data, { timeout: timeoutMs })
      } catch (error) {
        if (gone()) return 'silent'
        if (isCalled(error, 'NoResponders')) return 'nobody'
        if (isCalled(error, 'TimeoutError')) return 'silent'
        throw error
      }
    },
    newInbox: () => createInbox(inbox),
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

/** One sentence. */
export function wordsOf(error: unknown): string {
  for (let each: unknown = error; each instanceof Error; each = each.cause) {
    const { code, errors } = each as Error & { code?: string; errors?: unknown[] }
    const found = KNOWN[code ?? ''] ?? KNOWN[(errors?.[0] as { code?: string } | undefined)?.code ?? '']
    if (found !== undefined) return found
    if (each.name === 'AuthorizationError' || each.name === 'UserAuthenticationExpiredError')
      return 'the server does not accept the credentials'
  }
  if (!(error instanceof Error)) return String(error)
  return error.name === 'TimeoutError' ? 'it does not answer' : error.message
}
