/** Which variable wins, and that any name and value of a shell comes through as it was. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { childEnv } from '../../src/supervisor/child-env.ts'
import { anyCharacter } from '../support/any-character.ts'

const options = {
  id: 'p1',
  name: 'shop/web',
  run: { id: 'r1', number: 2 },
  home: '/h',
  socketPath: '/h/daemon.sock',
  port: undefined,
  instance: undefined,
  token: null,
}
const marker = {
  PTRACK_PROJECT: 'shop',
  PTRACK_NAME: 'web',
  PTRACK_ID: 'p1',
  PTRACK_RUN: '2-r1',
  PTRACK_HOME: '/h',
  PTRACK_SOCKET: '/h/daemon.sock',
}

test.each([
  ['nothing', { caller: {}, set: {} }, {}, {}],
  ['a port', { caller: {}, set: {} }, { port: 80 }, { PORT: '80' }],
  ['a port beside the caller’s', { caller: { PORT: '1' }, set: {} }, { port: 80 }, { PORT: '80' }],
  ['a port beside one that was set', { caller: { PORT: '1' }, set: { PORT: '2' } }, { port: 80 }, { PORT: '2' }],
  ['what was set, and the caller’s', { caller: { A: '1', B: '1' }, set: { B: '2', C: '3' } }, {}, { A: '1', B: '2', C: '3' }],
  ['an instance', { caller: { PTRACK_INSTANCE: '7' }, set: {} }, { instance: 0 }, { PTRACK_INSTANCE: '0' }],
  [
    'variables of the instance',
    { caller: {}, set: { N: '9', A: '1' }, each: [{ N: '0' }, { N: '1' }] },
    { instance: 1 },
    { PTRACK_INSTANCE: '1', N: '1', A: '1' },
  ],
  [
    'an instance beyond them',
    { caller: {}, set: {}, each: [{ N: '0' }, { N: '1' }] },
    { instance: 2 },
    { PTRACK_INSTANCE: '2', N: '2' },
  ],
  ['no instance', { caller: {}, set: { N: '9' }, each: [{ N: '0' }] }, {}, { N: '9' }],
  ['a token', { caller: {}, set: {} }, { token: 't' }, { PTRACK_TOKEN: 't' }],
  ['another daemon’s marker', { caller: { PTRACK_HOME: '/x', PTRACK_RUN: '9' }, set: { PTRACK_ID: 'x' } }, {}, {}],
  ['systemd’s own', { caller: { NOTIFY_SOCKET: '/n', WATCHDOG_USEC: '1' }, set: {} }, {}, {}],
])('%s', (_name, stored, more, expected) => {
  expect(childEnv(stored, { ...options, ...more })).toEqual({ ...expected, ...marker })
})

test('any variables come through, also __proto__ and lone surrogates', () => {
  const env = fc.dictionary(
    fc.oneof(
      fc.constantFrom('__proto__', 'constructor', 'a-b', 'ü"\\'),
      fc.string({ minLength: 1 }).filter((name) => !/^(PTRACK_|PORT$)/.test(name)),
    ),
    fc.string({ unit: anyCharacter }),
  )
  fc.assert(
    fc.property(env, env, (caller, set) => {
      expect(new Map(Object.entries(childEnv({ caller, set }, options)))).toEqual(
        new Map(Object.entries({ ...caller, ...set, ...marker })),
      )
    }),
  )
})
