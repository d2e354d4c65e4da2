import { expect, test } from 'vitest'
import type { Peer } from '../../src/core/rights.ts'
import type { TokenRecord, TokenStore } from '../../src/core/world-tokens.ts'
import { TokenKeeper } from '../../src/supervisor/token-keeper.ts'
import { WebLogins } from '../../src/supervisor/web-logins.ts'
import { supervisorKit } from './support/supervisor.ts'

const sam: Peer = { user: 'sam', role: 'admin', token: null, process: null, expiresAtMs: null }
const DAY_MS = 86_400_000

function kit() {
  const all = supervisorKit()
  let count = 0
  let saved: readonly TokenRecord[] = []
  const store: TokenStore = {
    load: async () => ({ tokens: [], notes: [] }),
    save: async (tokens) => {
      saved = tokens
    },
    newValue: () => `ptk_${++count}`,
    hashOf: (value) => `hash of ${value}`,
    same: (a, b) => a === b,
    ofRun: () => '',
  }
  const tokens = new TokenKeeper({ store, clock: all.clock, registry: all.registry, events: all.events })
  const logins = new WebLogins({ tokens, store, clock: all.clock, newId: (length) => String(++count).padStart(length, '0') })
  return { ...all, tokens, logins, saved: () => saved }
}

test('a code opens once, for whom it was made, and what it gives is a token of a month', async () => {
  const { logins, tokens, clock } = kit()
  const { code, expiresAtMs } = logins.issue('operator', 'ann', sam)
  expect(expiresAtMs - clock.wall()).toBe(60_000)
  const session = await logins.redeem(code)
  expect(session!.peer).toMatchObject({ user: 'ann', role: 'operator', process: null })
  expect(tokens.peerOf(session!.value)).toEqual(session!.peer)
  expect(tokens.list()).toMatchObject([{ createdBy: 'sam', expiresAtMs: clock.wall() + 30 * DAY_MS }])
  expect(await logins.redeem(code)).toBeNull()
})

test('of two that bring one code at once, one gets in', async () => {
  const { logins } = kit()
  const { code } = logins.issue('admin', 'sam', sam)
  const got = await Promise.all([logins.redeem(code), logins.redeem(code)])
  expect(got.filter((each) => each !== null)).toHaveLength(1)
})

test('a code is good for a minute', async () => {
  const { logins, clock } = kit()
  const early = logins.issue('admin', 'sam', sam).code
  const late = logins.issue('admin', 'sam', sam).code
  await clock.advance(59_999)
  expect(await logins.redeem(early)).not.toBeNull()
  await clock.advance(1)
  expect(await logins.redeem(late)).toBeNull()
})

test.each(['', 'ptk_', '__proto__', 'constructor', 'hash of ptk_1'])('%j is no code', async (code) => {
  const { logins } = kit()
  logins.issue('admin', 'sam', sam)
  expect(await logins.redeem(code)).toBeNull()
})

test('of many codes the oldest give way', async () => {
  const { logins } = kit()
  const codes = Array.from({ length: 101 }, () => logins.issue('viewer', 'sam', sam).code)
  expect(await logins.redeem(codes[0]!)).toBeNull()
  expect(await logins.redeem(codes[1]!)).not.toBeNull()
})

test('leaving ends what a code gave, and no other token; old ones are forgotten at the next login', async () => {
  const { logins, tokens, clock } = kit()
  const other = await tokens.create({ name: 'ci', role: 'viewer', expiresMs: DAY_MS }, sam)
  const session = await logins.redeem(logins.issue('admin', 'sam', sam).code)
  await logins.leave({ ...sam, token: 'ci' })
  expect(tokens.peerOf(other.value)).not.toBeNull()
  await logins.leave(session!.peer)
  expect(tokens.peerOf(session!.value)).toBeNull()
  await logins.redeem(logins.issue('admin', 'sam', sam).code)
  await clock.advance(31 * DAY_MS)
  await logins.redeem(logins.issue('admin', 'sam', sam).code)
  // The expired token of a person is his to see; that of a browser is nobody's.
  expect(tokens.list().map(({ name }) => name.replace(/\d+/, 'N'))).toEqual(['ci', 'web-N'])
})
