/** What no process owns, and what of it goes: with real files of logs, environments and results. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createEnvStore } from '../../src/adapters/env-store.ts'
import { createLogKeeper } from '../../src/adapters/logs/log-keeper.ts'
import { createResultStore } from '../../src/adapters/results/result-store.ts'
import { PtrackError } from '../../src/protocol/errors.ts'
import { Garbage } from '../../src/supervisor/garbage.ts'
import { quiet } from '../adapters/support/state-store.ts'
import { FakeClock, supervisorKit } from './support/supervisor.ts'

const FILES = [
  'logs/gone.out.log',
  'logs/gone.err.log',
  'logs/gone.out.log.1.gz',
  'logs/gone.out.log.2',
  'logs/gone.out.log.meta',
  'logs/gone.index',
  'logs/web.out.log',
  'logs/web.index',
  'logs/web~0123456789ab.out.log',
  'logs/notes.txt',
  'logs/gone.log',
  'env/gone.json',
  'env/web.json',
  'env/group.json',
  'env/gone.json.corrupt-2026-01-01',
  'results/id1.jsonl',
  'results/0123456789ab.jsonl',
  'results/notes.txt',
]

/** Newest first. One run of the process whose results are nobody's now, and others. */
const ROWS = [
  { id: 'id1', name: 'web' },
  { id: '0123456789ab', name: 'sums' },
  { id: '0123456789ab', name: 'sums' },
]

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'ptrack-garbage-'))
  for (const dir of ['logs', 'env', 'results']) mkdirSync(join(home, dir))
  for (const file of FILES) writeFileSync(join(home, file), file)
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

function kit() {
  const clock = new FakeClock()
  const t = supervisorKit({
    logs: createLogKeeper({ dir: join(home, 'logs'), clock, log: quiet, freezeTree: () => null }),
    envs: createEnvStore({ dir: join(home, 'env') }),
    results: createResultStore({ dir: join(home, 'results'), clock, log: quiet }),
  })
  Object.assign(t.host.world, {
    history: { scan: async (_: object, onRow: (row: object) => boolean) => ROWS.every(onRow) },
  })
  // It has the id id1.
  t.add({ name: 'web', kind: 'service' })
  t.add({ name: 'group:0', instance: { of: 'group', index: 0 } })
  return { ...t, garbage: new Garbage(t.host) }
}
const left = (): string[] =>
  ['logs', 'env', 'results'].flatMap((dir) => readdirSync(join(home, dir)).map((file) => `${dir}/${file}`))

const GONE = FILES.filter((file) => /^logs\/gone\.(out|err|index)|~|^env\/gone\.json$|0123456789ab\.jsonl/.test(file))

test("everything that is nobody's goes, and no other file", async () => {
  const { garbage } = kit()
  const would = await garbage.collect({ dryRun: true })
  expect(left().toSorted()).toEqual(FILES.toSorted())
  const did = await garbage.collect({ dryRun: false })
  expect(did).toEqual({ ...would, dryRun: false })
  expect(did.items.map(({ kind, name, id, files }) => [kind, name, id, files]).toSorted()).toEqual([
    ['environments', 'gone', null, 1],
    ['logs', 'gone', null, 6],
    ['logs', 'web~0123456789ab', null, 1],
    ['results', 'sums', '0123456789ab', 1],
  ])
  expect([did.count, did.bytes, did.notices]).toEqual([4, GONE.join('').length, []])
  expect(left().toSorted()).toEqual(FILES.filter((file) => !GONE.includes(file)).toSorted())
})

test('results of a process that the history does not have, or cannot be asked for, are called by its id', async () => {
  const { garbage, host } = kit()
  const { history } = host.world
  history.scan = async () => ({ unreadable: 0 })
  const names = async () => (await garbage.collect({ dryRun: true, only: ['results'] })).items.map(({ name, id }) => [name, id])
  expect(await names()).toEqual([['0123456789ab', '0123456789ab']])
  history.scan = () => Promise.reject(new PtrackError('FAILED', 'cannot read the history'))
  expect(await names()).toEqual([['0123456789ab', '0123456789ab']])
})

test('two at once remove each thing once', async () => {
  const { garbage } = kit()
  const [one, two] = await Promise.all([garbage.collect({ dryRun: false }), garbage.collect({ dryRun: false })])
  expect([one.count, two.count, two.notices]).toEqual([4, 0, []])
})

test('only what is asked for', async () => {
  const { garbage } = kit()
  const { items } = await garbage.collect({ dryRun: false, only: ['environments'] })
  expect(items.map(({ name }) => name)).toEqual(['gone'])
  expect(FILES.length - left().length).toBe(1)
})

test('what comes while it looks keeps its files, and what cannot be removed is reported', async () => {
  const { garbage, add, host } = kit()
  const { envs } = host.world
  const { list } = envs
  envs.list = async () => {
    const found = await list()
    add({ name: 'gone' })
    return found
  }
  host.world.results.remove = () => Promise.reject(Object.assign(new Error('EROFS'), { syscall: 'unlink', code: 'EROFS' }))
  const { items, notices } = await garbage.collect({ dryRun: false })
  expect(items.map(({ name }) => name)).toEqual(['web~0123456789ab'])
  expect(notices).toEqual(['cannot remove the results of sums (0123456789ab): EROFS'])
})

test('old logs of nobody go by the time of their last line', async () => {
  const { garbage } = kit()
  for (const file of FILES) utimesSync(join(home, file), 1000, 1000)
  utimesSync(join(home, 'logs/gone.err.log'), 5000, 5000)
  expect(await garbage.sweepLogs(4_000_000)).toBe(1)
  expect(FILES.filter((file) => !left().includes(file))).toEqual(['logs/web~0123456789ab.out.log'])
  expect(await garbage.sweepLogs(Number.NEGATIVE_INFINITY)).toBe(0)
  expect(await garbage.sweepLogs(6_000_000)).toBe(1)
})
