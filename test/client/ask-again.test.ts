import { expect, test } from 'vitest'
import { askAgain, unsent } from '../../src/client/ask-again.ts'
import type { Client } from '../../src/client/client.ts'
import { PtrackError } from '../../src/protocol/errors.ts'
import type { Method } from '../../src/protocol/requests.ts'

const lost = new PtrackError('UNREACHABLE', 'cannot reach the daemon any more: it closed the connection', {
  details: { errno: 'CLOSED' },
})
const refused = new PtrackError('NOT_FOUND', 'cannot show x: there is none')
const client = {} as Client
const connect = () => Promise.resolve(client)

test('what only reads is asked again, of each next daemon, until one answers', async () => {
  let asked = 0
  const work = () => (++asked < 3 ? Promise.reject(lost) : Promise.resolve('answer'))
  expect(await askAgain(lost, { method: 'list', connect, work })).toBe('answer')
  expect(asked).toBe(3)
})

test('an answer that is a refusal is one', async () => {
  const answered = new PtrackError('UNREACHABLE', 'cannot list: no')
  await expect(askAgain(answered, { method: 'list', connect, work: () => Promise.resolve(1) })).rejects.toBe(answered)
  await expect(askAgain(lost, { method: 'show', connect, work: () => Promise.reject(refused) })).rejects.toBe(refused)
  await expect(askAgain(refused, { method: 'show', connect, work: () => Promise.resolve(1) })).rejects.toBe(refused)
})

test('what has been printed is not printed twice', async () => {
  const work = () => Promise.reject(new Error('asked again'))
  await expect(askAgain(lost, { method: 'logs.read', connect, work, mayRepeat: () => false })).rejects.toBe(lost)
})

test('nor is a request that never left', async () => {
  const never = new PtrackError('UNREACHABLE', 'cannot stop: the connection is closed', {
    details: { errno: 'CLOSED', sent: false },
  })
  expect(await askAgain(never, { method: 'stop', connect, work: () => Promise.resolve('stopped') })).toBe('stopped')
  let asked = 0
  const work = () => Promise.reject(++asked === 1 ? never : lost)
  await expect(askAgain(never, { method: 'stop', connect, work })).rejects.toMatchObject({ details: { mayBeDone: true } })
  expect(asked).toBe(2)
})

test.each<[Method, { hasId?: boolean }]>([
  ['result', { hasId: true }],
  ['progress', {}],
  ['step', {}],
  ['notify', {}],
])('%s is said again: the next daemon knows it, or it is what was said last', async (method, more) => {
  let asked = 0
  const work = () => (++asked < 2 ? Promise.reject(lost) : Promise.resolve('heard'))
  expect(await askAgain(lost, { method, connect, work, ...more })).toBe('heard')
})

test.each<[Method, string]>([
  ['start', 'ptrack ls'],
  ['result', 'ptrack results NAME'],
  ['limits.set', 'ptrack limits'],
  ['token.create', 'ptrack token ls'],
])('of %s it is said where it shows whether it was done', async (method, look) => {
  await expect(askAgain(lost, { method, connect, work: () => Promise.reject(new Error('again')) })).rejects.toMatchObject({
    message: expect.stringContaining(`\`${method.replace('.', ' ')}\``),
    hint: expect.stringContaining(`look with \`${look}\``),
  })
})

test('without a connection nothing was changed', () => {
  const away = new PtrackError('UNREACHABLE', 'cannot reach the daemon: it is not running', {
    details: { errno: 'ENOENT' },
    hint: 'x',
  })
  expect(unsent(away, 'stop')).toMatchObject({
    code: 'UNREACHABLE',
    message: away.message,
    hint: 'nothing was changed; x',
    details: { errno: 'ENOENT', mayBeDone: false },
  })
  expect(unsent(away, 'list')).toBe(away)
  expect(unsent(refused, 'stop')).toBe(refused)
})

test('a change is never done twice unasked: it says that it may be done, and what to type', async () => {
  const failed = askAgain(lost, { method: 'restart', connect, work: () => Promise.reject(new Error('asked again')) })
  await expect(failed).rejects.toMatchObject({
    code: 'UNREACHABLE',
    message: 'cannot know whether `restart` was done: the daemon ended before it answered',
    hint: expect.stringContaining('ptrack ls'),
    details: { mayBeDone: true },
  })
})
