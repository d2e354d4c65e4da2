import { expect, test } from 'vitest'
import { askAgain } from '../../src/client/ask-again.ts'
import type { Client } from '../../src/client/client.ts'
import { PtrackError } from '../../src/protocol/errors.ts'

const lost = new PtrackError('UNREACHABLE', 'cannot reach the daemon any more: it closed the connection')
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
  await expect(askAgain(lost, { method: 'show', connect, work: () => Promise.reject(refused) })).rejects.toBe(refused)
  await expect(askAgain(refused, { method: 'show', connect, work: () => Promise.resolve(1) })).rejects.toBe(refused)
})

test('what has been printed is not printed twice', async () => {
  const work = () => Promise.reject(new Error('asked again'))
  await expect(askAgain(lost, { method: 'logs.read', connect, work, mayRepeat: () => false })).rejects.toBe(lost)
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
