/**
 * Loaded into a Node program before its own code, by NODE_OPTIONS (supervisor/node-preload.ts): adds `process.send`, so that
 * `process.send('ready')` works as in pm2. Runs in any Node, must never make a program fail, and loads nothing until something is
 * sent.
 */
const OWN = /^--require "(?:[^"\\]|\\.)*ptrack-preload\.cjs" ?/
const { env } = process
const options = env.NODE_OPTIONS || ''

// Child processes and worker threads do not inherit it.
if (OWN.test(options)) {
  const rest = options.replace(OWN, '')
  if (rest === '') delete env.NODE_OPTIONS
  else env.NODE_OPTIONS = rest
  // A channel opened by the program's starter is the program's own.
  if (process.send === undefined && env.PTRACK_SOCKET) offerSend(env.PTRACK_SOCKET, env.PTRACK_ID, env.PTRACK_RUN)
}

function offerSend(socket: string, id: string | undefined, run: string | undefined): void {
  const runId = run?.slice(run.indexOf('-') + 1)
  process.connected = true
  process.send = (message: unknown, ...more: unknown[]): boolean => {
    if (message === 'ready') notify(socket, { id, runId, ready: true }, 30)
    const done = more.find((each) => typeof each === 'function')
    if (done !== undefined) process.nextTick(done as () => void, null)
    return process.connected
  }
  process.disconnect = () => {
    process.connected = false
    process.nextTick(() => process.emit('disconnect'))
  }
}

/** The kernel's limit; a longer path goes through an open descriptor of its directory, with /proc. */
const PATH_MAX = 107

function bindable(path: string): { path: string; close: () => void } | null {
  if (Buffer.byteLength(path) <= PATH_MAX) return { path, close: () => {} }
  if (process.platform !== 'linux') return null
  const { closeSync, openSync } = require('node:fs') as typeof import('node:fs')
  const end = path.lastIndexOf('/')
  try {
    const fd = openSync(path.slice(0, end), 'r')
    let open = true
    const close = (): void => {
      // A second close would hit a reused descriptor.
      if (open) closeSync(fd)
      open = false
    }
    return { path: `/proc/self/fd/${fd}${path.slice(end)}`, close }
  } catch {
    // Unreachable, as for `ptrack notify`.
    return null
  }
}

/** A daemon that is being replaced is back soon. Never keeps the program alive. */
function notify(path: string, params: object, attempts: number): void {
  const place = bindable(path)
  if (place === null) return
  // The build drops `node:` for old Nodes.
  const { createConnection } = require('node:net') as typeof import('node:net')
  const socket = createConnection(place.path)
  socket.unref()
  socket.once('connect', place.close)
  socket.once('close', place.close)
  socket.on('error', () => {
    if (attempts > 0) setTimeout(() => notify(path, params, attempts - 1), 1000).unref()
  })
  // The second reply is the answer, and neither changes anything here.
  let replies = 0
  socket.on('data', (data) => {
    replies += String(data).split('\n').length - 1
    if (replies >= 2) socket.destroy()
  })
  const request = (number: number, method: string, asked: object): string =>
    `${JSON.stringify({ jsonrpc: '2.0', id: number, method, params: asked })}\n`
  socket.write(
    request(1, 'hello', { version: PTRACK_VERSION, protocol: PTRACK_PROTOCOL, client: 'program' }) + request(2, 'notify', params),
  )
}

declare const PTRACK_VERSION: string
declare const PTRACK_PROTOCOL: number
