/**
 * kill -9 of the daemon in a storm of commands by three clients, at moments of which something has just happened. Nothing that was
 * acknowledged is undone, nothing is done twice, no line, result or row of history is lost. `STORM_SEED` plays a storm again as far as chance
 * goes; `npm run soak` is the same with 300 kills, or `SOAK_KILLS`.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { HistoryRow } from '../../src/protocol/history.ts'
import type { OrphanView } from '../../src/protocol/view.ts'
import { chance } from '../support/chance.ts'
import { type TestHome, testHome } from '../support/daemon.ts'
import { load } from '../support/effort.ts'
import { historyIsRight, holdsAfterAKill, jobsAreRight, logsAreRight, settles } from '../support/storm/checks.ts'
import { StormClient } from '../support/storm/client.ts'
import { killDaemon } from '../support/storm/moments.ts'

const KILLS = Number(process.env.SOAK_KILLS ?? load(20, 10))
const soak = process.env.SOAK_KILLS !== undefined
const seed = Number(process.env.STORM_SEED ?? Math.floor(Math.random() * 1e9))

let t: TestHome
beforeAll(async () => {
  t = await testHome()
})
afterAll(async () => {
  await t?.close()
})

test(`${KILLS} deaths of the daemon`, { timeout: 120_000 + KILLS * 10_000 }, async () => {
  const random = chance(seed)
  const files = { runs: join(t.dir, 'jobs/runs'), counts: join(t.dir, 'counts') }
  for (const folder of ['jobs', 'counts']) mkdirSync(join(t.dir, folder))
  const clients = ['a', 'b', 'c'].map((letter, n) => new StormClient(t, letter, chance(seed + n + 1), files))
  await Promise.all(clients.map((client) => client.begin()))

  const moments = new Map<string, number>()
  const wrong: string[] = []
  const story = (): string => `STORM_SEED=${seed}\n${wrong.join('\n')}`
  let kills = 0
  while (kills < KILLS) {
    let going = true
    const working = clients.map((client) => client.work(() => going))
    const death = await killDaemon(t, files, random)
    going = false
    await Promise.all(working)
    kills += death.kills
    moments.set(death.moment, (moments.get(death.moment) ?? 0) + 1)
    for (const each of [...clients.flatMap((client) => client.broken.splice(0)), ...(await holdsAfterAKill(t, clients))])
      wrong.push(`kill ${kills}, after ${death.moment}: ${each}`)
    expect(wrong, story()).toEqual([])
  }

  const jobs = clients.flatMap((client) => client.jobs)
  const views = await settles(t)
  wrong.push(...(await holdsAfterAKill(t, clients)))
  const history = (): Promise<HistoryRow[]> => t.json<HistoryRow[]>(['history', '-n', '100000'])
  const rows = await history()
  wrong.push(...(await jobsAreRight(t, jobs, files, views, rows)), ...historyIsRight(rows, views))
  // What a killed leader left stays in the list as long as its service is up, and ends with it.
  for (const orphan of await t.json<OrphanView[]>(['orphans']))
    if (orphan.kind !== 'survivor' || views.find((view) => view.name === orphan.process)?.wanted !== 'up')
      wrong.push(`there is the orphan ${JSON.stringify(orphan)}`)
  await t.ok(['delete', 'all'], { timeoutMs: 120_000 })
  const left = t.processes()
  if (left.length > 0) wrong.push(`after delete all there is ${JSON.stringify(left)}`)
  const listed = await t.json<unknown[]>(['ls', '--all'])
  if (listed.length > 0) wrong.push(`after delete all ${listed.length} are listed`)
  wrong.push(...historyIsRight(await history(), []))
  const logs = logsAreRight(t, files)
  wrong.push(...logs.wrong)
  expect(wrong, story()).toEqual([])

  const acknowledged = jobs.filter((job) => job.acknowledged).length
  if (soak) {
    const exits = new Map<string, number>()
    for (const client of clients) for (const [key, n] of client.exits) exits.set(key, (exits.get(key) ?? 0) + n)
    console.log(
      `${kills} deaths of the daemon, STORM_SEED=${seed}: ${acknowledged} acknowledged jobs of ${jobs.length}, ` +
        `${rows.length} runs in the history, ${logs.count} log lines; all is as it was acknowledged\n` +
        `died after: ${[...moments].map(([what, n]) => `${what} ${n}`).join(', ')}\n` +
        `commands and exit codes: ${[...exits].map(([what, n]) => `${what}: ${n}`).join(', ')}`,
    )
  }
  // A storm in which nothing is acknowledged would prove nothing.
  expect(acknowledged, story()).toBeGreaterThan(KILLS / 4)
})
