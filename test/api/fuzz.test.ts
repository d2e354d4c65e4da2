/** Whatever arrives, the server lives, holds little and goes on serving others. */
import { createConnection } from 'node:net'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { requests } from '../../src/protocol/requests.ts'
import { PROTOCOL_VERSION } from '../../src/protocol/version.ts'
import { runs } from '../support/effort.ts'
import { eventually, openWire, RawClient, type Wire } from './support/wire.ts'

let wire: Wire
let witness: RawClient
let asked = 0

beforeEach(async () => {
  asked = 0
  wire = await openWire()
  witness = await new RawClient(wire.path).hello()
})
afterEach(async () => {
  witness.end()
  await wire.close()
})

/** Another client is served as ever. */
async function serves(): Promise<void> {
  witness.ask(++asked, 'list')
  expect((await witness.reply(asked)).result).toEqual([])
  witness.frames.length = 0
}

const helloLine = `${JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'hello', params: { version: '1', protocol: PROTOCOL_VERSION } })}\n`
const method = fc.oneof(fc.constantFrom(...Object.keys(requests)), fc.string({ maxLength: 20 }))
const nearlyARequest = fc
  .record(
    {
      jsonrpc: fc.oneof(fc.constant('2.0'), fc.jsonValue()),
      id: fc.oneof(fc.nat(), fc.jsonValue()),
      method: fc.oneof(method, fc.jsonValue()),
      params: fc.jsonValue(),
    },
    { requiredKeys: [] },
  )
  .map((frame) => Buffer.from(`${JSON.stringify(frame)}\n`))
const piece = fc.oneof(
  { weight: 4, arbitrary: nearlyARequest },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: fc.constant(Buffer.from('\n\n \t\n')) },
  { weight: 1, arbitrary: fc.string({ maxLength: 500 }).map((text) => Buffer.from(`{${text}\n`)) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('GET / HTTP/1.1\r\nhost: x\r\n\r\n', 'GET /ws HTTP/1.1\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n')
      .map((text) => Buffer.from(text)),
  },
)

test('lines: any bytes, cut anywhere, before and after hello', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.boolean(),
      fc.array(piece, { maxLength: 12 }),
      fc.integer({ min: 1, max: 700 }),
      async (greeted, pieces, cut) => {
        const bytes = Buffer.concat([Buffer.from(greeted ? helloLine : ''), ...pieces])
        const client = new RawClient(wire.path)
        // Answers to HTTP are no JSON lines; only that there is an end matters here.
        client.socket.removeAllListeners('data').resume()
        for (let at = 0; at < bytes.length; at += cut) client.say(bytes.subarray(at, at + cut))
        client.socket.end()
        await client.untilClosed()
        await serves()
      },
    ),
    { numRuns: runs(150) },
  )
  expect(wire.errors).toEqual([])
  await eventually(() => wire.server.clients === 1, 'all others to be forgotten')
})

test('WebSocket: any messages', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 12 }), fc.boolean(), async (pieces, binary) => {
      const ws = new WebSocket('ws://localhost/ws', { createConnection: () => createConnection(wire.path) })
      await new Promise((resolve, reject) => ws.once('open', resolve).once('error', reject))
      const closed = new Promise((resolve) => ws.once('close', resolve))
      ws.on('message', () => {})
      ws.send(helloLine)
      for (const bytes of pieces) ws.send(binary ? bytes : bytes.toString('utf8'))
      ws.close()
      await closed
      await serves()
    }),
    { numRuns: runs(60) },
  )
  expect(wire.errors).toEqual([])
  await eventually(() => wire.server.clients === 1, 'all others to be forgotten')
})

test('endless input is not kept', async () => {
  const before = process.memoryUsage().rss
  const chunk = Buffer.alloc(256 * 1024, 'x')
  const senders = Array.from({ length: 20 }, () => {
    const client = new RawClient(wire.path)
    client.say(`{"${'x'.repeat(10)}`)
    for (let n = 0; n < 40; n++) client.say(chunk)
    return client
  })
  await Promise.all(senders.map((client) => client.untilClosed()))
  expect(senders.every((client) => client.frames.length <= 1)).toBe(true)
  await serves()
  // 200 MiB were offered. This process is the senders too, whose chunk is one shared buffer.
  expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1024 * 1024)
})
