import { expect, test } from 'vitest'
import type { Context } from '../../src/cli/context.ts'
import { untilUp } from '../../src/cli/extra/files/until-up.ts'
import type { ActionResult } from '../../src/protocol/requests.ts'
import type { ProcessView } from '../../src/protocol/view.ts'

const pending = [{ name: 'web', ok: true } as ActionResult]
const timedOut = { name: 'web', ok: false, error: { code: 'TIMED_OUT', message: '', hint: null } } as unknown as ActionResult

/** What the daemon says of `web`, which comes up after so many looks, and of whom it waits for. */
function contextOf(awaited: Partial<ProcessView>, upAfter = Number.POSITIVE_INFINITY) {
  let looks = 0
  let nowMono = 0
  const notes: string[] = []
  const request = async (method: string, { timeoutMs = 0 }: { timeoutMs?: number }): Promise<unknown> => {
    if (method === 'list') return [awaited]
    nowMono += timeoutMs
    return looks++ < upAfter ? [timedOut] : pending
  }
  return { context: { request, note: (text: string) => notes.push(text) } as unknown as Context, notes, mono: () => nowMono }
}

const untilUpWith = async (awaited: Partial<ProcessView>, condition: 'started' | 'healthy' | 'done') => {
  const { context, mono } = contextOf({ name: 'db', crashLoop: false, ...awaited }, 3)
  const [result] = await untilUp(context, pending, [{ name: 'db', condition }], null, mono)
  return result!.error?.message ?? 'up'
}

test.each([
  [{ status: 'running' }, 'healthy', 'up'],
  [{ status: 'backoff' }, 'healthy', 'up'],
  [{ status: 'backoff', crashLoop: true }, 'healthy', 'cannot bring up web: it waits for db, which crashes again and again'],
  [{ status: 'failed' }, 'done', 'cannot bring up web: it waits for db, which ended failed'],
  [{ status: 'stopped' }, 'healthy', 'cannot bring up web: it waits for db, which ended stopped'],
  [{ status: 'done' }, 'done', 'up'],
  [{ status: 'failed' }, 'started', 'up'],
] as const)('%j with %s: %s', async (awaited, condition, said) => {
  expect(await untilUpWith(awaited as Partial<ProcessView>, condition)).toBe(said)
})

test('who waits long is told what for, once; and gives up when the time is over', async () => {
  const { context, notes, mono } = contextOf({ name: 'db', status: 'starting', crashLoop: false, health: 'unknown' })
  const [result] = await untilUp(context, pending, [{ name: 'db', condition: 'healthy' }], 60_100, mono)
  expect(result!.error).toMatchObject({ code: 'TIMED_OUT', message: 'cannot bring up web in time: it waits for db (starting)' })
  expect(notes).toEqual(['web waits for db (starting); Ctrl-C ends the waiting, the processes go on'])
  expect(mono()).toBe(60_100)
})
