/** A drain accepts nothing more and loses nothing: each protocol is ended in its own way. */
import http from 'node:http'
import http2 from 'node:http2'
import net from 'node:net'
import { expect, test } from 'vitest'
import WebSocket from 'ws'
import { root } from '../support/bundle.ts'
import { until } from '../support/until.ts'
import { get } from './support/http.ts'
import { openSocket, startProgram } from './support/instance.ts'

const at = 'process.env.PORT, "127.0.0.1", () => console.log("listening")'
const HTTP = `const http = require('node:http')
  const server = http.createServer((request, response) => {
    if (request.url === '/slow') { process.once('SIGUSR2', () => response.end('slow')); console.log('slow') }
    else if (request.url === '/proxy') response.writeHead(200, { Connection: 'keep-alive' }).end('proxy')
    else if (request.url === '/set') { response.setHeader('Connection', 'keep-alive'); response.end('set') }
    else response.end('yes')
  })
  server.keepAliveTimeout = 600_000
  server.listen(${at})`

for (const path of ['/', '/proxy', '/set'])
  test(`an idle keep-alive connection ends by its next answer: ${path}`, async () => {
    const web = openSocket()
    const app = startProgram(HTTP, { sockets: [web] })
    await app.prints('listening')
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
    expect((await get(web, path, { agent })).headers.connection).toBe('keep-alive')
    const drained = app.ask('drain')
    await until(async () => (await app.ask('status')).draining, 'it drains')
    expect(await app.ask('status')).toMatchObject({ connections: 1, sockets: [{ name: 'web', listening: false }] })
    expect(await get(web, path, { agent })).toMatchObject({ status: 200, headers: { connection: 'close' } })
    expect(await drained).toEqual({ drained: true })
    expect(await app.ask('drain')).toEqual({ drained: true })
    agent.destroy()
  })

test('a slow request is answered, and new connections wait for the next instance', async () => {
  const web = openSocket()
  const app = startProgram(HTTP, { sockets: [web] })
  await app.prints('listening')
  const slow = get(web, '/slow')
  await app.prints('slow')
  const drained = app.ask('drain')
  await until(async () => (await app.ask('status')).draining, 'it drains')
  const next = get(web)
  const second = startProgram(HTTP, { sockets: [web] })
  expect(await next).toMatchObject({ status: 200 })
  app.signal('SIGUSR2')
  expect(await slow).toMatchObject({ status: 200, body: 'slow', headers: { connection: 'close' } })
  expect(await drained).toEqual({ drained: true })
  expect(await second.ask('status')).toMatchObject({ draining: false })
})

test("the program's own handlers of SIGTERM run after the drain", async () => {
  const web = openSocket()
  const app = startProgram(
    `${HTTP}
     process.on('SIGTERM', () => server.close((error) => { console.log('bye', error ?? '', typeof server.address()); process.exit(0) }))
     process.on('SIGUSR1', () => console.log(server.address().port))`,
    { sockets: [web] },
  )
  await app.prints('listening')
  expect(await app.ask('drain')).toEqual({ drained: true })
  app.signal('SIGUSR1')
  await app.prints(`${web.port}\n`)
  app.signal('SIGTERM')
  expect(await app.ended).toBe(0)
  expect(app.stdout()).toContain('bye')
})

test('a process that was drained stays until it is ended', async () => {
  const web = openSocket()
  const app = startProgram(HTTP, { sockets: [web], gate: true })
  await app.prints('listening')
  expect(await app.ask('drain')).toEqual({ drained: true })
  expect(await app.ask('status')).toMatchObject({ draining: true, connections: 0 })
  app.signal('SIGTERM')
  expect(await app.ended).toBe('SIGTERM')
})

test('a WebSocket is closed with 1001, behind the last message', async () => {
  const web = openSocket()
  const app = startProgram(
    `const { WebSocketServer } = require(${JSON.stringify(`${root}/node_modules/ws`)})
     const server = new WebSocketServer({ port: process.env.PORT, host: '127.0.0.1' }, () => console.log('listening'))
     server.on('connection', (socket) => socket.on('message', (data) => socket.send(String(data))))`,
    { sockets: [web] },
  )
  await app.prints('listening')
  const socket = new WebSocket(`ws://127.0.0.1:${web.port}`)
  const events: string[] = []
  const closed = new Promise((resolve) => socket.on('close', resolve))
  socket.on('message', (data) => events.push(String(data)))
  socket.on('error', (error) => events.push(error.message))
  await new Promise((resolve) => socket.on('open', resolve))
  socket.send('hello')
  await until(() => events.length === 1, 'it answers')
  expect(await app.ask('drain')).toEqual({ drained: true })
  expect(await closed).toBe(1001)
  expect(events).toEqual(['hello'])
})

test('an HTTP/2 session gets GOAWAY, and its streams are answered', async () => {
  const web = openSocket()
  const app = startProgram(
    `require('node:http2').createServer((request, response) => {
       if (request.url === '/slow') process.once('SIGUSR2', () => response.end('slow'))
       else response.end('yes')
       console.log('asked', request.url)
     }).listen(${at})`,
    { sockets: [web] },
  )
  await app.prints('listening')
  const session = http2.connect(`http://127.0.0.1:${web.port}`)
  const goaway = new Promise((resolve) => session.on('goaway', resolve))
  const slow = session.request({ ':path': '/slow' })
  let text = ''
  slow.on('data', (data) => {
    text += data
  })
  const ended = new Promise((resolve, reject) => slow.on('end', resolve).on('error', reject))
  await app.prints('asked /slow')
  const drained = app.ask('drain')
  expect(await goaway).toBe(http2.constants.NGHTTP2_NO_ERROR)
  app.signal('SIGUSR2')
  await ended
  expect(text).toBe('slow')
  expect(await drained).toEqual({ drained: true })
})

test('what was pipelined behind an answer is answered too', async () => {
  const web = openSocket()
  const app = startProgram(HTTP, { sockets: [web] })
  await app.prints('listening')
  const socket = net.connect(web.port, '127.0.0.1')
  let text = ''
  const closed = new Promise((resolve) =>
    socket
      .on('data', (data) => {
        text += data
      })
      .on('close', resolve),
  )
  await until(async () => (await app.ask('status')).connections === 1, 'it has the connection')
  const drained = app.ask('drain')
  await until(async () => (await app.ask('status')).draining, 'it drains')
  socket.write('GET /slow HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await app.prints('slow')
  app.signal('SIGUSR2')
  await closed
  expect(text.match(/Connection: [a-z-]+|slow|yes/g)).toEqual(['Connection: keep-alive', 'slow', 'Connection: close', 'yes'])
  expect(await drained).toEqual({ drained: true })
})
