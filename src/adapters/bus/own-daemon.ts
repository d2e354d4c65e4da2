/** Connections of ptrackd-fleet to the daemon that it belongs to, by the socket that everybody uses. */
import { createConnection, type Socket } from 'node:net'
import { decodeFromDaemon, encodeRequest } from '../../protocol/codec.ts'
import { fromErrorBody, PtrackError } from '../../protocol/errors.ts'
import type { Input, Method, Reply } from '../../protocol/requests.ts'
import { bindableSocketPath } from '../../protocol/socket-path.ts'
import { PROTOCOL_VERSION, VERSION } from '../../protocol/version.ts'

const OPEN_MS = 5000
const NEWLINE = 10

/** Throws the system's error. */
export async function openDaemon(home: string): Promise<Socket> {
  const target = bindableSocketPath(home)
  try {
    return await new Promise<Socket>((resolve, reject) => {
      const socket = createConnection({ path: target.path, allowHalfOpen: true })
      const timer = setTimeout(() => socket.destroy(new Error('the daemon does not answer')), OPEN_MS)
      socket.once('error', reject)
      socket.once('connect', () => {
        clearTimeout(timer)
        socket.off('error', reject)
        resolve(socket)
      })
    })
  } finally {
    target.close()
  }
}

export interface FirstRequest<M extends Method = Method> {
  method: M
  params: Input<M>
}

/**
 * Requests on a fresh connection, answered in their order; what follows the answers stays unread on the socket. Throws what the
 * daemon answers.
 */
export async function ask(socket: Socket, requests: readonly FirstRequest[], timeoutMs = OPEN_MS): Promise<unknown[]> {
  /** The beginning of a line, in the chunks that it came in. */
  const begun: Buffer[] = []
  const answers: unknown[] = []
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => done(new Error('the daemon does not answer')), timeoutMs)
    const closed = (): void => done(new Error('the daemon closed the connection'))
    const done = (error: Error | null): void => {
      clearTimeout(timer)
      socket.pause()
      socket.off('data', data)
      socket.off('close', closed)
      socket.off('error', done)
      if (error === null) resolve(answers)
      else {
        socket.once('error', () => {})
        socket.destroy()
        reject(error)
      }
    }
    const data = (chunk: Buffer): void => {
      let unread = chunk
      for (let end = unread.indexOf(NEWLINE); end >= 0; end = unread.indexOf(NEWLINE)) {
        const frame = decodeFromDaemon(Buffer.concat([...begun.splice(0), unread.subarray(0, end)]).toString('utf8'))
        unread = unread.subarray(end + 1)
        if ('method' in frame) continue
        if ('error' in frame) return done(fromErrorBody(frame.error.data))
        answers.push(frame.result)
        if (answers.length < requests.length) continue
        done(null)
        if (unread.length > 0) socket.unshift(unread)
        return
      }
      if (unread.length > 0) begun.push(unread)
    }
    socket.on('data', data)
    socket.on('close', closed)
    socket.on('error', done)
    socket.write(requests.map(({ method, params }, index) => `${encodeRequest(index + 1, method, params)}\n`).join(''))
  })
}

export const hello = (): FirstRequest<'hello'> => ({
  method: 'hello',
  params: { version: VERSION, protocol: PROTOCOL_VERSION, client: 'ptrackd-fleet' },
})

/** One answer, as somebody with these rights would get it. */
export async function askDaemon<M extends Method>(
  home: string,
  admit: FirstRequest<'admit'>,
  request: FirstRequest<M>,
  timeoutMs: number,
): Promise<Reply<M>> {
  const socket = await openDaemon(home)
  const answers = await ask(socket, [admit, hello(), request], timeoutMs)
  socket.destroy()
  return answers[2] as Reply<M>
}

export const asPtrackError = (error: unknown, what: string): PtrackError =>
  error instanceof PtrackError
    ? error
    : new PtrackError('FAILED', `cannot ${what}: ${error instanceof Error ? error.message : String(error)}`)
