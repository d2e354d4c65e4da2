/**
 * Clients that keep asking while servers come and go. Every request that got no answer is counted by how it was lost. They
 * speak HTTP/1.1 by themselves: a library would hide a reset behind a second attempt.
 */
import { setMaxListeners } from 'node:events'
import net from 'node:net'
import { connect as connectTls } from 'node:tls'
import { times } from './soak.ts'

export type Target = { host: string; port: number } | { path: string }

/** How many of each. `idle` pauses between two requests of a connection, `short` opens one for each, `slow` asks for a slow answer. */
export interface LoadOptions {
  keep?: number
  short?: number
  slow?: number
  idle?: number
  /** Longest pause of an idle client; below the server's keep-alive timeout, whose end may cross a request. */
  idleMs?: number
  /** Longest pause of the others; 0 = none, which keeps a core busy, as in a soak. */
  pauseMs?: number
  path?: string
  slowPath?: string
  /** Whose certificate is not looked at. */
  tls?: boolean
  /** What is spoken; by default HTTP/1.1. */
  speech?: Speech
}

/** A protocol in which a connection carries one request after the other. */
export interface Speech {
  request(path: string, closes: boolean): string | Buffer
  /** `text`: what has come so far, as latin1. Null while a part is missing. */
  answer(text: string): Answer | null
}

export type Kind = 'keep' | 'short' | 'slow' | 'idle'

export interface LoadReport {
  answered: Record<Kind, number>
  /** How, and how often: `keep: ECONNRESET before the answer, reused connection`. */
  lost: Record<string, number>
  /** First word of each answer, which names its server. */
  by: Record<string, number>
  slowestMs: number
}

export interface Load {
  report(): LoadReport
  /** When what is on its way has been answered or lost. */
  stop(): Promise<LoadReport>
}

const ANSWER_MS = 30_000

/** What has come between two looks at one load. */
export function since(before: LoadReport, now: LoadReport): { answered: number; lost: Record<string, number> } {
  const sum = ({ answered }: LoadReport): number => Object.values(answered).reduce((all, each) => all + each, 0)
  const lost = Object.entries(now.lost)
    .map(([how, count]) => [how, count - (before.lost[how] ?? 0)] as const)
    .filter(([, count]) => count > 0)
  return { answered: sum(now) - sum(before), lost: Object.fromEntries(lost) }
}

export function startLoad(target: Target, options: LoadOptions = {}): Load {
  const { keep = 8, short = 4, slow = 3, idle = 10, idleMs = 1000, pauseMs = times(80, 0), tls = false, speech = http } = options
  const { path = '/', slowPath = '/slow' } = options
  const report: LoadReport = { answered: { keep: 0, short: 0, slow: 0, idle: 0 }, lost: {}, by: {}, slowestMs: 0 }
  const stopping = new AbortController()
  // Each client that pauses listens to it.
  setMaxListeners(0, stopping.signal)
  const client = (kind: Kind): Client => ({
    kind,
    target,
    tls,
    path: kind === 'slow' ? slowPath : path,
    closes: kind === 'short',
    speech,
    pause: () => Math.random() * (kind === 'idle' ? idleMs : pauseMs),
  })
  const kinds: [Kind, number][] = [
    ['keep', keep],
    ['short', short],
    ['slow', slow],
    ['idle', idle],
  ]
  const clients = kinds.flatMap(([kind, count]) =>
    Array.from({ length: count }, () => run(client(kind), report, stopping.signal)),
  )
  return {
    report: () => report,
    async stop() {
      stopping.abort()
      await Promise.all(clients)
      return report
    },
  }
}

interface Client {
  kind: Kind
  target: Target
  tls: boolean
  path: string
  /** Asks for one answer on each connection. */
  closes: boolean
  speech: Speech
  pause(): number
}

async function run(
  { kind, target, tls, path, closes, speech, pause }: Client,
  report: LoadReport,
  stop: AbortSignal,
): Promise<void> {
  let socket: net.Socket | null = null
  let reused = false
  const lose = (how: string): void => {
    const key = `${kind}: ${how}`
    report.lost[key] = (report.lost[key] ?? 0) + 1
  }
  while (!stop.aborted) {
    if (socket === null || socket.destroyed || socket.readableEnded) {
      reused = false
      try {
        socket = await connect(target, tls)
      } catch (error) {
        lose(`connect ${(error as NodeJS.ErrnoException).code}`)
        await sleep(20, stop)
        continue
      }
    }
    const begun = performance.now()
    const answer = await request(socket, speech, path, closes)
    if (typeof answer === 'string') lose(`${answer}, ${reused ? 'reused' : 'new'} connection`)
    else if (answer.status >= 400) lose(`status ${answer.status}`)
    else {
      report.answered[kind]++
      const server = answer.body.split(' ')[0]!
      report.by[server] = (report.by[server] ?? 0) + 1
      if (kind !== 'slow') report.slowestMs = Math.max(report.slowestMs, performance.now() - begun)
    }
    reused = true
    if (typeof answer === 'string' || answer.closes || closes) {
      socket.destroy()
      socket = null
    }
    await sleep(pause(), stop)
  }
  socket?.destroy()
}

const sleep = (ms: number, stop: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (ms === 0 || stop.aborted) return void setImmediate(resolve)
    const done = (): void => {
      clearTimeout(timer)
      stop.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    stop.addEventListener('abort', done)
  })

const broken = new WeakMap<net.Socket, string>()

function connect(target: Target, tls: boolean): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket: net.Socket = tls ? connectTls({ ...target, rejectUnauthorized: false }) : net.connect(target)
    socket.setNoDelay(true)
    socket.once('error', reject)
    socket.once(tls ? 'secureConnect' : 'connect', () => {
      socket.removeListener('error', reject)
      socket.on('error', ({ code }: NodeJS.ErrnoException) => broken.set(socket, code ?? 'error'))
      // Its end is noticed while nobody asks, as by any client.
      socket.resume()
      resolve(socket)
    })
  })
}

export interface Answer {
  status: number
  body: string
  /** The server ends the connection. */
  closes: boolean
}

/** The answer, or how it was lost. */
function request(socket: net.Socket, speech: Speech, path: string, closes: boolean): Promise<Answer | string> {
  return new Promise((resolve) => {
    let text = ''
    const finish = (result: Answer | string): void => {
      clearTimeout(timer)
      socket.removeListener('data', onData)
      socket.removeListener('close', onClose)
      socket.removeListener('end', onEnd)
      resolve(result)
    }
    const timer = setTimeout(() => finish('no answer'), ANSWER_MS)
    const onClose = (): void => finish(`${broken.get(socket) ?? 'closed'} ${text === '' ? 'before' : 'in'} the answer`)
    const onEnd = (): void => {
      socket.destroy()
      onClose()
    }
    const onData = (data: Buffer): void => {
      text += data.toString('latin1')
      const answer = speech.answer(text)
      if (answer !== null) finish(answer)
    }
    socket.on('data', onData)
    socket.once('close', onClose)
    socket.once('end', onEnd)
    socket.write(speech.request(path, closes))
  })
}

const http: Speech = {
  request: (path, closes) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${closes ? 'Connection: close\r\n' : ''}\r\n`,
  answer: parse,
}

function parse(text: string): Answer | null {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return null
  const head = text.slice(0, end)
  const body = text.slice(end + 4)
  const length = /content-length: *(\d+)/i.exec(head)
  const whole = length ? body.length >= Number(length[1]) : body.endsWith('0\r\n\r\n')
  if (!whole) return null
  const content = length ? body : body.replace(/^[\da-f]+\r\n/i, '')
  return { status: Number(head.slice(9, 12)), body: content.trim(), closes: /connection: *close/i.test(head) }
}
