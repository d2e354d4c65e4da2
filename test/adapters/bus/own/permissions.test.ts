/** What a real server denies to a node, to whoever has a token, and to those that are out. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { credsAuthenticator, jwtAuthenticator, type NatsConnection } from '@nats-io/transport-node'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { asConnection, dial } from '../../../../src/adapters/bus/bus.ts'
import { RemoteStore, serveStore } from '../../../../src/adapters/bus/events/desk.ts'
import { DirectStore } from '../../../../src/adapters/bus/events/direct.ts'
import type { EventStore } from '../../../../src/adapters/bus/events/event-store.ts'
import type { OwnNode } from '../../../../src/adapters/bus/node.ts'
import { fleetFiles } from '../../../../src/adapters/bus/own/files.ts'
import { found } from '../../../../src/adapters/bus/own/found.ts'
import { Founder } from '../../../../src/adapters/bus/own/founder.ts'
import { redeem } from '../../../../src/adapters/bus/own/redeem.ts'
import { decodeInvitation } from '../../../../src/adapters/bus/own/token.ts'
import { Tunnels } from '../../../../src/adapters/bus/tunnels.ts'
import { readText } from '../../../../src/adapters/regular-file.ts'
import { eventLine, headLine } from '../../../../src/core/fleet/batches.ts'
import { subjects } from '../../../../src/core/fleet/names.ts'
import type { FleetEvent } from '../../../../src/protocol/fleet.ts'
import type { Role } from '../../../../src/protocol/names.ts'
import { natsServer, serverFile, startServer, type TestServer } from '../../../support/bus.ts'
import { freePort } from '../../../support/free-port.ts'
import { describeNeeding } from '../../../support/requires.ts'
import { until } from '../../../support/until.ts'

let dir: string
let port: number
let server: TestServer
let founder: Founder
const open: NatsConnection[] = []
const homeOf = (node: string): string => join(dir, node)

beforeAll(async () => {
  if (!natsServer.there) return
  dir = mkdtempSync(join(tmpdir(), 'ptrack-own-'))
  port = await freePort()
  for (const node of ['n1', 'n2', 'n3', 'n4', 'n5', 'n6']) mkdirSync(homeOf(node))
  await found({ kind: 'found', newcomer: newcomer('n1'), listen: { host: '127.0.0.1', port }, serverBinary: serverFile! })
  server = await startServer(port, ['-c', fleetFiles(homeOf('n1')).config])
  founder = new Founder(homeOf('n1'))
  const own = asConnection(await as('n1'))
  founder.serve(own)
  await own.flush()
})
afterAll(async () => {
  for (const each of open) await each.close()
  await server?.kill()
  if (dir !== undefined) rmSync(dir, { recursive: true, force: true })
})

const newcomer = (node: string) => ({ home: homeOf(node), node, id: node, host: 'h' })

async function invitation(role: Role, ttlMs = 60_000): Promise<string> {
  const answer = await founder.invite({ kind: 'invite', id: 1, role, ttlMs })
  return (answer as { token: string }).token
}
const letIn = async (node: string, role: Role): Promise<unknown> =>
  redeem({ kind: 'redeem', newcomer: newcomer(node), token: await invitation(role) })

async function as(node: string): Promise<NatsConnection> {
  const { authority, credentials } = fleetFiles(homeOf(node))
  const nats = await dial({
    servers: [`127.0.0.1:${port}`],
    name: node,
    security: { authority: await readText(authority) },
    login: { authenticator: credsAuthenticator(Buffer.from(await readText(credentials))) },
  })
  open.push(nats)
  return nats
}

/** The error of the server comes beside the stream of messages, before it answers the ping behind. */
async function isDenied(nats: NatsConnection, what: { publish: string } | { subscribe: string }): Promise<boolean> {
  let denied = false
  const watching = (async () => {
    for await (const status of nats.status()) if (status.type === 'error' && /ermission/.test(status.error.message)) denied = true
  })()
  watching.catch(() => {})
  if ('publish' in what) nats.publish(what.publish, 'x')
  else
    nats.subscribe(what.subscribe, {
      callback: (error) => {
        if (error !== null) denied = true
      },
    })
  await nats.flush()
  await new Promise((resolve) => setImmediate(resolve))
  return denied
}

/** What this file asks is not about jobs. */
const noJobs = (): Promise<never> => Promise.reject(new Error('no jobs here'))

describeNeeding(natsServer)('a server that vouches', () => {
  test('what a node with the role of an operator may say and hear', async () => {
    await letIn('n2', 'operator')
    const n2 = await as('n2')
    const table: [string, boolean][] = []
    for (const subject of [
      'ptf.hb.n2',
      'ptf.hb.n1',
      'ptf.claim.n2',
      'ptf.claim.n1',
      'ptf.ping',
      'ptf.all.rows.viewer.n2.me',
      'ptf.all.rows.operator.n2.me',
      'ptf.all.rows.admin.n2.me',
      'ptf.all.rows.viewer.n1.me',
      'ptf.rpc.n1.operator.n2.me.open',
      'ptf.rpc.n1.viewer.n2.me.c.1',
      'ptf.rpc.n1.admin.n2.me.open',
      'ptf.rpc.n1.operator.n3.me.open',
      'ptf.rpc.n1.operator.n3.me.c.1',
      'ptf.in.n1.n2.1',
      'ptf.in.n1.n3.1',
      'ptf.kick.n3',
      'ptf.join.x',
      'ptf.joined.x',
      '_INBOX.x',
      '$SYS.REQ.SERVER.PING',
      '$JS.API.INFO',
      '$JS.API.STREAM.INFO.PT_EVENTS',
      '$JS.API.STREAM.MSG.GET.PT_EVENTS',
      '$JS.API.DIRECT.GET.PT_EVENTS.ptf.ev.n2',
      '$JS.API.CONSUMER.CREATE.PT_EVENTS.x',
      '$JS.API.STREAM.PURGE.PT_EVENTS',
      'ptf.ev.n1',
      'ptf.ev.n2',
      'ptf.store.n1',
      'ptf.store.n2',
      'anything',
    ])
      table.push([`says ${subject}`, !(await isDenied(n2, { publish: subject }))])
    for (const subject of [
      'ptf.hb.*',
      'ptf.claim.*',
      'ptf.kick.*',
      'ptf.all.rows.*.*.*',
      'ptf.rpc.n2.*.*.*.open',
      'ptf.in.n2.>',
      'ptf.rpc.n1.>',
      'ptf.rpc.>',
      'ptf.in.n1.>',
      'ptf.in.>',
      'ptf.join.*',
      'ptf.joined.*',
      'ptf.ev.*',
      'ptf.store.*',
      'ptf.>',
      '_INBOX.>',
      '_INBOX.mine',
      '>',
    ])
      table.push([`hears ${subject}`, !(await isDenied(n2, { subscribe: subject }))])
    expect(table.filter(([, may]) => may).map(([what]) => what)).toEqual([
      'says ptf.hb.n2',
      'says ptf.claim.n2',
      'says ptf.ping',
      'says ptf.all.rows.viewer.n2.me',
      'says ptf.all.rows.operator.n2.me',
      'says ptf.rpc.n1.operator.n2.me.open',
      'says ptf.rpc.n1.viewer.n2.me.c.1',
      'says ptf.in.n1.n2.1',
      'says ptf.store.n2',
      'hears ptf.hb.*',
      'hears ptf.claim.*',
      'hears ptf.kick.*',
      'hears ptf.all.rows.*.*.*',
      'hears ptf.rpc.n2.*.*.*.open',
      'hears ptf.in.n2.>',
    ])
  })

  test('an admin may not ask JetStream either; who made the fleet may for the stream of events, and not take it away', async () => {
    await letIn('n5', 'admin')
    const [n5, n1] = [await as('n5'), await as('n1')]
    for (const subject of ['ptf.ev.n5', '$JS.API.STREAM.MSG.GET.PT_EVENTS', '$JS.API.CONSUMER.CREATE.PT_EVENTS.x'])
      expect([subject, await isDenied(n5, { publish: subject })]).toEqual([subject, true])
    expect(await isDenied(n1, { publish: '$JS.API.STREAM.INFO.PT_EVENTS' })).toBe(false)
    for (const what of ['PURGE', 'DELETE', 'UPDATE', 'MSG.DELETE', 'LIST'])
      expect([what, await isDenied(n1, { publish: `$JS.API.STREAM.${what}.PT_EVENTS` })]).toEqual([what, true])
  })

  test('events of a node are taken and read through the one that keeps them, with the role that the node has', async () => {
    const [n1, n2] = [asConnection(await as('n1')), asConnection(await as('n2'))]
    const stop = serveStore(n1, 'n1', (node) => founder.roleOf(node), noJobs)
    await n1.flush()
    const ofN2 = new RemoteStore(n2, 'n2', 'n1')
    const ofN1 = new DirectStore(n1, 'n1')
    const batch = (seq: number, owner: string | null): Buffer =>
      Buffer.from(
        headLine({ outbox: 'a', segment: 1, offset: seq }) +
          eventLine('e', owner, { seq, at: 'x', type: 'paused', id: 'p', run: 1 }),
      )
    expect(await ofN2.last()).toEqual({ seq: 0, end: null })
    const first = await ofN2.put(batch(1, 'ann'), 0)
    expect(first).toBeGreaterThan(0)
    // The same again, as after an acknowledgement that did not come: refused, and known by where it ends.
    expect(await ofN2.put(batch(1, 'ann'), 0)).toBeNull()
    expect(await ofN2.last()).toEqual({ seq: first, end: { outbox: 'a', segment: 1, offset: 1 } })
    await ofN1.put(batch(2, 'ann'), 0)
    await ofN1.put(batch(3, null), (await ofN1.last()).seq)
    const wanted = { since: 0, stream: null, waitMs: 0 }
    const numbers = async (store: EventStore, user: string, role: Role): Promise<unknown[]> =>
      (await store.page(wanted, { user, role })).events.map((event) => `${event.node} ${(event as FleetEvent).seq}`)
    expect(await numbers(ofN1, 'me', 'admin')).toEqual(['n2 1', 'n1 2', 'n1 3'])
    expect(await numbers(ofN1, 'me', 'viewer')).toEqual([])
    // n2 is an operator elsewhere, whatever it says of itself.
    expect(await numbers(ofN2, 'ann', 'admin')).toEqual(['n2 1', 'n1 2'])
    expect(await numbers(ofN2, 'me', 'admin')).toEqual(['n2 1'])
    expect(await numbers(ofN2, 'me', 'viewer')).toEqual([])
    const none = asConnection(await as('n5'))
    await founder.kick(null, 'n5', 'me')
    await expect(new RemoteStore(none, 'n5', 'n1').last()).rejects.toThrow(/cannot reach the events of the fleet/)
    stop()
  })

  test('an answer goes to the inbox of who has asked, and nowhere else: a node cannot have another one speak for it', async () => {
    await letIn('n6', 'viewer')
    const [n1, n2, n6] = [asConnection(await as('n1')), asConnection(await as('n2')), asConnection(await as('n6'))]
    const membership = { node: 'n1', own: { role: 'admin', founder: 'n1' }, trustBus: false }
    const tunnels = new Tunnels({ membership, home: homeOf('n1'), user: 'me' } as unknown as OwnNode)
    const stops = [...tunnels.serve(n1), serveStore(n1, 'n1', (node) => founder.roleOf(node), noJobs)]
    const heard: string[] = []
    n6.subscribe(subjects.kicks, ({ subject }) => heard.push(subject))
    n6.subscribe('ptf.in.n6.>', ({ subject }) => heard.push(subject))
    await Promise.all([n1.flush(), n6.flush()])
    const open = subjects.open('n1', { role: 'operator', user: 'me' }, 'n2')
    for (const reply of [subjects.kick('n6'), subjects.answer('n6', 'n1', 'abcdefgh1'), subjects.answer('n6', 'n2', 'abcdefgh1')])
      for (const subject of [open, subjects.store('n2')]) n2.publish(subject, Buffer.from('{"ask":"last"}\n'), reply)
    await n2.flush()
    // It has answered everything that was said before this.
    const reply = await n2.request(open, Buffer.from('{}'), subjects.answer('n2', 'n1', 'abcdefgh1'), 2000)
    expect(typeof reply).toBe('object')
    await Promise.all([n1.flush(), n6.flush()])
    expect(heard).toEqual([])
    for (const stop of stops) stop()
  })

  test('who has a token may redeem it, and hear nothing else', async () => {
    const token = decodeInvitation(await invitation('admin'))
    const nats = await dial({
      servers: token.servers,
      name: 'x',
      security: { authority: await readText(fleetFiles(homeOf('n1')).authority) },
      login: { authenticator: jwtAuthenticator(token.userToken, Buffer.from(token.seed)) },
    })
    open.push(nats)
    expect(await isDenied(nats, { publish: `ptf.join.${token.id}` })).toBe(false)
    for (const subject of ['ptf.join.other', 'ptf.hb.x', 'ptf.ping', 'ptf.rpc.n1.viewer.x.me.open'])
      expect([subject, await isDenied(nats, { publish: subject })]).toEqual([subject, true])
    for (const subject of ['ptf.hb.*', 'ptf.joined.*', 'ptf.>', 'ptf.join.*'])
      expect([subject, await isDenied(nats, { subscribe: subject })]).toEqual([subject, true])
  })

  test('a token is good once, for a name that is free, and until it expires', async () => {
    const token = await invitation('viewer')
    const go = (node: string, with_ = token) => redeem({ kind: 'redeem', newcomer: newcomer(node), token: with_ })
    await expect(go('n2')).rejects.toThrow('cannot join: n2 is a node of the fleet already')
    // It was not used up by that.
    await go('n3')
    await expect(go('n4')).rejects.toThrow(/the token was used by n3/)
    const short = await invitation('viewer', 1000)
    await until(() => decodeInvitation(short).expiresAtMs + 1000 < Date.now(), 'it has expired')
    await expect(go('n4', short)).rejects.toThrow(/the bus does not accept the token: it has expired \(/)
  })

  test('who is kicked is out at once, and is not let in again, also by a server that has restarted', async () => {
    await letIn('n4', 'admin')
    const n4 = await as('n4')
    const bystander = await as('n2')
    const out = n4.closed()
    await founder.kick(null, 'n4', 'me@n1')
    await out
    await expect(as('n4')).rejects.toThrow(/uthoriz/)
    await bystander.flush()
    await expect(founder.kick(null, 'n4', 'me@n1')).rejects.toThrow('cannot kick n4: it is no node of this fleet')
    await server.kill()
    server = await startServer(port, ['-c', fleetFiles(homeOf('n1')).config])
    await expect(as('n4')).rejects.toThrow(/uthoriz/)
    await as('n2')
    await expect(founder.settings()).resolves.toEqual({ syncAlways: true, servers: 1 })
  })
})
