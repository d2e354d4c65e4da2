/** The socket on which this instance is asked: one line, one answer. `connect` is no question: that connection is the program's. */
import { closeSync, existsSync, openSync, unlinkSync } from 'node:fs'
import net from 'node:net'
import { basename, dirname } from 'node:path'
import type { Listen } from './listen.ts'
import { say } from './words.ts'

export interface Commands {
  /** Answers by `reply`, at once or later; what it throws is answered as an error. */
  answer(verb: string, rest: string, reply: (answer: object) => void): void
  /** The server that is to get the connection; null = none has that name. */
  serverOf(name: string): net.Server | null
}

export interface Control {
  /** Keeps the process alive, which a server that does not accept yet cannot. */
  keepAlive(keep: boolean): void
}

/** Two paths, each of which may be 4096 bytes long. */
const LINE_MAX = 16_384
/** The kernel's limit; a longer path goes through an open descriptor of its directory. */
const PATH_MAX = 107

export function startControl(path: string, commands: Commands, listen: Listen): Control {
  // Half open, as the servers are that it hands connections to.
  const server = new net.Server({ allowHalfOpen: true }, (connection) => {
    connection.on('error', () => connection.destroy())
    connection.unref()
    firstLine(connection, (line) => obey(line, connection, commands))
  })
  server.on('error', (error) => say(`cannot be controlled: ${error.message}`))
  bind(server, path, listen)
  return { keepAlive: (keep) => void (keep ? server.ref() : server.unref()) }
}

function bind(server: net.Server, path: string, listen: Listen): void {
  try {
    if (existsSync(path)) unlinkSync(path)
    if (Buffer.byteLength(path) <= PATH_MAX) return void listen.call(server, { path })
    const directory = openSync(dirname(path), 'r')
    // Bound within the call.
    listen.call(server, { path: `/proc/self/fd/${directory}/${basename(path)}` })
    closeSync(directory)
  } catch (error) {
    say(`cannot be controlled: ${(error as Error).message}`)
  }
}

/** What follows the line stays unread. */
function firstLine(connection: net.Socket, then: (line: string) => void): void {
  let text = ''
  const read = (): void => {
    const chunk: Buffer | null = connection.read()
    if (chunk === null) return
    const end = chunk.indexOf('\n')
    text += String(end < 0 ? chunk : chunk.subarray(0, end))
    if (text.length > LINE_MAX) return void connection.destroy()
    if (end < 0) return
    connection.removeListener('readable', read)
    if (end + 1 < chunk.length) connection.unshift(chunk.subarray(end + 1))
    // The stream notices in the next tick that nobody reads it any more: then it is as a new one.
    process.nextTick(then, text)
  }
  connection.on('readable', read)
  connection.on('end', () => text === '' && connection.end())
}

function obey(line: string, connection: net.Socket, { answer, serverOf }: Commands): void {
  const [, verb = '', rest = ''] = /^(\S*) ?(.*)$/.exec(line.trim()) ?? []
  const reply = (words: object): void => void connection.end(`${JSON.stringify(words)}\n`)
  try {
    if (verb !== 'connect') return answer(verb, rest, reply)
    const server = serverOf(rest)
    if (server === null) return reply({ error: `cannot connect: nothing listens on the socket ${rest}` })
    connection.ref()
    connection.allowHalfOpen = (server as net.Server & { allowHalfOpen?: boolean }).allowHalfOpen ?? false
    server.emit('connection', connection)
  } catch (error) {
    reply({ error: (error as Error).message })
  }
}
