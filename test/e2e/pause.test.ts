/** `pause` is graceful where the program asks at checkpoints, and stops the tree elsewhere. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Client } from '../../src/client/client.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { clientOf, define, gated, reachesAll, viewOf } from '../support/jobs.ts'
import { statOf } from '../support/proc.ts'
import { emptied } from '../support/shared-home.ts'

let t: TestHome
let client: Client
beforeAll(async () => {
  t = await testHome()
})
beforeEach(async () => {
  client = await clientOf(t)
})
afterEach(async () => {
  client.close()
  await emptied(t)
})
afterAll(() => t.close())

const said = (name: string): string => readFileSync(t.logFile(name), 'utf8')
const cooperative = async (name: string, gate?: string): Promise<void> => {
  await define(t, client, {
    name,
    command: [process.execPath, program('asks-at-checkpoints.mjs'), ...(gate === undefined ? [] : [gate])],
  })
  await t.until(() => said(name).includes('went on 1\n'), `${name} has asked once`)
}

test('it goes on to its next checkpoint, shown as pausing until then; resume lets it go on from there', async () => {
  const gate = join(t.dir, 'gate')
  await cooperative('work', gate)
  await client.request('subscribe', { filter: { targets: ['work'], types: ['statusChange', 'paused', 'resumed'] } })
  const told: string[] = []
  client.on('event', ({ event }) => void told.push(event.type === 'statusChange' ? `${event.to} ${event.reason}` : event.type))
  const [asked] = await client.request('pause', { targets: ['work'], noWait: true })
  expect(asked).toMatchObject({ ok: true, note: 'pausing: it stops at its next checkpoint' })
  expect(asked?.view).toMatchObject({ status: 'running', reason: 'pausing' })
  expect(statOf(asked!.view!.pid!)?.state).not.toBe('T')
  await t.until(() => told.includes('running pausing'), 'the wish is told as an event')
  const answer = client.request('pause', { targets: ['work'] })
  writeFileSync(gate, '')
  expect((await answer)[0]).toMatchObject({ ok: true, view: { status: 'paused', reason: null } })
  const lines = said('work')
  // It waits by itself: its program is not stopped, and yet it says no more.
  expect(statOf((await viewOf(client, 'work')).pid!)?.state).not.toBe('T')
  await client.request('list', {})
  expect(said('work')).toBe(lines)
  await client.request('resume', { targets: ['work'] })
  await t.until(() => said('work').length > lines.length, 'it goes on')
  expect(said('work').startsWith(lines)).toBe(true)
  await t.until(() => told.includes('resumed'), 'that is told too')
  expect(told).toEqual(['running pausing', 'paused null', 'paused', 'running null', 'resumed'])
})

test('a pause that has not been reached is taken back by resume; `now` stops the tree at once; cancel ends it', async () => {
  await cooperative('work', join(t.dir, 'never'))
  await client.request('pause', { targets: ['work'], noWait: true })
  await client.request('resume', { targets: ['work'] })
  expect(await viewOf(client, 'work')).toMatchObject({ status: 'running', reason: null })
  await client.request('pause', { targets: ['work'], noWait: true })
  const [stopped] = await client.request('pause', { targets: ['work'], now: true })
  expect(stopped?.view).toMatchObject({ status: 'paused' })
  await t.until(() => statOf(stopped!.view!.pid!)?.state === 'T', 'its program is stopped')
  await client.request('cancel', { targets: ['work'] })
  expect(await viewOf(client, 'work')).toMatchObject({ status: 'cancelled' })
})

test('a program that never asks is stopped with its tree', async () => {
  const job = gated(t, 'job')
  await define(t, client, { name: 'job', command: job.command })
  const view = await t.until(async () => {
    const found = await viewOf(client, 'job')
    return found.pid !== null && found.status === 'running' ? found : false
  }, 'it runs')
  expect((await client.request('pause', { targets: ['job'] }))[0]?.view?.status).toBe('paused')
  // D: its shell has begun a child by vfork, which is stopped before its exec, and waits for that.
  await t.until(() => 'TD'.includes(statOf(view.pid!)!.state), 'its program is stopped')
  job.end(0)
  await client.request('resume', { targets: ['job'] })
  await reachesAll(t, client, { job: 'done' })
})

test('paused at a checkpoint it is still so after kill -9 of the daemon, and goes on where it was', async () => {
  await cooperative('work')
  expect((await client.request('pause', { targets: ['work'] }))[0]?.view?.status).toBe('paused')
  const lines = said('work')
  await t.killDaemon()
  client.close()
  client = await clientOf(t)
  expect(await viewOf(client, 'work')).toMatchObject({ status: 'paused', run: 1 })
  expect(said('work')).toBe(lines)
  await client.request('resume', { targets: ['work'] })
  await t.until(() => said('work').length > lines.length, 'it goes on')
  await client.request('cancel', { targets: ['work'] })
})
