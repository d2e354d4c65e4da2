/** A daemon that only speaks: answers from a table, remembers what was asked. Enough for what the CLI does with answers. */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeRequest, encodeError, encodeNotification, encodeReply } from '../../../src/protocol/codec.ts'
import { PtrackError, toErrorBody } from '../../../src/protocol/errors.ts'
import type { Input, Method, Notifications, Reply } from '../../../src/protocol/requests.ts'
import { CAPABILITIES, PROTOCOL_VERSION, VERSION } from '../../../src/protocol/version.ts'

export interface Asked {
  method: string
  params: Record<string, unknown>
}

export type Answers = { [M in Method]?: (params: Input<M>, connection: Connection) => Reply<M> | Promise<Reply<M>> }

export interface Connection {
  notify<N extends keyof Notifications>(name: N, params: Notifications[N]): void
  /** Ends it as a daemon that dies would. */
  drop(): void
}

export interface FakeDaemon {
  home: string
  asked: Asked[]
  answers: Answers
  /** What it says it can do. */
  capabilities: string[]
  /** Refuses the greeting when it throws. */
  greet: () => void
  /** Requests of one method, hello left out. */
  requests(method: Method): Record<string, unknown>[]
  close(): Promise<void>
}

export async function fakeDaemon(answers: Answers = {}, options: { version?: string } = {}): Promise<FakeDaemon> {
  const home = mkdtempSync(join(tmpdir(), 'ptrack-cli-'))
  const asked: Asked[] = []
  const sockets = new Set<Socket>()
  const daemon: FakeDaemon = {
    home,
    asked,
    answers,
    capabilities: [...CAPABILITIES],
    greet: () => undefined,
    requests: (method) => asked.filter((one) => one.method === method).map((one) => one.params),
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
      rmSync(home, { recursive: true, force: true })
    },
  }
  const hello = (): Reply<'hello'> => ({
    version: options.version ?? VERSION,
    protocol: PROTOCOL_VERSION,
    capabilities: daemon.capabilities,
    pid: 4_194_303,
    home,
    startedAt: '2026-01-01T00:00:00.000Z',
    user: 'tester',
  })

  const answer = async (line: string, socket: Socket, connection: Connection): Promise<void> => {
    const { id, method, params } = decodeRequest(line)
    // As the real one: what JSON cannot carry never arrives.
    if (method !== 'hello') asked.push({ method, params: params as Record<string, unknown> })
    try {
      const answerer = daemon.answers[method as Method] as ((params: unknown, connection: Connection) => unknown) | undefined
      if (method !== 'hello' && !answerer) throw new PtrackError('UNKNOWN_METHOD', `cannot ${method}: the fake knows no answer`)
      if (method === 'hello') daemon.greet()
      const result = method === 'hello' ? hello() : await answerer!(params, connection)
      socket.write(`${encodeReply(id, result)}\n`)
    } catch (error) {
      socket.write(`${encodeError(id, toErrorBody(error))}\n`)
    }
  }

  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    const connection: Connection = {
      notify: (name, params) => void socket.write(`${encodeNotification(name, params)}\n`),
      drop: () => socket.destroy(),
    }
    let buffered = ''
    socket.setEncoding('utf8')
    socket.on('data', (chunk: string) => {
      buffered += chunk
      const lines = buffered.split('\n')
      buffered = lines.pop()!
      for (const line of lines) void answer(line, socket, connection)
    })
  })
  await new Promise<void>((resolve) => server.listen(join(home, 'daemon.sock'), resolve))
  return daemon
}
