/** Clients whose connections carry more than one thing at a time: HTTP/2 and WebSockets, each ended by a word of the protocol. */
import { once } from 'node:events'
import http2 from 'node:http2'
import { setImmediate } from 'node:timers/promises'
import WebSocket from 'ws'

export interface StreamReport {
  answered: number
  /** Connections that were begun, the first included. */
  connections: number
  /** How, and how often. */
  lost: Record<string, number>
}

export interface StreamLoad {
  report(): StreamReport
  stop(): Promise<StreamReport>
}

type Client = (report: StreamReport, isOver: () => boolean) => Promise<void>

function startClients(count: number, client: Client): StreamLoad {
  const report: StreamReport = { answered: 0, connections: 0, lost: {} }
  let isOver = false
  const lose = (error: Error): void => {
    const how = (error as NodeJS.ErrnoException).code ?? error.message
    report.lost[how] = (report.lost[how] ?? 0) + 1
  }
  const clients = Array.from({ length: count }, async () => {
    while (!isOver) {
      report.connections++
      await client(report, () => isOver).catch(lose)
      await setImmediate()
    }
  })
  return {
    report: () => report,
    async stop() {
      isOver = true
      await Promise.all(clients)
      return report
    },
  }
}

/** A request that the server refuses because it is going away has not begun there: any client sends it again, elsewhere. */
export const http2Load = (port: number): StreamLoad =>
  startClients(4, async (report, isOver) => {
    const session = http2.connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false })
    const goingAway = new Promise<void>((resolve) => session.once('goaway', () => resolve()))
    try {
      await once(session, 'connect')
      session.on('error', () => undefined)
      while (!session.closed && !isOver()) {
        const refused = await requestOver(session)
        if (refused) return await goingAway
        report.answered++
      }
    } finally {
      session.destroy()
    }
  })

/** True: refused. */
function requestOver(session: http2.ClientHttp2Session): Promise<boolean> {
  const stream = session.request({ ':path': '/' }).resume()
  return new Promise((resolve, reject) => {
    let status: number | undefined
    stream.on('response', (headers) => {
      status = headers[':status']
    })
    stream.on('error', () => undefined)
    stream.on('close', () => {
      const { rstCode } = stream
      if (status === undefined && rstCode === http2.constants.NGHTTP2_REFUSED_STREAM) resolve(true)
      else if (status === 200 && rstCode === 0) resolve(false)
      else reject(new Error(`status ${status}, stream closed with ${rstCode}`))
    })
  })
}

/** What is sent when the server says 1001 is sent again, as a client of WebSockets has to. */
export const webSocketLoad = (port: number): StreamLoad =>
  startClients(8, async (report, isOver) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}`)
    const closed = new Promise<number>((resolve) => socket.once('close', resolve))
    await once(socket, 'open')
    socket.on('error', () => undefined)
    while (!isOver()) {
      socket.send('a message', () => undefined)
      const end = await Promise.race([once(socket, 'message').then(() => null), closed])
      if (end === 1001) return
      if (end !== null) throw new Error(`closed with ${end}`)
      report.answered++
    }
    socket.terminate()
  })
