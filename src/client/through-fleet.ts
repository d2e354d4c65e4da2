/** From this home's daemon to the daemon of another node of its fleet: the same socket, which carries the other's protocol from then on. */
import type { Socket } from 'node:net'
import { decodeFromDaemon, encodeRequest } from '../protocol/codec.ts'
import { fromErrorBody, PtrackError } from '../protocol/errors.ts'
import { LineReader } from '../protocol/lines.ts'
import { monoMs } from '../protocol/mono.ts'
import { PROTOCOL_VERSION, VERSION } from '../protocol/version.ts'
import type { Client } from './client.ts'
import { type ConnectOptions, handshake, openSocket } from './connect.ts'

const TIMEOUT_MS = 15_000

/** Throws as connect() does for the own daemon; NO_FLEET, BUS_DOWN and NODE_AWAY for the way, VERSION_SKEW for the far one. */
export async function connectThroughFleet(node: string, options: ConnectOptions): Promise<Client> {
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS
  const deadline = monoMs() + timeoutMs
  const socket = await openSocket(options, options.home, deadline)
  await ask(socket, node, options.clientName ?? 'ptrack', deadline)
  try {
    return await handshake(socket, node, { ...options, cwd: undefined }, timeoutMs, deadline)
  } catch (error) {
    throw aboutNode(error, node)
  }
}

/** hello to the own daemon, and the request for the other; rejects with what is answered. */
function ask(socket: Socket, node: string, client: string, deadline: number): Promise<void> {
  const reader = new LineReader()
  let answers = 0
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => done(away(node, 'the daemon of this home does not answer')), Math.max(1, deadline - monoMs()))
    const done = (error: Error | null): void => {
      clearTimeout(timer)
      socket.off('data', data)
      socket.off('error', failed)
      socket.off('close', closed)
      if (error === null) return resolve()
      socket.on('error', () => {}).destroy()
      reject(error)
    }
    const failed = (error: Error): void => done(away(node, error.message))
    const closed = (): void => done(away(node, 'the daemon of this home closed the connection'))
    const data = (chunk: Buffer): void => {
      reader.push(chunk)
      for (let line = reader.next(); line !== null; line = reader.next()) {
        const frame = decodeFromDaemon(line)
        if ('method' in frame) continue
        if ('error' in frame) return done(fromErrorBody(frame.error.data))
        // The other daemon says nothing before it is greeted.
        if (++answers === 2) return done(null)
      }
    }
    socket.on('data', data)
    socket.on('error', failed)
    socket.on('close', closed)
    socket.write(
      `${encodeRequest(1, 'hello', { version: VERSION, protocol: PROTOCOL_VERSION, client })}\n${encodeRequest(2, 'fleet.open', { node })}\n`,
    )
  })
}

const away = (node: string, why: string): PtrackError =>
  new PtrackError('NODE_AWAY', `cannot reach the node ${node}: ${why}`, {
    hint: '`ptrack fleet status` shows this end of the way',
    details: { node },
  })

function aboutNode(error: unknown, node: string): unknown {
  if (!(error instanceof PtrackError)) return error
  if (error.code === 'UNREACHABLE') return away(node, 'the connection to its daemon was lost, or it does not answer')
  if (error.code === 'VERSION_SKEW')
    return new PtrackError('VERSION_SKEW', error.message.replace('the daemon:', `the daemon of ${node}:`), {
      hint: 'install the same version on both nodes, then `ptrack daemon restart` there (children are not harmed)',
      details: error.details,
      cause: error,
    })
  return error
}
