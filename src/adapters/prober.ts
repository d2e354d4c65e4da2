/** Probes by TCP, HTTP or command. Heavy modules are loaded at first use. */
import { connect, type Socket } from 'node:net'
import type { ProcessTable, Signaller } from '../core/world.ts'
import type { PortCheck, Prober } from '../core/world-probes.ts'
import { monoMs } from '../protocol/mono.ts'
import { checkExec } from './exec-probe.ts'
import { freePort } from './free-port.ts'
import { httpAnswer } from './http-probe.ts'

export function createProber(os: { table: ProcessTable; signaller: Signaller }): Prober {
  return {
    tcp: checkTcp,
    http: (url, timeoutMs) => httpAnswer(url, timeoutMs),
    exec: (command, options) => checkExec(os, command, options),
    freePort,
  }
}

const closed = (code: string | null): PortCheck => ({ open: false, latencyMs: null, code })

async function checkTcp(port: number, timeoutMs: number, host?: string): Promise<PortCheck> {
  if (host !== undefined) return connectOnce(host, port, timeoutMs)
  // One after the other: a server on `::` would otherwise see, and perhaps log, two visitors per check. A refusal on the loopback
  // is immediate; the second gets the remaining time.
  const startedAt = monoMs()
  const v4 = await connectOnce('127.0.0.1', port, timeoutMs / 2)
  return v4.open ? v4 : connectOnce('::1', port, Math.max(1, timeoutMs - (monoMs() - startedAt)))
}

function connectOnce(host: string, port: number, timeoutMs: number): Promise<PortCheck> {
  return new Promise((resolve) => {
    const startedAt = monoMs()
    const socket = connect({ host, port })
    const timer = setTimeout(() => finish(closed(null)), timeoutMs)
    const finish = (result: PortCheck): void => {
      clearTimeout(timer)
      leavePolitely(socket)
      resolve(result)
    }
    socket.once('connect', () =>
      finish(
        isConnectedToItself(socket)
          ? closed('ECONNREFUSED')
          : { open: true, latencyMs: Math.round((monoMs() - startedAt) * 100) / 100 },
      ),
    )
    // Never removed: the other side may reset the connection after the answer is known.
    socket.on('error', (error: NodeJS.ErrnoException) => finish(closed(error.code ?? null)))
  })
}

/** How long a server may take to close its side of a check's connection. */
const GOODBYE_MS = 2000

/** Half-closes and reads to the end like any client: a reset kills a Node server whose sockets have no error listener. */
function leavePolitely(socket: Socket): void {
  if (socket.connecting || socket.destroyed || isConnectedToItself(socket)) {
    socket.destroy()
    return
  }
  socket.resume()
  socket.end()
  // A server that greets but never closes is abandoned; its greeting has been read by then.
  const timer = setTimeout(() => socket.destroy(), GOODBYE_MS)
  timer.unref()
  socket.once('close', () => clearTimeout(timer))
}

/** The kernel may pick the probed port as our own, and TCP lets a socket connect to itself: nothing listens. */
export const isConnectedToItself = (
  socket: Pick<Socket, 'localPort' | 'remotePort' | 'localAddress' | 'remoteAddress'>,
): boolean => socket.localPort === socket.remotePort && socket.localAddress === socket.remoteAddress
