/** Tokens on connections that stay open: shown in hello or in the upgrade, and ended while somebody listens. */
import { createConnection } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { ownerAccess, type Peer } from '../../src/api/access.ts'
import { PROTOCOL_VERSION } from '../../src/protocol/version.ts'
import { makeView, openWire, RawClient, type Wire } from './support/wire.ts'

const GOOD = `ptk_${'g'.repeat(43)}`
const peer: Peer = { user: 'ann', role: 'viewer', token: 'eye', process: null, expiresAtMs: null }

let wire: Wire
const clients: { end(): void }[] = []
afterEach(async () => {
  for (const client of clients.splice(0)) client.end()
  await wire.close()
})

/** What ends when the token is revoked; and how to answer whoever showed a bad one. */
function tokens() {
  const watched = new Set<(reason: string) => void>()
  const held: (() => void)[] = []
  const access = ownerAccess('me', {
    bearers: {
      peerOf: (value) => (value === GOOD ? peer : null),
      watch: (who, ended) => {
        if (who.token === null) return () => {}
        watched.add(ended)
        return () => watched.delete(ended)
      },
    },
    clock: {
      wakeAfter: (_, callback) => {
        held.push(callback)
        return () => {}
      },
    },
  })
  return { access, watched, held }
}

function client(): RawClient {
  const made = new RawClient(wire.path)
  clients.push(made)
  return made
}
const hello = (token?: string) => ({ version: '1', protocol: PROTOCOL_VERSION, client: 'raw', token })

test('the rights of a token shown in hello count from then on', async () => {
  wire = await openWire({ access: tokens().access })
  const raw = client()
  raw.ask(1, 'hello', hello(GOOD))
  raw.ask(2, 'list')
  await raw.reply(2)
  const plain = await client().hello()
  plain.ask(2, 'list')
  await plain.reply(2)
  expect(wire.calls.map(({ context }) => [context.user, context.peer.role, context.peer.token])).toEqual([
    ['ann', 'viewer', 'eye'],
    ['me', 'admin', null],
  ])
})

test('a bad token in hello is answered late and opens nothing; the connection is nobody until it says hello again', async () => {
  const { access, held } = tokens()
  wire = await openWire({ access })
  const raw = client()
  raw.ask(1, 'hello', hello(`${GOOD}x`))
  raw.ask(2, 'list')
  expect((await raw.reply(2)).error?.data.message).toMatch(/first request of a connection is hello/)
  expect(raw.frames).toHaveLength(1)
  held[0]!()
  const { error } = await raw.reply(1)
  expect(error?.data.code).toBe('DENIED')
  raw.ask(3, 'list')
  expect((await raw.reply(3)).error).toBeDefined()
  expect(wire.calls).toEqual([])
})

test('when its token ends, a connection of lines ends, and others stay', async () => {
  const { access, watched } = tokens()
  wire = await openWire({ access })
  const raw = client()
  raw.ask(1, 'hello', hello(GOOD))
  await raw.reply(1)
  const other = await client().hello()
  expect(watched.size).toBe(1)
  for (const end of watched) end('the token eye was revoked')
  await raw.untilClosed()
  expect(watched.size).toBe(0)
  other.ask(2, 'list')
  await other.reply(2)
})

test('a WebSocket that came with the token is closed with 1008 and the reason; one that goes is watched no more', async () => {
  const { access, watched } = tokens()
  wire = await openWire({ access })
  const connect = (): Promise<WebSocket> =>
    new Promise((resolve, reject) => {
      const ws = new WebSocket('ws://localhost/ws', {
        createConnection: () => createConnection(wire.path),
        headers: { authorization: `Bearer ${GOOD}` },
      } as never)
      ws.once('open', () => resolve(ws))
      ws.once('error', reject)
    })
  const [first, second] = [await connect(), await connect()]
  expect(watched.size).toBe(2)
  const gone = new Promise((resolve) => first.once('close', resolve))
  first.close()
  await gone
  await client().hello()
  expect(watched.size).toBe(1)
  const closed = new Promise<[number, string]>((resolve) =>
    second.once('close', (code: number, reason: Buffer) => resolve([code, String(reason)])),
  )
  for (const end of watched) end('the token eye was revoked')
  expect(await closed).toEqual([1008, 'the token eye was revoked'])
})

test('a narrowed subscription hears of what its peer may see, in snapshot, views, events and ends', async () => {
  wire = await openWire({ sight: () => (id) => id.startsWith('a') })
  for (const id of ['a1', 's1']) wire.views.set(id, makeView(id, id))
  const raw = await client().hello()
  raw.ask(1, 'subscribe', { views: true })
  const { result } = await raw.reply(1)
  expect((result as { snapshot: { id: string }[] }).snapshot.map(({ id }) => id)).toEqual(['a1'])
  const exit = { run: 1, exitCode: 0, signal: null, reason: null }
  wire.events.publish('processExit', { name: 's1', id: 's1' }, exit)
  wire.events.publish('audit', null, { method: 'stop', targets: ['s1'], by: 'sam', token: null })
  wire.events.publish('processExit', { name: 'a1', id: 'a1' }, exit)
  wire.push({ changed: [makeView('s1', 's1'), makeView('a2', 'a2')], removed: [] })
  await raw.until(() => raw.notes('views').length > 0, 'views')
  wire.push({ changed: [], removed: ['s1', 'a1', 'a2'] })
  await raw.until(() => raw.notes('views').length > 1, 'removed views')
  expect(raw.notes('event').map(({ event }) => (event as { id: string }).id)).toEqual(['a1'])
  expect(raw.notes('views').map(({ changed, removed }) => [(changed as { id: string }[]).map(({ id }) => id), removed])).toEqual([
    [['a2'], []],
    [[], ['a1', 'a2']],
  ])
})
