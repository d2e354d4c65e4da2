/** Fuzzed WebSocket frames against a real daemon: it answers or closes, its memory is bounded, its children are untouched. */

import { readFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { requests } from '../../src/protocol/requests.ts'
import { PROTOCOL_VERSION } from '../../src/protocol/version.ts'
import { ask, define } from '../support/ask.ts'
import { type TestHome, testHome } from '../support/daemon.ts'

/** 100,000 where there is time for it. */
const FRAMES = Number(process.env.PTRACK_FUZZ ?? 10_000)
const PER_CONNECTION = 100

let t: TestHome
beforeAll(async () => {
  t = await testHome()
  await define(t, { name: 'witness', command: ['sleep', '10000'] })
})
afterAll(async () => {
  expect(await t.close()).toEqual([])
})

const socketPath = (): string => join(t.home, 'daemon.sock')
const rssMb = (): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${t.daemon()!.pid}/status`, 'utf8'))![1]) / 1024

/** What only asks: what acts on everything would not leave the witness alone, and is somebody's right to ask for. */
const asking = Object.keys(requests).filter((name) =>
  /^(list|show|why|tree|port|env|logs\.read|types|stats|history|results|subscribe|unsubscribe|policy\.get|limits\.get|orphans|logs\.follow)$/.test(
    name,
  ),
)
const text = fc.oneof(
  fc
    .record(
      {
        jsonrpc: fc.constantFrom('2.0', '1.0', 2),
        id: fc.oneof(fc.nat(), fc.jsonValue()),
        method: fc.oneof(fc.constantFrom(...asking), fc.string({ maxLength: 20 })),
        params: fc.oneof(
          fc.jsonValue({ maxDepth: 3 }),
          fc.record({ targets: fc.array(fc.string({ maxLength: 9 }), { maxLength: 3 }) }),
        ),
      },
      { requiredKeys: [] },
    )
    .map((frame) => JSON.stringify(frame)),
  fc.string({ maxLength: 200 }),
  fc.constantFrom('', '{', '[]', 'null', '"', '{"jsonrpc":"2.0"}', `${'['.repeat(2000)}`),
)

async function upgraded(): Promise<WebSocket> {
  const ws = new WebSocket('ws://localhost/ws', { createConnection: () => createConnection(socketPath()) })
  ws.on('error', () => {})
  await new Promise((resolve, reject) => ws.on('open', resolve).on('close', () => reject(new Error('closed before it was open'))))
  ws.send(JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'hello', params: { version: '1', protocol: PROTOCOL_VERSION } }))
  return ws
}

test(`${FRAMES} frames of nonsense`, { timeout: 600_000 }, async () => {
  const before = await t.ls('witness')
  await upgraded().then((ws) => ws.terminate())
  const startMb = rssMb()
  const frames = fc.sample(text, { numRuns: Math.min(FRAMES, 5000), seed: Date.now() % 2 ** 31 })
  for (let sent = 0; sent < FRAMES; ) {
    const ws = await upgraded()
    const closed = new Promise((resolve) => ws.on('close', resolve))
    for (let i = 0; i < PER_CONNECTION; i++) ws.send(frames[(sent + i) % frames.length]!, { binary: i % 17 === 0 })
    sent += PER_CONNECTION
    // Closed for too much nonsense, or asked to.
    ws.close()
    await closed
  }
  expect(rssMb() - startMb, 'memory stays').toBeLessThan(80)
  expect(await t.ls('witness')).toMatchObject({ id: before!.id, pid: before!.pid, status: 'running', restarts: 0 })
})

test('broken frames: unmasked, reserved bits, fragments that never end, lengths that lie', async () => {
  const before = await t.ls('witness')
  const handshake =
    'GET /ws HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'
  const broken = [
    Buffer.from([0x81, 0x02, 0x7b, 0x7d]),
    Buffer.from([0xf1, 0x80, 0, 0, 0, 0]),
    Buffer.from([0x83, 0x80, 0, 0, 0, 0]),
    Buffer.from([0x80, 0x80, 0, 0, 0, 0]),
    Buffer.from([0x89, 0xff, 0, 0, 0, 0, 0, 0, 0, 200, 0, 0, 0, 0]),
    Buffer.from([0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]),
    Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0, 0x20, 0, 0, 0, 0, 0, 0]),
    Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe]),
  ]
  for (const frame of broken) {
    const socket = createConnection(socketPath())
    socket.on('error', () => {})
    const closed = new Promise((resolve) => socket.on('close', resolve))
    socket.resume()
    socket.write(handshake)
    socket.write(frame)
    await closed
  }
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), async (bytes) => {
      const socket = createConnection(socketPath())
      socket.on('error', () => {})
      const closed = new Promise((resolve) => socket.on('close', resolve))
      socket.resume()
      socket.write(handshake)
      socket.end(bytes)
      await closed
    }),
    { numRuns: 200 },
  )
  expect(await ask(t, 'list', {})).toHaveLength(1)
  expect(await t.ls('witness')).toMatchObject({ pid: before!.pid, status: 'running', restarts: 0 })
})
