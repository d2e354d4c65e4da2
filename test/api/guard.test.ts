import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Peer } from '../../src/api/access.ts'
import { createAudit } from '../../src/api/audit.ts'
import { checkParams } from '../../src/api/check-params.ts'
import type { Handlers, RequestContext, WireMethod } from '../../src/api/contract.ts'
import { createGuard, type Guard } from '../../src/api/guard.ts'
import type { Known } from '../../src/api/own-processes.ts'
import { asMatched } from '../../src/core/targets.ts'
import type { PtrackError } from '../../src/protocol/errors.ts'
import type { EventPayloads } from '../../src/protocol/events.ts'
import { matchesGlob } from '../../src/protocol/name-globs.ts'
import type { AuditEntry } from '../../src/protocol/overview.ts'
import { type Input, type Method, requests } from '../../src/protocol/requests.ts'
import { VERBS } from '../../src/protocol/verbs.ts'
import { FakeClock } from '../supervisor/support/supervisor.ts'
import { runs } from '../support/effort.ts'

type Asking = Exclude<Method, WireMethod>
const WIRE: readonly Method[] = [
  'hello',
  'subscribe',
  'unsubscribe',
  'logs.follow',
  'logs.unfollow',
  'admit',
  'fleet.open',
  'fleet.carry',
] satisfies WireMethod[]
const METHODS = (Object.keys(requests) as Method[]).filter((method): method is Asking => !WIRE.includes(method))

const known: Known[] = [
  { id: 'a1', name: 'mine', owner: 'ann' },
  { id: 'a2', name: 'mine-too', owner: 'ann' },
  { id: 's1', name: 'web', owner: 'sam' },
]
const matching = (target: string): Known[] =>
  known.filter(({ id, name }) => target === 'all' || target === id || target === name || matchesGlob(target, name))

let clock: FakeClock
let calls: { method: string; params: unknown }[]
let audits: EventPayloads['audit'][]
let kept: AuditEntry[]
let warned: string[]
let replies: Record<string, unknown>
let guard: Guard
beforeEach(() => {
  clock = new FakeClock()
  calls = []
  audits = []
  kept = []
  warned = []
  replies = { show: [] }
  guard = createGuard({
    handlers: new Proxy({} as Handlers, {
      get: (_, method: string) => async (params: unknown) => {
        calls.push({ method, params })
        return replies[method]
      },
    }),
    followLogs: () => ({ close: () => {} }),
    namesIn: (cursor) => cursor.split(','),
    processes: {
      get: (id) => known.find((each) => each.id === id),
      named: (name) => known.find((each) => each.name === name),
      matching,
      formerOwner: (id) => (id === 'old' ? 'ann' : undefined),
    },
    names: { has: (_, word) => known.some(({ name }) => name === word), inProjects: () => [], projectAt: () => null },
    audit: createAudit({
      publish: (payload) => audits.push(payload),
      keep: (entry) => kept.push(entry),
      clock,
      log: { warn: (_, text) => warned.push(text) },
    }),
    clock,
  })
})

const peers = {
  owner: { user: 'root', role: 'admin', token: null, process: null, expiresAtMs: null },
  admin: { user: 'ann', role: 'admin', token: 'boss', process: null, expiresAtMs: null },
  operator: { user: 'ann', role: 'operator', token: 'ci', process: null, expiresAtMs: null },
  viewer: { user: 'ann', role: 'viewer', token: 'eye', process: null, expiresAtMs: null },
  child: { user: 'ann', role: 'viewer', token: 'run 1 of mine', process: 'a1', expiresAtMs: null },
} satisfies Record<string, Peer>
type Who = keyof typeof peers

/** What the handler got; or the code of the refusal, when it got nothing. */
async function ask<M extends Asking>(
  who: Who | Peer,
  method: M,
  input: Input<M>,
): Promise<{ got?: unknown; code?: string; message?: string }> {
  const peer = typeof who === 'string' ? peers[who] : who
  const context: RequestContext = {
    client: 't',
    user: peer.user,
    peer,
    connection: 1,
    cwd: null,
    command: null,
    signal: new AbortController().signal,
  }
  const before = calls.length
  const handler = guard.handlers[method] as (params: unknown, context: RequestContext) => Promise<unknown>
  try {
    await handler(checkParams(method, input), context)
    return { got: calls[before]?.params }
  } catch (error) {
    expect(calls.length).toBe(before)
    return { code: (error as PtrackError).code, message: (error as PtrackError).message }
  }
}

const define = (name: string, more: object = {}) => ({ name, command: ['x'], cwd: '/', ...more })

/** One request of each method that names `web`, which is sam's, wherever a process can be named. */
const ABOUT_WEB: { [M in Asking]: Input<M> } = {
  list: { targets: ['web'] },
  projects: { owner: 'sam' },
  show: { targets: ['web'] },
  why: { targets: ['web'] },
  tree: { targets: ['web'] },
  env: { targets: ['web'] },
  wait: { targets: ['web'] },
  port: { port: 80 },
  orphans: {},
  results: { target: 'web' },
  history: { owner: 'sam' },
  stats: { owner: 'sam' },
  types: { owner: 'sam' },
  runs: { targets: ['web'] },
  counts: { targets: ['web'] },
  timeline: { targets: ['web'], sinceMs: 0 },
  'metrics.history': { targets: ['web'] },
  audit: { targets: ['web'] },
  'news.list': { owner: 'sam' },
  'news.seen': { untilMs: 1 },
  'results.groups': { target: 'web', measure: 'm', by: 'b' },
  'attention.seen': { targets: ['web'] },
  'logs.read': { targets: ['web'] },
  'logs.bytes': { target: 'web', stream: 'out' },
  'logs.counts': { targets: ['web'] },
  attach: { target: 'web' },
  send: { target: 'web', text: 'x' },
  exec: { target: 'web', command: ['x'] },
  resize: { target: 'web', rows: 24, columns: 80 },
  start: { targets: ['web'] },
  stop: { targets: ['web'] },
  restart: { targets: ['web'] },
  reload: { targets: ['web'] },
  delete: { targets: ['web'] },
  cancel: { targets: ['web'] },
  pause: { targets: ['web'] },
  resume: { targets: ['web'] },
  reset: { targets: ['web'] },
  keep: { targets: ['web'] },
  signal: { targets: ['web'], signal: 'SIGHUP' },
  scale: { target: 'web', instances: 2 },
  set: { targets: ['web'], changes: { nice: 1 } },
  flush: { targets: ['web'] },
  'track.start': { definition: { name: 'web' } },
  'track.end': { who: { target: 'web' }, outcome: 'done' },
  'track.update': { who: { target: 'web' } },
  progress: { who: { target: 'web' }, update: {} },
  step: { who: { id: 's1', runId: 'r' }, step: { id: 's' } },
  result: { who: { id: 's1', runId: 'r' }, row: 1 },
  checkpoint: { who: { target: 'web' } },
  notify: { id: 's1', runId: 'r', ready: true },
  'limits.get': {},
  'limits.set': { global: 1 },
  'retention.get': {},
  'retention.set': { logsMs: null },
  gc: { dryRun: true },
  'policy.get': {},
  'policy.set': { type: 't', policy: {} },
  'policy.delete': { type: 't' },
  'hooks.list': {},
  'hooks.add': { on: ['failed'], run: 'exec:x' },
  'hooks.delete': { id: 'h' },
  'hooks.test': { id: 'h' },
  'token.create': { name: 't' },
  'notices.list': {},
  'notices.seen': { ids: [] },
  'token.ls': {},
  'token.revoke': { name: 't' },
  'web.login': {},
  'kill-orphan': { all: true },
  'fleet.join': { servers: ['nats://127.0.0.1:4222'] },
  'fleet.create': { host: '127.0.0.1', port: 4222, serverBinary: '/nats-server' },
  'fleet.invite': {},
  'fleet.kick': { node: 'n2' },
  'fleet.doctor': {},
  'fleet.leave': {},
  'fleet.status': {},
  'fleet.ls': {},
  'fleet.resolve': { words: ['web@n2'] },
  'fleet.list': { where: { targets: ['web'] } },
  'fleet.events': { since: 0 },
  'fleet.run': { definition: { name: 'build', kind: 'job', command: ['true'], cwd: '/' } as never },
  'fleet.jobs': { words: ['build'] },
  'fleet.cancel': { words: ['build'] },
  'fleet.limits.get': {},
  'fleet.limits.set': { global: 2 },
  'daemon.status': {},
  'daemon.start': {},
  'daemon.stop': {},
}
const OPEN: readonly Method[] = [
  'port',
  'orphans',
  'news.seen',
  'limits.get',
  'retention.get',
  'policy.get',
  'daemon.status',
  'fleet.doctor',
  'fleet.status',
  'fleet.ls',
  'fleet.resolve',
  'fleet.list',
  'fleet.events',
  'fleet.jobs',
  'fleet.limits.get',
]
/** Whose they may be is decided where the jobs of a fleet are kept. */
const OF_OPERATORS: readonly Method[] = ['fleet.run', 'fleet.cancel']

describe.each(METHODS)('%s', (method) => {
  test('of everybody: for admins, as it was asked', async () => {
    for (const who of ['owner', 'admin'] as const) {
      const { got, code } = await ask(who, method, ABOUT_WEB[method])
      expect(code).toBeUndefined()
      expect(got).toMatchObject(checkParams(method, ABOUT_WEB[method]) as object)
    }
  })

  test.each(['operator', 'viewer', 'child'] as const)("of another's process: not for a %s", async (who) => {
    replies = { port: [], orphans: [], show: [], 'limits.get': { owners: {} } }
    const { code } = await ask(who, method, ABOUT_WEB[method])
    const isOpen = OPEN.includes(method) || (who === 'operator' && OF_OPERATORS.includes(method))
    expect(code).toBe(who !== 'child' && isOpen ? undefined : 'DENIED')
    const told = { method, by: 'ann', token: peers[who].token, denied: true }
    if (code === 'DENIED') expect(audits.at(-1)).toMatchObject(told)
  })

  test('of nobody: not with rights that have ended', async () => {
    for (const who of ['operator', 'viewer', 'admin'] as const)
      expect((await ask({ ...peers[who], expiresAtMs: clock.wall() }, method, ABOUT_WEB[method])).code).toBe('DENIED')
  })
})

test('the refusal says whose it is', async () => {
  expect(await ask('operator', 'stop', { targets: ['mine', 'web'] })).toEqual({
    code: 'DENIED',
    message: 'cannot stop web: it belongs to sam',
  })
  expect((await ask('viewer', 'stop', { targets: ['mine'] })).message).toBe('cannot stop: the token eye is that of a viewer')
  expect((await ask('child', 'stop', { targets: ['mine'] })).message).toMatch(/report on itself only/)
})

test("patterns mean what is one's own", async () => {
  for (const target of ['all', '*', 'mine*']) {
    // Handed on as matched by a pattern, so that what is only matched can be left alone.
    const targets = ['a1', 'a2'].map(asMatched)
    expect((await ask('operator', 'stop', { targets: [target] })).got).toMatchObject({ targets })
    expect((await ask('viewer', 'show', { targets: [target] })).got).toMatchObject({ targets })
  }
  expect((await ask('operator', 'stop', { targets: ['we*'] })).got).toMatchObject({ targets: [] })
  expect((await ask('operator', 'restart', { targets: ['we*'] })).code).toBe('NOT_FOUND')
  expect((await ask('operator', 'restart', { targets: ['mine', 'gone'] })).got).toMatchObject({ targets: ['mine', 'gone'] })
  expect((await ask('operator', 'results', { target: 'mine-*' })).got).toMatchObject({ target: 'a2' })
  expect((await ask('operator', 'results', { target: 'mine*' })).code).toBe('BAD_REQUEST')
  expect((await ask('operator', 'progress', { who: { target: 'mine-*' }, update: {} })).got).toMatchObject({
    who: { target: 'a2' },
  })
})

test('whatever words are combined, a handler is never asked about what belongs to others', async () => {
  const words = ['mine', 'mine-too', 'web', 'a1', 's1', 'gone', 'all', '*', '?eb', 'm*', 'w*', '[a-z]*', '__proto__', '0']
  const held = METHODS.filter((method) => VERBS[method].named === 'targets')
  const rest = { signal: { signal: 'SIGHUP' }, set: { changes: {} } } as Partial<Record<Asking, object>>
  const targets = fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 5 })
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...held),
      fc.constantFrom('operator' as const, 'viewer' as const),
      targets,
      async (method, who, asked) => {
        const { got, code } = await ask(who, method, { targets: asked, ...rest[method] } as never)
        if (code !== undefined) return
        const owners = (got as { targets: string[] }).targets.flatMap(matching).map(({ owner }) => owner)
        expect(new Set(owners).size).toBeLessThanOrEqual(1)
        expect(owners).not.toContain('sam')
        if (asked.some((word) => word === 'web' || word === 's1')) expect.unreachable()
      },
    ),
    { numRuns: runs(500) },
  )
})

test.each(['list', 'history', 'stats', 'types'] as const)("%s tells of one's own", async (method) => {
  for (const who of ['operator', 'viewer'] as const) {
    expect((await ask(who, method, {})).got).toMatchObject({ owner: 'ann' })
    expect((await ask(who, method, { owner: 'ann' })).got).toMatchObject({ owner: 'ann' })
  }
  expect((await ask('admin', method, {})).got).not.toHaveProperty('owner')
})

describe('logs', () => {
  test('of a process that is gone are for admins: nobody knows any more whose they were', async () => {
    expect((await ask('viewer', 'logs.read', { targets: ['gone'] })).code).toBe('NOT_FOUND')
    expect((await ask('viewer', 'logs.bytes', { target: 'gone', stream: 'out' })).code).toBe('NOT_FOUND')
    expect((await ask('admin', 'logs.read', { targets: ['gone'] })).code).toBeUndefined()
  })

  test('a made-up cursor opens no other log', async () => {
    expect((await ask('viewer', 'logs.read', { targets: ['mine'], cursor: 'mine' })).code).toBeUndefined()
    expect((await ask('viewer', 'logs.read', { targets: ['mine'], cursor: 'mine,web' })).code).toBe('DENIED')
    expect((await ask('viewer', 'logs.read', { targets: ['mine'], cursor: 'gone' })).code).toBe('NOT_FOUND')
    expect(() => guard.followLogs('mine,web', () => {}, peers.viewer)).toThrow(/belongs to sam/)
    expect(() => guard.followLogs('mine', () => {}, peers.child)).toThrow(/itself only/)
    guard.followLogs('mine', () => {}, peers.viewer)
    guard.followLogs('mine,web,gone', () => {}, peers.owner)
  })
})

describe('a new process', () => {
  test('belongs to whoever starts it; only an admin may say otherwise', async () => {
    for (const method of ['start', 'track.start'] as const) {
      const made = (owner?: string) =>
        ({ definition: method === 'start' ? define('new') : { name: 'new' }, owner }) as Input<typeof method>
      expect((await ask('operator', method, made())).got).toMatchObject({ owner: 'ann' })
      expect((await ask('operator', method, made('ann'))).got).toMatchObject({ owner: 'ann' })
      expect((await ask('operator', method, made('sam'))).code).toBe('DENIED')
      expect((await ask('viewer', method, made())).code).toBe('DENIED')
      expect((await ask('child', method, made())).code).toBe('DENIED')
      expect((await ask('admin', method, made())).got).toMatchObject({ owner: 'ann' })
      expect((await ask('admin', method, made('sam'))).got).toMatchObject({ owner: 'sam' })
      expect((await ask('owner', method, made())).got).toMatchObject({ owner: 'root' })
    }
  })

  test("takes no name that shares another's environment", async () => {
    expect((await ask('operator', 'start', { definition: define('web') })).code).toBe('DENIED')
    const instance = { of: 'web', index: 3 }
    expect((await ask('operator', 'start', { definition: define('new', { instance }) })).code).toBe('DENIED')
    expect((await ask('operator', 'track.start', { definition: { name: 'new', instance } })).code).toBe('DENIED')
    const resume = { id: 's1', runId: 'r' }
    expect((await ask('operator', 'track.start', { definition: { name: 'new' }, resume })).code).toBe('DENIED')
  })

  test('has no hook that runs a command, unless an admin lays it down', async () => {
    for (const run of ['exec:rm x', 'exec: x']) {
      const hooks = [
        { on: ['done'], run: 'webhook:http://x/' },
        { on: ['failed'], run },
      ]
      expect((await ask('operator', 'start', { definition: define('new', { hooks }) })).code).toBe('DENIED')
      expect((await ask('operator', 'track.start', { definition: { name: 'new', hooks } })).code).toBe('DENIED')
      expect((await ask('operator', 'set', { targets: ['mine'], changes: { hooks } })).code).toBe('DENIED')
      expect((await ask('admin', 'set', { targets: ['mine'], changes: { hooks } })).code).toBeUndefined()
    }
    const told = [{ on: ['done'], run: 'webhook:http://x/' }]
    expect((await ask('operator', 'set', { targets: ['mine'], changes: { hooks: told } })).code).toBeUndefined()
  })
})

test('a viewer sees the names of variables and not their values', async () => {
  expect((await ask('viewer', 'env', { targets: ['mine'] })).code).toBeUndefined()
  expect((await ask('viewer', 'env', { targets: ['mine'], reveal: true })).code).toBe('DENIED')
  expect((await ask('operator', 'env', { targets: ['mine'], reveal: true })).code).toBeUndefined()
})

describe('a child with the token of its run', () => {
  const self = { id: 'a1', runId: 'r' }
  test.each<[Asking, object]>([
    ['progress', { who: self, update: { progress: 1 } }],
    ['step', { who: self, step: { id: 's' } }],
    ['result', { who: { target: 'mine' }, row: 1 }],
    ['checkpoint', { who: { target: 'a1' } }],
    ['track.update', { who: self }],
    ['notify', { ...self, ready: true }],
  ])('%s: of itself', async (method, params) => {
    expect((await ask('child', method, params as never)).code).toBeUndefined()
  })

  test("and of nobody else, its owner's other processes included", async () => {
    for (const who of [
      { id: 'a2', runId: 'r' },
      { target: 'mine-too' },
      { target: 'mine*' },
      { target: 'all' },
      { target: 'gone' },
      { id: '__proto__', runId: 'r' },
    ])
      expect((await ask('child', 'progress', { who, update: {} })).code).toBe('DENIED')
    expect((await ask('child', 'notify', { id: 'a2', runId: 'r', ready: true })).code).toBe('DENIED')
  })
})

test('replies that tell of everybody are narrowed', async () => {
  const context = (peer: Peer): RequestContext => ({
    client: 't',
    user: peer.user,
    peer,
    connection: 1,
    cwd: null,
    command: null,
    signal: new AbortController().signal,
  })
  const holder = (process: string | null) => ({ port: 80, address: '::', pid: 7, command: 'secret', startTime: 'x', process })
  replies = {
    port: [holder('mine'), holder('web'), holder(null)],
    orphans: [{ process: 'mine' }, { process: 'web' }, { process: null }],
    show: [{ id: 'a1', neededBy: [{ name: 'mine' }, { name: 'web' }] }],
    'limits.get': { global: 4, owners: { ann: 1, sam: 2 }, types: {} },
  }
  const { viewer, admin, owner } = peers
  const hidden = { port: 80, address: '::', pid: null, command: null, startTime: null, process: null }
  expect(await guard.handlers.port({ port: 80 }, context(viewer))).toEqual([holder('mine'), hidden, hidden])
  expect(await guard.handlers.show({ targets: ['mine'] }, context(viewer))).toEqual([{ id: 'a1', neededBy: [{ name: 'mine' }] }])
  expect(await guard.handlers.orphans({}, context(viewer))).toEqual([{ process: 'mine' }])
  expect(await guard.handlers['limits.get']({}, context(viewer))).toEqual({ global: 4, owners: { ann: 1 }, types: {} })
  for (const peer of [admin, owner]) expect(await guard.handlers.port({ port: 80 }, context(peer))).toEqual(replies.port)
})

test("a subscription tells of one's own processes, of those that are gone too, and not of the daemon", () => {
  const sight = guard.sight({ views: true }, peers.viewer)!
  expect(['a1', 'a2', 's1', 'old', 'other', '__proto__'].filter(sight)).toEqual(['a1', 'a2', 'old'])
  expect(guard.sight({ views: true }, peers.admin)).toBeNull()
  expect(guard.sight({ views: true }, peers.owner)).toBeNull()
  expect(() => guard.sight({ views: false }, peers.child)).toThrow(/itself only/)
})

describe('the audit', () => {
  test('tells what was done, by whom, with which token', async () => {
    await ask('operator', 'stop', { targets: ['mine'] })
    await ask('owner', 'start', { definition: define('new') })
    await ask('admin', 'token.revoke', { name: 'x' })
    await ask('operator', 'show', { targets: ['mine'] })
    expect(audits).toEqual([
      { method: 'stop', targets: ['mine'], by: 'ann', token: 'ci' },
      { method: 'start', targets: ['new'], by: 'root', token: null },
      { method: 'token.revoke', targets: ['x'], by: 'ann', token: 'boss' },
    ])
    // What is kept says which processes these were, and how it was asked.
    expect(kept.map(({ method, processes, client, detail }) => [method, processes, client, detail])).toEqual([
      ['stop', ['mine'], 't', null],
      ['start', ['new'], 't', 'defined'],
      ['token.revoke', [], 't', null],
    ])
    await ask('operator', 'stop', { targets: ['web'] })
    expect(kept.at(-1)).toMatchObject({ method: 'stop', targets: ['web'], processes: ['web'], denied: true })
  })

  test('every method that changes something is told', async () => {
    for (const method of METHODS) await ask('owner', method, ABOUT_WEB[method])
    expect(audits.map(({ method }) => method)).toEqual(METHODS.filter((method) => VERBS[method].audited))
  })

  test('refused attempts are told ten times a second, and then counted', async () => {
    for (let n = 0; n < 100; n++) await ask('viewer', 'stop', { targets: ['web'] })
    expect(audits).toHaveLength(10)
    expect(audits[0]).toEqual({ method: 'stop', targets: ['web'], by: 'ann', token: 'eye', denied: true })
    await clock.advance(1000)
    for (let n = 0; n < 100; n++) await ask('viewer', 'stop', { targets: ['web'] })
    expect(audits).toHaveLength(20)
    expect(warned).toEqual(['90 more refused requests are not told as audit events'])
    await ask('owner', 'stop', { targets: ['web'] })
    expect(audits).toHaveLength(21)
  })

  test('names few of very many targets', async () => {
    await ask('owner', 'stop', { targets: Array.from({ length: 5000 }, (_, n) => `p${n}`) })
    expect(audits[0]!.targets).toHaveLength(100)
  })
})

test.each(['a\r\nSet-Cookie: x', 'a\nb', '\u0000', '\u202eevil', 'a\u2028b'])('an owner or token is not called %j', (name) => {
  expect(() => checkParams('token.create', { name })).toThrow(/letters, digits/)
  expect(() => checkParams('token.create', { name: 'a', owner: name })).toThrow(/control characters/)
  expect(() => checkParams('start', { definition: define('a'), owner: name })).toThrow(/control characters/)
})

test.each(['__proto__', '', '.', '../x', 'a b', 'a/b', 'x'.repeat(65), 'ä'])('%j is no name of a token', (name) => {
  expect(() => checkParams('token.create', { name })).toThrow(/letters, digits/)
})

test.each(['constructor', 'toString', 'ci-2.prod', '0'])('%j is one', (name) => {
  expect(checkParams('token.create', { name })).toEqual({ name, role: 'viewer' })
})

test('roles and lives that there are not', () => {
  expect(() => checkParams('token.create', { name: 'a', role: 'root' })).toThrow()
  expect(() => checkParams('token.create', { name: 'a', role: 'constructor' })).toThrow()
  for (const expiresMs of [0, -1, 1.5, 1e15, Number.NaN])
    expect(() => checkParams('token.create', { name: 'a', expiresMs })).toThrow()
})
