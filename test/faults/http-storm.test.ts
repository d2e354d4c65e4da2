/** A whole daemon under attack by TCP: it goes on supervising, its memory stays bounded, and no child notices. */
import { readFileSync } from 'node:fs'
import { createConnection, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type { DaemonStatus } from '../../src/protocol/view.ts'
import { send } from '../api/support/http.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { identOf } from '../support/proc.ts'

let t: TestHome
const sockets: Socket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await t.close()
})

const rssOf = (pid: number): number => Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * 1024

test('a thousand connections, some that drip, some that pour, some that say nothing', async () => {
  t = await testHome({ env: { PTRACK_HTTP: '0' } })
  await t.here.ok(['start', '--name', 'web', '--port', 'auto', '--', program('listens.mjs')])
  await t.here.ok(['run', '-d', '--name', 'work', '--', program('waits.sh')])
  const children = (await Promise.all(['web', 'work'].map((name) => t.ls(name)))).map((view) => identOf(view!.pid!))
  const { pid, file } = t.daemon()!
  const { port } = (file as { http: { port: number } }).http
  const token = (await t.ok(['token', 'create', 'me', '--role', 'admin'])).stdout.trim()
  const healthy = async (): Promise<number> =>
    (await send(port, { path: '/api/health', headers: { authorization: `Bearer ${token}` } })).status
  expect(await healthy()).toBe(200)
  const before = rssOf(pid)

  let closed = 0
  const open = (): Socket => {
    const socket = createConnection(port, '127.0.0.1')
    socket.on('error', () => {})
    socket.on('close', () => closed++)
    socket.on('data', () => {})
    sockets.push(socket)
    return socket
  }
  const drips: NodeJS.Timeout[] = []
  for (let i = 0; i < 1000; i++) {
    const socket = open()
    if (i % 4 === 0) socket.write('GET /api/processes HTTP/1.1\r\nhost: ')
    // Bodies without an end, of somebody who has no token.
    if (i % 4 === 1)
      socket.write(
        `POST /api/login HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\norigin: http://127.0.0.1:${port}\r\ncontent-type: application/json\r\ncontent-length: 4000\r\n\r\n{`,
      )
    if (i % 4 === 2) socket.write(Buffer.alloc(64 * 1024, 0x41))
    if (i % 8 === 0) drips.push(setInterval(() => socket.writable && socket.write('x'), 200))
  }
  try {
    // The owner's socket and whoever has a token are served meanwhile.
    await t.ok(['restart', 'work'])
    // While bodies without an end fill the places of strangers, the newest is one too until its head was read, and is closed.
    await t.until(async () => (await healthy()) === 200, 'who has a token is served', 60_000)
    expect(rssOf(pid) - before).toBeLessThan(200 * 1024 * 1024)
    // Whoever drips is cut off like whoever is silent; bodies have longer.
    await t.until(() => closed >= 750, 'heads that drip, silence and garbage are cut off', 60_000)
  } finally {
    for (const drip of drips) clearInterval(drip)
  }
  for (const socket of sockets.splice(0)) socket.destroy()
  expect(t.daemon()?.pid).toBe(pid)
  expect(identOf((await t.ls('web'))!.pid!)).toEqual(children[0])
  expect(await t.ls('web')).toMatchObject({ health: 'healthy', restarts: 0, run: 1 })
  await t.until(async () => (await t.here.json<DaemonStatus>(['daemon', 'status'])).clients <= 1, 'nobody is left but who asks')
})

test('five hundred streams that never read: bounded, and those who read get everything', async () => {
  t = await testHome({ env: { PTRACK_HTTP: '0' } })
  await t.here.ok(['start', '--name', 'web', '--', program('waits.sh')])
  const { pid, file } = t.daemon()!
  const { port } = (file as { http: { port: number } }).http
  const tokens = await Promise.all(
    [0, 1].map(async (n) => (await t.ok(['token', 'create', `s${n}`, '--role', 'admin'])).stdout.trim()),
  )
  const ask = (token: string): string =>
    `GET /api/events HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nauthorization: Bearer ${token}\r\n\r\n`
  const clients = async (): Promise<number> => (await t.here.json<DaemonStatus>(['daemon', 'status'])).clients
  // 400 requests are saved up for a token, so two of them. Of those that have not shown one yet 200 find a place.
  for (let i = 0; i < 500; i++) {
    if (i > 0 && i % 100 === 0) await t.until(async () => (await clients()) >= i, `${i} of them listen`)
    const socket = createConnection(port, '127.0.0.1')
    socket.on('error', () => {})
    socket.pause()
    socket.write(ask(tokens[i % 2]!))
    sockets.push(socket)
  }
  await t.until(async () => (await clients()) >= 500, 'all of them listen')
  const before = rssOf(pid)
  let heard = ''
  const reader = createConnection(port, '127.0.0.1')
  reader.setEncoding('utf8').on('data', (text: string) => {
    heard += text
  })
  sockets.push(reader)
  const owner = (await t.ok(['token', 'create', 'reads', '--role', 'admin'])).stdout.trim()
  reader.write(ask(owner))
  await t.until(() => heard.includes('event: connected'), 'the reader listens')
  for (let i = 0; i < 30; i++) await t.ok(['restart', 'web', '--no-wait'])
  await t.here.ok(['wait', 'web', '--for', 'healthy', '--timeout', '20s']).catch(() => undefined)
  const last = (await t.ls('web'))!.run
  await t.until(() => heard.includes(`"run":${last}`), 'the reader has heard of the last run')
  const ids = [...heard.matchAll(/"seq":(\d+)/g)].map((match) => Number(match[1]))
  const rising = [...new Set(ids)]
  expect(rising).toEqual([...rising].sort((a, b) => a - b))
  expect(rssOf(pid) - before).toBeLessThan(200 * 1024 * 1024)
  expect(t.daemon()?.pid).toBe(pid)
})
