/** Makes an answer the last one of its connection: `Connection: close`, whatever the program says of it. */
import type { IncomingMessage, ServerResponse } from 'node:http'

/** Of each connection. What was pipelined behind an answer would be lost if that one closed. */
const newest = new WeakMap<object, ServerResponse>()

export function makeLast(request: Pick<IncomingMessage, 'socket' | 'httpVersionMajor'>, response: ServerResponse): void {
  if (request.httpVersionMajor !== 1 || response.headersSent) return
  const { socket } = request
  newest.set(socket, response)
  const { writeHead } = response
  response.writeHead = function (this: ServerResponse, ...args: unknown[]) {
    const isLast = newest.get(socket) === response && !this.headersSent
    if (isLast && this.hasHeader('connection')) this.setHeader('Connection', 'close')
    else if (isLast) this.shouldKeepAlive = false
    return writeHead.apply(this, (isLast ? args.map(withoutConnection) : args) as never)
  } as ServerResponse['writeHead']
}

/** The answer that a connection waits for, unless another request is behind it. What is not there is not needed. */
export function makeCurrentLast(socket: object): void {
  const { _httpMessage: response, parser } = socket as {
    _httpMessage?: ServerResponse | null
    parser?: { incoming?: IncomingMessage | null } | null
  }
  const request = response?.req
  if (response && request && parser?.incoming === request) makeLast(request, response)
}

const isConnection = (name: unknown): boolean => String(name).toLowerCase() === 'connection'

/** An argument of `writeHead`: headers may be an object, pairs, or a flat list. */
function withoutConnection(argument: unknown): unknown {
  if (typeof argument !== 'object' || argument === null) return argument
  if (!Array.isArray(argument)) return Object.fromEntries(Object.entries(argument).filter(([name]) => !isConnection(name)))
  if (Array.isArray(argument[0])) return argument.filter(([name]) => !isConnection(name))
  return argument.filter((_, index) => !isConnection(argument[index - (index % 2)]))
}
