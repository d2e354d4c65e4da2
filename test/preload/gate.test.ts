/** Until the gate opens no real request reaches the program; the supervisor's own does. */
import { expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { get } from './support/http.ts'
import { openSocket, startProgram } from './support/instance.ts'

const SERVES = `require('node:http').createServer((request, response) => {
  console.log('met', request.url)
  response.end('yes')
}).listen(process.env.PORT, '127.0.0.1', () => console.log('listening'))`

test('real requests wait behind the gate, and a connection through the control socket passes it', async () => {
  const web = openSocket()
  const app = startProgram(SERVES, { sockets: [web], gate: true })
  await app.prints('listening')
  const real = get(web, '/real')
  expect(await get(app.inject(), '/health')).toMatchObject({ status: 200, body: 'yes' })
  expect(await app.ask('status')).toEqual({
    pid: app.pid,
    gate: 'shut',
    draining: false,
    connections: 0,
    sockets: [{ name: 'web', listening: true }],
  })
  expect(app.stdout()).not.toContain('/real')
  expect(await app.ask('open')).toEqual({ open: true })
  expect(await real).toMatchObject({ status: 200 })
  expect(await app.ask('status')).toMatchObject({ gate: 'open' })
})

test('a request that comes some time after the line of its connection is answered like any other', async () => {
  const web = openSocket()
  const app = startProgram(SERVES, { sockets: [web], gate: true })
  await app.prints('listening')
  const connection = app.inject()
  await until(async () => (await app.ask('status')).connections === 1, 'the server has the connection')
  expect(await get(connection, '/late')).toMatchObject({ status: 200, body: 'yes' })
})
