import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AWAY_MS, type Beat, conflictOf, givesWay, Presence, readBeat, whyRefused } from '../../../src/core/fleet/presence.ts'
import { fleetLimits } from '../../../src/protocol/fleet-limits.ts'
import { runs } from '../../support/effort.ts'

const beat = (name: string, more: Partial<Beat> = {}): Beat => ({
  name,
  id: `id-${name}`,
  session: `s-${name}`,
  upMs: 1000,
  version: '1.0.0',
  protocol: 1,
  fleet: 1,
  user: 'me',
  host: 'host',
  home: '/home',
  place: 'here',
  load: 0.5,
  ...more,
})

test('here while it is heard, away after three seconds without, here again', () => {
  const presence = new Presence()
  expect(presence.stateOf('n2', 0)).toBeNull()
  expect(presence.hear(beat('n2'), 1000, 50_000)).toBe(true)
  expect(presence.hear(beat('n2'), 2000, 51_000)).toBe(false)
  expect(presence.stateOf('n2', 2000 + AWAY_MS - 1)).toBe('here')
  expect(presence.sinceOf('n2', 2000)).toBe(50_000)
  expect(presence.stateOf('n2', 2000 + AWAY_MS)).toBe('away')
  expect(presence.sinceOf('n2', 2000 + AWAY_MS)).toBe(51_000)
  expect(presence.present(2000 + AWAY_MS)).toEqual([])
  expect(presence.hear(beat('n2'), 9000, 58_000)).toBe(false)
  expect(presence.nodes('n1', 9000)).toMatchObject([
    { name: 'n2', state: 'here', since: new Date(58_000).toISOString(), self: false, load: 0.5, lease: null },
  ])
})

test('another home under the name is here from its own first beat', () => {
  const presence = new Presence()
  presence.hear(beat('n2'), 0, 1000)
  presence.hear(beat('n2', { id: 'other' }), 1000, 2000)
  expect(presence.sinceOf('n2', 1000)).toBe(2000)
})

test('one that leaves is not away: it is forgotten', () => {
  const presence = new Presence()
  presence.hear(beat('n2'), 0, 0)
  expect(presence.hear(beat('n2', { left: true }), 10, 10)).toBe(true)
  expect(presence.names()).toEqual([])
  expect(presence.hear(beat('n2', { left: true }), 20, 20)).toBe(false)
})

test('the longest silent makes room', () => {
  const presence = new Presence()
  for (let n = 0; n < fleetLimits.nodes; n++) presence.hear(beat(`n${n}`), n, n)
  presence.hear(beat('n0'), 5000, 5000)
  presence.hear(beat('new'), 5001, 5001)
  expect(presence.names()).toHaveLength(fleetLimits.nodes)
  expect(presence.has('n1')).toBe(false)
  expect(presence.has('n0')).toBe(true)
})

test.each([
  ['the same life', {}, null],
  ['another life of this very home', { session: 'other' }, 'home'],
  ['a copy under another name', { session: 'other', name: 'n3' }, 'home'],
  ['another home under the name', { session: 'other', id: 'other' }, 'name'],
  ['another node', { session: 'other', id: 'other', name: 'n3' }, null],
] as const)('%s', (_, more, expected) => {
  expect(conflictOf(beat('n2'), beat('n2', more))).toBe(expected)
})

test('of two that cannot both be there exactly one gives way, and it is the younger', () => {
  const life = fc.record({ upMs: fc.integer({ min: 0, max: 5 }), session: fc.string({ minLength: 1, maxLength: 4 }) })
  fc.assert(
    fc.property(life, life, (a, b) => {
      fc.pre(a.session !== b.session)
      expect(givesWay(beat('n', a), beat('n', b))).not.toBe(givesWay(beat('n', b), beat('n', a)))
      if (a.upMs > b.upMs) expect(givesWay(beat('n', a), beat('m', b))).toBe(false)
    }),
    { numRuns: runs(500) },
  )
})

test('of two lives of one home the older gives way, whatever is left of it; of a home and its copy the younger', () => {
  const [old, young] = [beat('n2', { session: 'a', upMs: 9000 }), beat('n2', { session: 'b', upMs: 0 })]
  expect([givesWay(old, young), givesWay(young, old)]).toEqual([true, false])
  const copy = { ...young, place: 'elsewhere' }
  expect([givesWay(old, copy), givesWay(copy, old)]).toEqual([false, true])
})

test('the refusal says who has it', () => {
  const other = beat('n2', { host: 'lab', home: '/x', user: 'ann' })
  expect(whyRefused('name', beat('n2'), other)).toBe('another home is the node n2 (ann on lab, home /x)')
  expect(whyRefused('home', beat('n3'), other)).toBe(
    'this home is a copy of one that is in the fleet as n2 (ann on lab, home /x)',
  )
})

test('what is no beat is none', () => {
  expect(readBeat(beat('n2'))).toEqual(beat('n2'))
  expect(readBeat({ ...beat('n2'), load: 'much' })?.load).toBeNull()
  expect(readBeat({ ...beat('n2'), tags: ['gpu', 'a.b'] })?.tags).toEqual(['gpu', 'a.b'])
  for (const tags of ['gpu', [7], ['a b'], ['tag:x'], Array(17).fill('x')])
    expect(readBeat({ ...beat('n2'), tags })?.tags).toBeUndefined()
  for (const wrong of [
    null,
    7,
    [],
    {},
    { ...beat('n2'), name: 3 },
    { ...beat('n2'), upMs: null },
    { ...beat('n2'), host: 'x'.repeat(5000) },
  ])
    expect(readBeat(wrong)).toBeNull()
})
