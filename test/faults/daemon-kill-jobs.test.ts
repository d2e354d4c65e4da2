/**
 * kill -9 of the daemon with jobs in every state: none is lost, none runs twice, and every outcome is what really happened.
 * How often a job ran is told by its program, not by ptrack.
 */
import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Client } from '../../src/client/client.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { clientOf, define, gated, reachesAll, viewOf } from '../support/jobs.ts'
import { statOf } from '../support/proc.ts'

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

async function killAndComeBack(meanwhile: () => unknown = () => null): Promise<void> {
  await t.killDaemon()
  await meanwhile()
  client.close()
  client = await clientOf(t)
}

const log = (name: string): string => readFileSync(t.logFile(name), 'utf8')

test('queued, running, paused both ways, retrying and completing', async () => {
  await client.request('limits.set', { types: { batch: 2 } })
  const job = (name: string) => gated(t, name)
  const [running, endsAway, failsAway, q1, q2, stopped, retrying] = [
    'running',
    'ends-away',
    'fails-away',
    'q1',
    'q2',
    'stopped',
    'retrying',
  ].map(job) as ReturnType<typeof gated>[]
  // Two slots of type batch are taken; two more jobs queue for one.
  await define(t, client, { name: 'running', type: 'batch', command: running!.command })
  await define(t, client, { name: 'ends-away', type: 'batch', command: endsAway!.command })
  await define(t, client, { name: 'q1', type: 'batch', command: q1!.command })
  await define(t, client, { name: 'q2', type: 'batch', priority: 1, command: q2!.command })
  await define(t, client, { name: 'fails-away', command: failsAway!.command, retries: 1, retryInitialMs: 1, retryJitter: false })
  await define(t, client, { name: 'stopped', command: stopped!.command })
  retrying!.end(1)
  await define(t, client, {
    name: 'retrying',
    command: retrying!.command,
    retries: 1,
    // Longer than this test: what comes after it is `fails-away`, and this one is begun by hand.
    retryInitialMs: 600_000,
    retryMaxMs: 600_000,
    retryJitter: false,
  })
  await define(t, client, { name: 'at-checkpoint', command: [process.execPath, program('asks-at-checkpoints.mjs')] })
  await define(t, client, {
    name: 'completing',
    command: [process.execPath, program('ignores-sigterm.mjs')],
    stopTimeoutMs: 10_000,
  })
  await t.until(() => log('at-checkpoint').includes('went on 1\n') && log('completing').length > 0, 'both have begun')
  await client.request('pause', { targets: ['stopped', 'at-checkpoint'] })
  await client.request('cancel', { targets: ['completing'], noWait: true })
  await reachesAll(t, client, {
    running: 'running',
    'ends-away': 'running',
    'fails-away': 'running',
    q1: 'pending',
    q2: 'pending',
    stopped: 'paused',
    'at-checkpoint': 'paused',
    retrying: 'retrying',
    completing: 'completing',
  })
  const before = await viewOf(client, 'retrying')
  const frozen = (await viewOf(client, 'stopped')).pid!

  await killAndComeBack(() => {
    endsAway!.end(0)
    failsAway!.end(5)
    return t.until(
      () => !t.processes().some((one) => one.command.some((word) => word.includes('ends-away') || word.includes('fails-away'))),
      'both have ended',
    )
  })
  // The one whose outcome only the recorder saw has freed its slot, and the queue goes on in its order.
  await reachesAll(t, client, { running: 'running', 'ends-away': 'done', q2: 'running', q1: 'pending', stopped: 'paused' })
  expect(await viewOf(client, 'at-checkpoint')).toMatchObject({ status: 'paused', run: 1 })
  expect(statOf(frozen)?.state).toBe('T')
  expect(await viewOf(client, 'fails-away')).toMatchObject({ exitCode: 5, run: 2, restarts: 1 })
  expect((await viewOf(client, 'retrying')).retry).toEqual(before.retry)
  expect((await viewOf(client, 'completing')).status).toMatch(/completing|cancelled/)

  await killAndComeBack()
  for (const each of [running!, q1!, q2!, stopped!]) each.end(0)
  await client.request('resume', { targets: ['stopped', 'at-checkpoint'] })
  await client.request('cancel', { targets: ['at-checkpoint'] })
  retrying!.end(0)
  await client.request('start', { targets: ['retrying'], noWait: true })
  await reachesAll(t, client, {
    running: 'done',
    'ends-away': 'done',
    'fails-away': 'failed',
    q1: 'done',
    q2: 'done',
    stopped: 'done',
    'at-checkpoint': 'cancelled',
    retrying: 'done',
    completing: 'cancelled',
  })
  expect([running, endsAway, q1, q2, stopped].map((each) => each!.runs())).toEqual([[1], [1], [1], [1], [1]])
  expect([failsAway!.runs(), retrying!.runs()]).toEqual([
    [1, 2],
    [1, 2],
  ])
})

test('kills all through a queue of short jobs: each ran exactly once', async () => {
  await client.request('limits.set', { global: 2 })
  const names = Array.from({ length: 40 }, (_, n) => `job${n}`)
  const jobs = names.map((name) => gated(t, name))
  for (const job of jobs) job.end(0)
  const command = (n: number) => ['/bin/sh', '-c', 'sleep 0.05; exec "$@"', 'sh', ...jobs[n]!.command]
  await Promise.all(names.map((name, n) => define(t, client, { name, command: command(n) }, { noWait: true })))
  for (const share of [5, 15, 25]) {
    await t.until(async () => jobs.filter((job) => job.runs().length > 0).length >= share, `${share} jobs have begun`)
    await killAndComeBack()
  }
  const views = await reachesAll(t, client, Object.fromEntries(names.map((name) => [name, 'done' as const])))
  expect(views.map((view) => [view.name, view.run, view.exitCode])).toEqual(names.map((name) => [name, 1, 0]))
  for (const [n, job] of jobs.entries()) expect([names[n], job.runs()]).toEqual([names[n], [1]])
})
