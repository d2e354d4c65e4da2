/** kill -9 of the daemon at random moments of a storm of commands: never a lost process, never a second one, no job done twice. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ProcessView } from '../../src/protocol/view.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { endIdent, statOf } from '../support/proc.ts'

const ROUNDS = 20
const SERVICES = ['a', 'b', 'c', 'd']

let t: TestHome
beforeAll(async () => {
  t = await testHome()
})
afterAll(async () => {
  await t?.close()
})

/** Numbers from a seed (mulberry32), so that a storm can be had again. */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const leaders = () => t.processes().filter((one) => one.id !== null && statOf(one.pid)?.session === one.pid)

test(`${ROUNDS} times`, { timeout: 180_000 }, async () => {
  const seed = Number(process.env.STORM_SEED ?? Math.floor(Math.random() * 1e9))
  const random = numbers(seed)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!
  const done = join(t.dir, 'done')
  for (const name of SERVICES) await t.ok(['start', '--name', name, '--stop-timeout', '2s', '--', program('waits.sh')])
  /** Jobs whose start was answered: they must have run, and once. */
  const accepted: string[] = []
  let asked = 0

  const command = async (): Promise<void> => {
    const name = pick(SERVICES)
    const kind = pick(['start', 'stop', 'restart', 'job', 'job', 'ls'] as const)
    if (kind !== 'job') {
      await t.run(kind === 'ls' ? ['ls', '--json'] : [kind, name])
      return
    }
    const job = `job-${asked++}`
    const result = await t.run(['run', '-d', '--name', job, '--', 'sh', '-c', `echo ${job} >>${done}`])
    if (result.code === 0) accepted.push(job)
  }
  for (let round = 0; round < ROUNDS; round++) {
    const commands = [command(), command(), command()]
    await new Promise((resolve) => setTimeout(resolve, 100 + random() * 500))
    const daemon = t.daemon()
    if (daemon) await endIdent(daemon)
    await Promise.all(commands)
  }

  const story = `STORM_SEED=${seed}`
  const settled = await t.until(async () => {
    const views = await t.json<ProcessView[]>(['ls', '--all'])
    return views.every((view) => ['running', 'stopped', 'done', 'interrupted'].includes(view.status)) && views
  }, `all is settled (${story})`)
  await t.until(() => t.daemons().length === 1, `one daemon is left (${story})`)
  const live = leaders()
  for (const view of settled) {
    const mine = live.filter((one) => one.id === view.id).map((one) => one.pid)
    expect([story, view.name, view.status, mine]).toEqual([
      story,
      view.name,
      view.status,
      view.status === 'running' ? [view.pid] : [],
    ])
    if (view.kind === 'service')
      expect([story, view.name, view.status]).toEqual([story, view.name, view.wanted === 'up' ? 'running' : 'stopped'])
  }
  expect(
    settled
      .filter((view) => view.kind === 'service')
      .map((view) => view.name)
      .sort(),
    story,
  ).toEqual(SERVICES)
  const known = new Set(settled.map((view) => view.id))
  expect(
    t.processes().filter((one) => one.id !== null && !known.has(one.id)),
    story,
  ).toEqual([])
  expect(await t.json(['orphans']), story).toEqual([])

  const ran = existsSync(done) ? readFileSync(done, 'utf8').trimEnd().split('\n') : []
  expect(
    ran.filter((job, n) => ran.indexOf(job) !== n),
    story,
  ).toEqual([])
  expect(
    accepted.filter((job) => !ran.includes(job)),
    story,
  ).toEqual([])
  // What was answered is known for ever.
  const names = new Set(settled.map((view) => view.name))
  expect(
    accepted.filter((job) => !names.has(job)),
    story,
  ).toEqual([])
})
