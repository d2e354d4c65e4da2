/** Programs that were started elsewhere and report themselves. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Client } from '../../src/client/client.ts'
import { connect } from '../../src/client/connect.ts'
import type { PtrackEvent } from '../../src/protocol/events.ts'
import { type TestHome, testHome } from '../support/daemon.ts'
import { clientOf, define, reachesAll, viewOf } from '../support/jobs.ts'

let t: TestHome
let client: Client
beforeEach(async () => {
  t = await testHome()
  client = await clientOf(t)
})
afterEach(async () => {
  client.close()
  await t.close()
})

const start = async (name: string, more: { leaseMs?: number; hold?: boolean } = {}) => {
  const { id, runId, view } = await client.request('track.start', {
    definition: { name, type: 'sync', title: 'A sync' },
    pid: 4242,
    ...more,
  })
  return { who: { id, runId }, view }
}

test('its life: progress, steps, results, an end of its own', async () => {
  const { who, view } = await start('sync')
  expect(view).toMatchObject({ kind: 'external', status: 'running', type: 'sync', title: 'A sync', pid: 4242, run: 1 })
  expect(
    await client.request('track.update', { who, update: { current: 1, total: 4, unit: 'files', result: { file: 'a' } } }),
  ).toEqual({ wanted: 'go' })
  expect(await client.request('result', { who, row: 2 })).toEqual({ index: 2 })
  expect(await client.request('step', { who, step: { id: 'x' } })).toMatchObject({
    progress: { percent: 25, unit: 'files' },
    results: 2,
  })
  const ended = await client.request('track.end', { who, outcome: 'failed', error: 'no space' })
  expect(ended).toMatchObject({ status: 'failed', error: { message: 'no space' } })
  await expect(client.request('track.update', { who })).rejects.toMatchObject({ code: 'NOT_RUNNING' })
  // Another run of the same name; the old one's words do not count any more.
  const again = await start('sync')
  expect(again.view).toMatchObject({ id: who.id, run: 2, status: 'running', progress: null, results: 2 })
  await expect(client.request('progress', { who, update: { progress: 1 } })).rejects.toMatchObject({
    code: 'NOT_RUNNING',
    message: expect.stringContaining(who.runId),
  })
  await expect(client.request('track.start', { definition: { name: 'sync' } })).rejects.toMatchObject({ code: 'DUPLICATE_NAME' })
})

test('a lease that runs out interrupts it; signs of life and an open connection that holds it do not let it', async () => {
  await start('silent', { leaseMs: 1000 })
  const { who } = await start('alive', { leaseMs: 1000 })
  const holder = await connect({ home: t.home })
  await holder.request('track.start', { definition: { name: 'held' }, leaseMs: 1000, hold: true })
  await t.until(async () => {
    await client.request('track.update', { who })
    return (await viewOf(client, 'silent')).status === 'interrupted'
  }, 'the silent one is given up')
  expect(await viewOf(client, 'silent')).toMatchObject({ reason: expect.stringContaining('no sign of life') })
  expect((await viewOf(client, 'alive')).status).toBe('running')
  expect((await viewOf(client, 'held')).status).toBe('running')
  holder.close()
  await reachesAll(t, client, { held: 'interrupted' })
})

test('pause and cancel reach it as events, in answers, and at its checkpoint', async () => {
  const { who } = await start('work')
  const seen: PtrackEvent[] = []
  await client.request('subscribe', { filter: { targets: ['work'], types: ['statusChange'] } })
  client.on('event', ({ event }) => void seen.push(event))
  expect(await client.request('checkpoint', { who })).toEqual({ action: 'go' })
  await client.request('pause', { targets: ['work'], noWait: true })
  await t.until(() => seen.some((event) => 'reason' in event && event.reason === 'pausing'), 'the wish is told')
  expect(await client.request('track.update', { who })).toEqual({ wanted: 'pause' })
  expect(await client.request('checkpoint', { who })).toEqual({ action: 'wait' })
  expect(await viewOf(client, 'work')).toMatchObject({ status: 'paused' })
  const waiting = client.request('checkpoint', { who, waitMs: 30_000 })
  await client.request('resume', { targets: ['work'] })
  expect(await waiting).toEqual({ action: 'go' })
  await client.request('cancel', { targets: ['work'], noWait: true })
  await t.until(() => seen.some((event) => 'reason' in event && event.reason === 'cancelling'), 'the wish is told')
  expect(await client.request('track.update', { who })).toEqual({ wanted: 'cancel' })
  expect(await client.request('checkpoint', { who })).toEqual({ action: 'cancel' })
  expect(await client.request('track.end', { who, outcome: 'cancelled' })).toMatchObject({ status: 'cancelled' })
})

test('a daemon that is killed does not end it: its owner goes on with the same run', async () => {
  const { who } = await start('work')
  await client.request('track.update', { who, update: { progress: 30 } })
  // On disk before the kill: saved with the next change that is waited for.
  await start('other')
  client.close()
  await t.killDaemon()
  client = await clientOf(t)
  const resume = { id: who.id, runId: who.runId }
  expect(await client.request('track.start', { definition: { name: 'work' }, resume })).toMatchObject({
    ...resume,
    resumed: true,
    view: { run: 1, status: 'running', progress: { percent: 30 } },
  })
  await client.request('track.end', { who, outcome: 'done' })
  const anew = await client.request('track.start', { definition: { name: 'work' }, resume })
  expect(anew).toMatchObject({ id: who.id, resumed: false, view: { run: 2, status: 'running' } })
  expect(anew.runId).not.toBe(who.runId)
})

test('what does not fit is refused and changes nothing', async () => {
  const { who } = await start('work')
  await client.request('progress', { who, update: { progress: 10 } })
  const big = 'x'.repeat(300_000)
  await expect(client.request('track.update', { who, update: { progress: 50, result: big } })).rejects.toMatchObject({
    code: 'TOO_LARGE',
  })
  await expect(
    client.request('track.update', { who, update: { progress: 50, step: { id: 'a', parent: 'b' } } }),
  ).rejects.toMatchObject({
    code: 'BAD_REQUEST',
    message: expect.stringContaining("its parent 'b' is unknown"),
  })
  await expect(client.request('progress', { who: { id: 'nobody', runId: 'x' }, update: {} })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  })
  expect(await viewOf(client, 'work')).toMatchObject({ progress: { percent: 10 }, results: 0 })
  await define(t, client, { name: 'ours', command: ['sleep', '60'] })
  // The others have their turn all the same.
  const round = await client.request('reload', { targets: ['work', 'ours'] })
  expect(round).toMatchObject([
    { ok: false, error: { code: 'USAGE', message: 'cannot reload work: it is started elsewhere and reports itself' } },
    { ok: true, view: { run: 2 } },
  ])
  expect(await client.request('signal', { targets: ['work'], signal: 'SIGHUP' })).toMatchObject([
    { ok: false, error: { code: 'USAGE', message: 'cannot signal work: it is started elsewhere and reports itself' } },
  ])
  await expect(client.request('track.end', { who: { target: 'ours' }, outcome: 'done' })).rejects.toMatchObject({ code: 'USAGE' })
  await expect(client.request('track.start', { definition: { name: 'ours' } })).rejects.toMatchObject({ code: 'DUPLICATE_NAME' })
})

test('progress is told at once, then gathered, and never without its last value', async () => {
  const { who } = await start('quick')
  const percents: (number | null)[] = []
  await client.request('subscribe', { filter: { targets: ['quick'], types: ['progress'] } })
  client.on('event', ({ event }) => {
    if (event.type === 'progress') percents.push(event.progress.percent)
  })
  await Promise.all(Array.from({ length: 250 }, (_, n) => client.request('progress', { who, update: { progress: n / 10 } })))
  await t.until(() => percents.includes(24.9), 'the last value is told')
  expect(percents[0]).toBe(0)
  expect(percents.length).toBeLessThan(125)
  expect(percents).toEqual([...percents].sort((a, b) => a! - b!))
  // What was gathered is told before the end, however soon that comes.
  await client.request('progress', { who, update: { progress: 50 } })
  await client.request('progress', { who, update: { progress: 60 } })
  await client.request('track.end', { who, outcome: 'done' })
  await t.until(() => percents.at(-1) === 60, 'the last value before the end')
})

test('work that tells nothing for long is stalled, until it tells something again', async () => {
  const { who } = await start('stuck')
  const seen: PtrackEvent[] = []
  await client.request('subscribe', { filter: { targets: ['stuck'], types: ['stalled'] } })
  client.on('event', ({ event }) => void seen.push(event))
  for (let n = 1; n <= 4; n++) await client.request('progress', { who, update: { progress: n } })
  await t.until(() => seen.length === 1, 'it is stalled', 30_000)
  expect(seen[0]).toMatchObject({ type: 'stalled', run: 1, on: true })
  expect(seen[0]).toHaveProperty(
    'sinceMs',
    expect.toSatisfy((ms: number) => ms >= 10_000),
  )
  expect(await viewOf(client, 'stuck')).toMatchObject({ progress: { stalled: true } })
  await client.request('progress', { who, update: { progress: 5 } })
  expect(await viewOf(client, 'stuck')).toMatchObject({ progress: { stalled: false } })
  await t.until(() => seen.length === 2, 'it goes on')
  expect(seen[1]).toMatchObject({ on: false })
})
