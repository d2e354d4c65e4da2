// The wire from outside: JSON-RPC, one frame a line, on daemon.sock. Kept apart from the client of the product.
import { connect } from 'node:net'
import { join } from 'node:path'
import { nowMs } from './proc.mjs'

/** Opens a connection and says hello; `ask(method, params)` resolves to `{ result, ms }`; what comes unasked goes to `onNews`. */
export async function wire(home, onNews = () => {}) {
  const socket = connect(join(home, 'daemon.sock'))
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  socket.setEncoding('utf8')
  const waiting = new Map()
  let number = 0
  let rest = ''
  socket.on('data', (chunk) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop()
    for (const line of lines) {
      const frame = JSON.parse(line)
      const waiter = waiting.get(frame.id)
      if (frame.method) onNews(frame)
      if (!waiter) continue
      waiting.delete(frame.id)
      if (frame.error) waiter.reject(new Error(`${waiter.method}: ${frame.error.message}`))
      else waiter.resolve({ result: frame.result, ms: nowMs() - waiter.began })
    }
  })
  const ask = (method, params = {}) =>
    new Promise((resolve, reject) => {
      const id = ++number
      waiting.set(id, { method, resolve, reject, began: nowMs() })
      socket.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`)
    })
  await ask('hello', { version: '0.0.0', protocol: 1, client: 'bench' })
  return { ask, close: () => socket.destroy() }
}
