import { expect, test } from 'vitest'
import type { Peer } from '../../src/core/rights.ts'
import type { TokenRecord, TokenStore } from '../../src/core/world-tokens.ts'
import { PtrackError } from '../../src/protocol/errors.ts'
import { TokenKeeper } from '../../src/supervisor/token-keeper.ts'
import { liveState, moveTo, supervisorKit } from './support/supervisor.ts'

const admin: Peer = { user: 'sam', role: 'admin', token: null, process: null, expiresAtMs: null }
const DAY_MS = 86_400_000

function kit(saved: TokenRecord[] = []) {
  const all = supervisorKit()
  const disk = { tokens: saved, full: false }
  let count = 0
  const store: TokenStore = {
    load: async () => ({ tokens: disk.tokens, notes: [] }),
    save: async (tokens) => {
      if (disk.full) throw new PtrackError('STATE_WRITE_FAILED', 'cannot save tokens: no space left on device')
      disk.tokens = [...tokens]
    },
    newValue: () => `ptk_${String(++count).padStart(43, '0')}`,
    hashOf: (value) => `hash of ${value}`,
    same: (a, b) => a === b,
    ofRun: (id, run) => `ptr_${id}.${`${run.number}${run.id}`.padStart(43, '0')}`,
  }
  const open = () => new TokenKeeper({ store, clock: all.clock, registry: all.registry, events: all.events })
  return { ...all, disk, store, open, keeper: open() }
}

const spec = (name: string, more: object = {}) => ({ name, role: 'operator' as const, ...more })

test('a token opens with what it was made for, by the caller unless said otherwise, for the next daemon too', async () => {
  const { keeper, open } = kit()
  const { value, token } = await keeper.create(spec('ci', { owner: 'ci', expiresMs: DAY_MS }), admin)
  const peer = { user: 'ci', role: 'operator', token: 'ci', process: null, expiresAtMs: token.expiresAtMs }
  expect(keeper.peerOf(value)).toEqual(peer)
  const mine = await keeper.create(spec('mine'), admin)
  expect(keeper.peerOf(mine.value)?.user).toBe('sam')
  const next = open()
  await next.load()
  expect(next.peerOf(value)).toEqual(peer)
  const byToken = await keeper.create(spec('x'), { ...admin, token: 'boss' })
  expect(byToken.token.createdBy).toBe('sam (token boss)')
})

test.each(['', 'ptk_', 'x', `ptk_${'0'.repeat(42)}`, `ptk_${'0'.repeat(43)}1`, '__proto__', 'constructor'])(
  '%j opens nothing',
  async (value) => {
    const { keeper } = kit()
    await keeper.create(spec('constructor'), admin)
    expect(keeper.peerOf(value)).toBeNull()
  },
)

test('names are unique, also of two at once and of expired ones; names of prototypes are names', async () => {
  const { keeper, clock, disk } = kit()
  await keeper.create(spec('constructor', { expiresMs: 1000 }), admin)
  const twice = [keeper.create(spec('a'), admin), keeper.create(spec('a'), admin)]
  const outcomes = await Promise.allSettled(twice)
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
  await expect(keeper.create(spec('a'), admin)).rejects.toMatchObject({ code: 'DUPLICATE_NAME' })
  clock.shiftWall(2000)
  await expect(keeper.create(spec('constructor'), admin)).rejects.toThrow(/\(expired\)/)
  await keeper.revoke('constructor')
  await keeper.create(spec('constructor'), admin)
  expect(disk.tokens.map(({ name }) => name).sort()).toEqual(['a', 'constructor'])
})

test('a revoked token opens nothing from that moment on, and sends away who came with it', async () => {
  const { keeper, disk } = kit()
  const a = await keeper.create(spec('a'), admin)
  const b = await keeper.create(spec('b'), admin)
  const ended: string[] = []
  keeper.watch(keeper.peerOf(a.value)!, (why) => ended.push(`1 ${why}`))
  keeper.watch(keeper.peerOf(a.value)!, (why) => ended.push(`2 ${why}`))
  keeper.watch(keeper.peerOf(a.value)!, () => ended.push('not watched'))()
  keeper.watch(keeper.peerOf(b.value)!, () => ended.push('another'))
  keeper.watch(admin, () => ended.push('the owner'))
  const revoking = keeper.revoke('a')
  expect(keeper.peerOf(a.value)).toBeNull()
  expect(ended).toEqual(['1 the token a was revoked', '2 the token a was revoked'])
  await revoking
  expect(disk.tokens.map(({ name }) => name)).toEqual(['b'])
  await expect(keeper.revoke('a')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  await expect(keeper.revoke('__proto__')).rejects.toMatchObject({ code: 'NOT_FOUND' })
})

test('a disk that is full: no token is made, and a revoked one stays revoked and can be revoked for good later', async () => {
  const { keeper, disk } = kit()
  const a = await keeper.create(spec('a'), admin)
  disk.full = true
  await expect(keeper.create(spec('b'), admin)).rejects.toMatchObject({ code: 'STATE_WRITE_FAILED' })
  expect(keeper.list().map(({ name }) => name)).toEqual(['a'])
  await expect(keeper.revoke('a')).rejects.toMatchObject({ code: 'STATE_WRITE_FAILED', hint: expect.stringContaining('refused') })
  expect(keeper.peerOf(a.value)).toBeNull()
  disk.full = false
  expect(disk.tokens).toHaveLength(1)
  await keeper.revoke('a')
  expect(disk.tokens).toEqual([])
})

test('an expired token opens nothing and sends away who came with it, also when the machine slept over it', async () => {
  const { keeper, clock } = kit()
  const { value } = await keeper.create(spec('a', { expiresMs: 90_000 }), admin)
  const ended: string[] = []
  keeper.watch(keeper.peerOf(value)!, (why) => ended.push(why))
  await clock.advance(89_999)
  expect(keeper.peerOf(value)).not.toBeNull()
  expect(ended).toEqual([])
  await clock.advance(1)
  expect(keeper.peerOf(value)).toBeNull()
  expect(ended).toEqual(['the token a has expired'])
  expect(keeper.list()).toHaveLength(1)

  const late = await keeper.create(spec('b', { expiresMs: 30 * DAY_MS }), admin)
  keeper.watch(keeper.peerOf(late.value)!, (why) => ended.push(why))
  clock.shiftWall(30 * DAY_MS)
  await clock.advance(60_000)
  expect(ended.at(-1)).toBe('the token b has expired')
})

test('the token of a run opens for that process while the run lives, in the next daemon too', () => {
  const { keeper, open, store, add, events } = kit()
  const web = add({ name: 'web' }, { state: liveState('running', 1) })
  const value = store.ofRun(web.record.id, { number: 1, id: 'r1' })
  const peer = keeper.peerOf(value)!
  expect(peer).toEqual({ user: 'sam', role: 'viewer', token: 'run 1 of web', process: web.record.id, expiresAtMs: null })
  expect(open().peerOf(value)).toEqual(peer)
  const ended: string[] = []
  keeper.watch(peer, (why) => ended.push(why))
  const tell = () => events.publish('statusChange', { name: 'web', id: web.record.id }, {} as never)
  tell()
  moveTo(web, { state: liveState('completing', 1) })
  tell()
  expect(ended).toEqual([])
  moveTo(web, { state: liveState('running', 2) })
  expect(keeper.peerOf(value)).toBeNull()
  tell()
  tell()
  expect(ended).toEqual(['the run is over'])
  const second = store.ofRun(web.record.id, { number: 2, id: 'r2' })
  expect(keeper.peerOf(second)?.token).toBe('run 2 of web')
  moveTo(web, { state: { status: 'failed', exit: null } })
  expect(keeper.peerOf(second)).toBeNull()
  expect(keeper.peerOf(store.ofRun('nobody', { number: 1, id: 'r1' }))).toBeNull()
})
