/** TLS: the socket is taken in the same way, and what a drain ends lies inside of the encryption. */
import http2 from 'node:http2'
import https from 'node:https'
import { connect as connectTls } from 'node:tls'
import { expect, test } from 'vitest'
import WebSocket from 'ws'
import { root } from '../support/bundle.ts'
import { until } from '../support/until.ts'
import { tls } from './support/certificate.ts'
import { type Instance, openSocket, type SharedSocket, startProgram } from './support/instance.ts'

const LISTEN = `server.listen(process.env.PORT, '127.0.0.1', () => console.log('listening'))`
const secure = (module: string, more = ''): string =>
  `const server = require('node:${module}').createServer({ ...${JSON.stringify(tls)}, allowHTTP1: true }, (request, response) => response.end('yes'))
   server.keepAliveTimeout = 600_000
   ${more}
   ${LISTEN}`.replace('createServer', module === 'http2' ? 'createSecureServer' : 'createServer')

async function start(text: string, gate = false): Promise<{ web: SharedSocket; app: Instance }> {
  const web = openSocket()
  const app = startProgram(text, { sockets: [web], gate })
  await app.prints('listening')
  return { web, app }
}

const getSecure = (port: number, agent: https.Agent | false): Promise<{ status: number; connection: string | undefined }> =>
  new Promise((resolve, reject) => {
    https
      .get({ host: '127.0.0.1', port, agent, rejectUnauthorized: false }, (response) => {
        response.resume().on('end', () => resolve({ status: response.statusCode!, connection: response.headers.connection }))
      })
      .on('error', reject)
  })

test.each(['https', 'http2'])(
  '%s: past the gate, through the socket, and an idle connection ends by its next answer',
  async (module) => {
    const { web, app } = await start(secure(module), true)
    const past = app.inject()
    const check = https.get({ createConnection: () => connectTls({ socket: past, rejectUnauthorized: false }) } as never)
    expect(
      await new Promise((resolve, reject) => check.on('response', (answer) => resolve(answer.statusCode)).on('error', reject)),
    ).toBe(200)
    check.destroy()
    await app.ask('open')
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1 })
    expect(await getSecure(web.port, agent)).toEqual({ status: 200, connection: 'keep-alive' })
    const drained = app.ask('drain')
    await until(async () => (await app.ask('status')).draining, 'it drains')
    expect(await getSecure(web.port, agent)).toEqual({ status: 200, connection: 'close' })
    expect(await drained).toEqual({ drained: true })
    agent.destroy()
  },
)

test('a WebSocket inside of TLS is closed with 1001', async () => {
  const { web, app } = await start(
    secure(
      'https',
      `new (require(${JSON.stringify(`${root}/node_modules/ws`)}).WebSocketServer)({ server }).on('connection', (socket) => socket.send('hello'))`,
    ),
  )
  const socket = new WebSocket(`wss://127.0.0.1:${web.port}`, { rejectUnauthorized: false })
  const closed = new Promise((resolve, reject) => socket.on('close', resolve).on('error', reject))
  await new Promise((resolve) => socket.once('message', resolve))
  expect(await app.ask('drain')).toEqual({ drained: true })
  expect(await closed).toBe(1001)
})

test('HTTP/2 under load: every request that has arrived is answered when the sessions end', async () => {
  const { web, app } = await start(
    secure(
      'http2',
      "let arrived = 0; server.on('stream', () => arrived++); process.once('SIGUSR2', () => console.log('arrived', arrived))",
    ),
  )
  let answered = 0
  const ask = (session: http2.ClientHttp2Session): Promise<void> =>
    new Promise((resolve) => {
      const stream = session.request({ ':path': '/' })
      // Of a request that Node's client has not sent yet when the session ends.
      stream.on('error', () => undefined)
      stream.on('end', () => stream.rstCode === 0 && answered++)
      stream.resume().on('close', resolve)
    })
  const client = async (): Promise<void> => {
    const session = http2.connect(`https://127.0.0.1:${web.port}`, { rejectUnauthorized: false })
    while (!session.closed && !session.destroyed) await Promise.all([ask(session), ask(session)])
  }
  const clients = Array.from({ length: 8 }, client)
  await until(() => answered > 200, 'they ask')
  expect(await app.ask('drain')).toEqual({ drained: true })
  await Promise.all(clients)
  app.signal('SIGUSR2')
  await app.prints('arrived')
  expect(app.stdout()).toContain(`arrived ${answered}\n`)
})
