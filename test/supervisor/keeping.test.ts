/** What is kept of ended runs, and for how long: historyWriter and janitor. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { createHistoryStore } from '../../src/adapters/history-store.ts'
import { createResultStore } from '../../src/adapters/results/result-store.ts'
import type { PastRun } from '../../src/core/world.ts'
import { PtrackError } from '../../src/protocol/errors.ts'
import type { HistoryRow } from '../../src/protocol/history.ts'
import { HistoryKeeper } from '../../src/supervisor/history-keeper.ts'
import { HistoryWriter } from '../../src/supervisor/history-writer.ts'
import { Janitor } from '../../src/supervisor/janitor.ts'
import { ObservedTime } from '../../src/supervisor/observed-time.ts'
import type { Managed } from '../../src/supervisor/registry.ts'
import { quiet } from '../adapters/support/state-store.ts'
import { FakeClock, liveState, START_MS, supervisorKit } from './support/supervisor.ts'
import { fakeResults } from './support/tracking.ts'

const made: string[] = []
/** What holds files open. */
const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const store of open.splice(0)) await store.close()
  for (const dir of made.splice(0)) rmSync(dir, { recursive: true, force: true })
})
const temporary = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'ptrack-keeping-'))
  made.push(dir)
  return dir
}

const past = (number: number, endedAtMs: number, changes: Partial<PastRun> = {}): PastRun => ({
  ref: { number, id: `r${number}` },
  startedAtMs: endedAtMs - 500,
  endedAtMs,
  outcome: 'done',
  reason: null,
  exit: { kind: 'code', code: 0 },
  adopted: false,
  leader: null,
  program: null,
  outage: false,
  inHistory: false,
  ...changes,
})

const rowOf = (name: string, endedAtMs: number): HistoryRow => ({
  id: name,
  name,
  kind: 'job',
  type: 'job',
  owner: 'sam',
  tags: [],
  run: 1,
  runId: `${name}1`,
  outcome: 'done',
  reason: null,
  exitCode: 0,
  signal: null,
  startedAt: new Date(endedAtMs - 500).toISOString(),
  endedAt: new Date(endedAtMs).toISOString(),
  durationMs: 500,
  attempt: 1,
  results: 0,
})

describe('history', () => {
  /** A daemon over a directory; each has clocks and a store of its own. */
  function daemon(dir: string) {
    const results = fakeResults()
    const put: string[] = []
    const t = supervisorKit({
      results: results.store as never,
      store: { flush: () => Promise.resolve(), put: (id: string) => void put.push(id) } as never,
    })
    const store = createHistoryStore({ dir, clock: t.clock, log: quiet })
    t.host.world.history = store
    const historyWriter = new HistoryWriter(t.host)
    const end = (managed: Managed, run: PastRun): void => {
      managed.record.runs = [...managed.record.runs, run]
      historyWriter.runEnded(managed, run)
    }
    const rows = async (): Promise<HistoryRow[]> => {
      await historyWriter.settled()
      const found: HistoryRow[] = []
      await store.scan({}, (row) => found.unshift(row) > 0)
      return found
    }
    return {
      ...t,
      store,
      historyWriter,
      results: results.state,
      put,
      end,
      rows,
      runs: async () => (await rows()).map(({ runId }) => runId),
    }
  }

  test('one row a run, with what is known of it', async () => {
    const t = daemon(temporary())
    const job = t.add({ name: 'bench', type: 'benchmark', tags: ['x'] }, { attempts: 2 })
    await t.historyWriter.start()
    t.end(job, past(3, START_MS, { outcome: 'failed', reason: 'exit code 3', exit: { kind: 'code', code: 3 } }))
    expect(await t.rows()).toEqual([
      {
        id: job.record.id,
        name: 'bench',
        kind: 'job',
        type: 'benchmark',
        owner: 'sam',
        tags: ['x'],
        run: 3,
        runId: 'r3',
        outcome: 'failed',
        reason: 'exit code 3',
        exitCode: 3,
        signal: null,
        startedAt: new Date(START_MS - 500).toISOString(),
        endedAt: new Date(START_MS).toISOString(),
        durationMs: 500,
        attempt: 2,
        results: 0,
      },
    ])
  })

  test('its attempt is that of the run, whatever the counters have become since', async () => {
    const t = daemon(temporary())
    const job = t.add({ name: 'bench' }, { attempts: 0 })
    await t.historyWriter.start()
    t.end(job, { ...past(3, START_MS), ref: { number: 3, id: 'r3', attempt: 3 } })
    expect((await t.rows()).map(({ attempt }) => attempt)).toEqual([3])
  })

  test('what ends while the daemon starts is told too, and only once; who asks then waits for it', async () => {
    const t = daemon(temporary())
    const job = t.add({})
    t.end(job, past(1, START_MS))
    void t.historyWriter.start()
    t.end(job, past(2, START_MS + 1))
    expect(await t.runs()).toEqual(['r1', 'r2'])
    t.end(job, past(3, START_MS + 2))
    expect(await t.runs()).toEqual(['r1', 'r2', 'r3'])
  })

  test('a row that the crash took is added, and a run that ends once more has its row already', async () => {
    const dir = temporary()
    const before = daemon(dir)
    const job = before.add({})
    await before.historyWriter.start()
    for (const n of [1, 2, 3]) before.end(job, past(n, START_MS + n * 1000))
    await before.store.close()
    // The state knows of run 4, whose row was never written; run 3 was written, but the state does not know of its end.
    const after = daemon(dir)
    const same = after.add({}, { state: liveState('running', 3) })
    same.record.runs = [1, 2, 4].map((n) => past(n, START_MS + n * 1000))
    const started = after.historyWriter.start()
    after.historyWriter.runEnded(same, past(3, START_MS + 9000))
    await started
    expect(await after.runs()).toEqual(['r1', 'r2', 'r3', 'r4'])
    // A run that is seen to its end a while after the start.
    after.historyWriter.runEnded(same, past(2, START_MS + 9000))
    expect(await after.runs()).toEqual(['r1', 'r2', 'r3', 'r4'])
    await after.store.close()
  })

  test('a run of long ago that has its mark is not looked for, nor told again though its row has gone', async () => {
    const t = daemon(temporary())
    t.add({}).record.runs = [past(1, START_MS - 3_600_000, { inHistory: true })]
    const { scan } = t.store
    t.host.world.history.scan = () => Promise.reject(new Error('read'))
    await t.historyWriter.start()
    t.store.scan = scan
    expect(await t.runs()).toEqual([])
  })

  test('rows out of order do not hide the others: each run has one row after any number of daemons', async () => {
    const dir = temporary()
    const before = daemon(dir)
    const job = before.add({})
    await before.historyWriter.start()
    for (const n of [1, 2, 3, 4, 5, 6]) before.end(job, past(n, START_MS + n))
    // A row whose clock was another: older by 70 s than what stands before it.
    before.end(job, past(7, START_MS - 70_000))
    await before.store.close()
    for (let n = 0; n < 3; n++) {
      const after = daemon(dir)
      after.add({}).record.runs = [1, 2, 3, 4, 5, 6, 7].map((each) => past(each, START_MS + each))
      await after.historyWriter.start()
      expect((await after.runs()).toSorted()).toEqual(['r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'r7'])
      await after.store.close()
    }
  })

  test('a run that was found to have its row gets its mark, which is saved', async () => {
    const dir = temporary()
    const before = daemon(dir)
    await before.historyWriter.start()
    before.end(before.add({}), past(1, START_MS))
    await before.store.close()
    const after = daemon(dir)
    const same = after.add({})
    same.record.runs = [past(1, START_MS)]
    await after.historyWriter.start()
    after.historyWriter.saveMarks()
    expect([same.record.runs[0]!.inHistory, after.put]).toEqual([true, [same.record.id]])
    await after.store.close()
  })

  test('a row gets its mark when no power failure can take it any more', async () => {
    const t = daemon(temporary())
    const job = t.add({})
    await t.historyWriter.start()
    t.end(job, past(1, START_MS))
    await t.store.flush()
    expect(job.record.runs[0]!.inHistory).toBe(false)
    await t.store.close()
    // The next change of the process takes it along: a short job is not saved twice.
    expect([job.record.runs[0]!.inHistory, t.put]).toEqual([true, []])
  })

  test('counts the results that are on disk, of this run alone, whatever the state knew of them', async () => {
    const t = daemon(temporary())
    const job = t.add({})
    const told = (run: number) => ({ id: job.record.id, run, row: {}, origin: null })
    t.results.rows.push(told(1), told(1), told(2), told(2), told(2))
    job.record.runs = [past(1, START_MS)]
    await t.historyWriter.start()
    t.end(job, past(2, START_MS + 1, { outage: true }))
    t.end(job, past(3, START_MS + 2))
    await t.historyWriter.settled()
    expect((await t.rows()).map(({ runId, results }) => [runId, results])).toEqual([
      ['r1', 2],
      ['r2', 3],
      ['r3', 0],
    ])
    await t.store.close()
  })

  test('a history that cannot be read does not keep what ends from now on from being written', async () => {
    const t = daemon(temporary())
    const { scan } = t.store
    t.host.world.history.scan = () => Promise.reject(new PtrackError('FAILED', 'cannot read the history: permission denied'))
    const job = t.add({})
    job.record.runs = [past(1, START_MS - 10)]
    await t.historyWriter.start()
    t.end(job, past(2, START_MS))
    t.store.scan = scan
    expect(await t.runs()).toEqual(['r2'])
    expect(t.said).toContain('cannot read the history: permission denied; what ended before now may lack a row')
  })

  test('a state from before there was a history fills it', async () => {
    const t = daemon(temporary())
    t.add({}).record.runs = [past(2, START_MS - 10), past(1, START_MS - 99_000_000)]
    await t.historyWriter.start()
    expect(await t.runs()).toEqual(['r1', 'r2'])
  })
})

describe('the keeper of history', () => {
  const DAY = 24 * 3_600_000
  /** A daemon that has watched for 1000 days, and a history with rows that ended so many days ago. */
  async function kit(daysAgo: Record<string, number>) {
    const base = temporary()
    const log = createResultStore({ dir: join(base, 'results'), clock: new FakeClock(), log: quiet })
    open.push(log)
    const t = supervisorKit({ results: log })
    t.host.world.history = createHistoryStore({ dir: join(base, 'history'), clock: t.clock, log: quiet })
    t.settings.now.observed.spans = [{ wallMs: START_MS - 1000 * DAY, ms: 1000 * DAY }]
    const historyWriter = new HistoryWriter(t.host)
    const observed = new ObservedTime(t.clock, t.host.settings)
    const keeper = new HistoryKeeper(t.host, historyWriter, observed)
    await historyWriter.start()
    for (const [name, days] of Object.entries(daysAgo)) {
      const job = t.add({ name })
      await log.append(job.record.id, { at: '', run: 1, row: { name }, origin: null })
      const run = past(1, START_MS - days * DAY, { outage: true })
      job.record.runs = [run]
      historyWriter.runEnded(job, run)
      if (!name.startsWith('listed')) t.registry.remove(job)
    }
    await historyWriter.settled()
    const left = async (): Promise<string[]> => {
      const names: string[] = []
      await t.host.world.history.scan({}, (row) => names.push(row.name) > 0)
      return names.toSorted()
    }
    const pass = async (ms: number): Promise<void> => {
      await t.clock.advance(ms)
      observed.note()
    }
    return { ...t, base, keeper, left, pass, files: async () => [...(await log.list()).keys()].toSorted() }
  }

  test('results go with the last row of their process, a day after that was announced for the first time', async () => {
    const t = await kit({ old: 401, young: 398, listed: 500 })
    expect(await t.keeper.sweep()).toBe(0)
    expect(t.events.since(0)!.at(-1)).toMatchObject({ type: 'resultsExpire', processes: 2, keptMs: 400 * DAY })
    expect(t.said.at(-1)).toBe(
      'in 24h the results of 2 processes go that were kept for 400d; `ptrack retention set history TIME` keeps them longer',
    )
    expect(t.settings.now.notices.map(({ text }) => text)).toEqual([t.said.at(-1)])
    await t.pass(DAY - 1)
    expect([await t.keeper.sweep(), await t.left()]).toEqual([0, ['listed', 'old', 'young']])
    await t.pass(1)
    expect([await t.keeper.sweep(), await t.left()]).toEqual([2, ['young']])
    // What the list still shows keeps its rows, whatever became of its history.
    expect(await t.files()).toEqual(['id2', 'id3'])
    const told = t.events.since(0)!.length
    await t.pass(2 * DAY)
    expect([await t.keeper.sweep(), await t.left(), await t.files()]).toEqual([1, [], ['id3']])
    expect(t.events.since(0)!.length).toBe(told)
  })

  test('a crash between the rows and the results leaves results of nobody, which go with the next', async () => {
    const t = await kit({ a: 401, b: 401 })
    t.settings.now.observed.announcedMs = 0
    const { results, history } = t.host.world
    const { remove } = results
    results.remove = () => Promise.reject(new PtrackError('FAILED', 'killed'))
    await expect(t.keeper.sweep()).rejects.toThrow('killed')
    expect([await t.left(), await t.files()]).toEqual([[], ['id1', 'id2']])
    results.remove = remove
    expect([...(await t.keeper.unowned()).keys()].toSorted()).toEqual(['id1', 'id2'])
    history.append(rowOf('c', START_MS - 500 * DAY))
    expect([await t.keeper.sweep(), await t.files()]).toEqual([1, []])
  })

  test('a clock that jumps, and a time that is for ever, remove nothing', async () => {
    const t = await kit({ a: 300 })
    t.settings.now.observed.announcedMs = 0
    t.clock.shiftWall(900 * DAY)
    await t.pass(1)
    expect([await t.keeper.sweep(), await t.left()]).toEqual([0, ['a']])
    t.settings.now.retention.historyMs = null
    t.clock.shiftWall(-900 * DAY)
    await t.pass(200 * DAY)
    expect([await t.keeper.sweep(), await t.left()]).toEqual([0, ['a']])
  })
})

describe('the janitor', () => {
  const HOUR = 3_600_000
  function kit() {
    const removed: string[] = []
    const t = supervisorKit({
      envs: { remove: async (name: string) => void removed.push(`env ${name}`) } as never,
    })
    const names = () => [...t.registry.all()].map(({ record }) => record.definition.name)
    // A daemon has watched for a long time.
    t.settings.now.observed.spans = [{ wallMs: START_MS - 9999 * HOUR, ms: 9999 * HOUR }]
    const observed = new ObservedTime(t.clock, t.host.settings)
    const keepers = { list: t.registry, history: { sweep: async () => 0 }, garbage: { sweepLogs: async () => 0 } }
    return { ...t, removed, names, observed, janitor: new Janitor(t.host, observed, keepers) }
  }
  const ended = (status: string, hoursAgo: number) => ({ state: { status, exit: null }, sinceMs: START_MS - hoursAgo * HOUR })

  test('takes out what ended long ago, by how it ended', async () => {
    const t = kit()
    for (const [name, status, hoursAgo] of [
      ['done-25', 'done', 25],
      ['done-23', 'done', 23],
      ['cancelled-25', 'cancelled', 25],
      ['failed-25', 'failed', 25],
      ['failed-169', 'failed', 169],
      ['timeout-169', 'timeout', 169],
      ['interrupted-169', 'interrupted', 169],
    ] as const)
      t.add({ name }, ended(status, hoursAgo))
    t.add({ name: 'service', kind: 'service' }, ended('failed', 9999))
    t.add({ name: 'cron', cron: '@daily' }, ended('done', 9999))
    t.add({ name: 'waiting' }, { state: { status: 'pending', why: 'queue', turn: 1 }, sinceMs: 0 })
    expect(await t.janitor.sweep()).toEqual(['done-25', 'cancelled-25', 'failed-169', 'timeout-169', 'interrupted-169'])
    expect(t.names()).toEqual(['done-23', 'failed-25', 'service', 'cron', 'waiting'])
    expect(t.removed).toEqual(['env done-25', 'env cancelled-25', 'env failed-169', 'env timeout-169', 'env interrupted-169'])
  })

  test('a clock that jumps takes nothing out', async () => {
    const t = kit()
    t.add({ name: 'a' }, ended('done', 1))
    t.clock.shiftWall(500 * 24 * HOUR)
    t.observed.note()
    expect(await t.janitor.sweep()).toEqual([])
    t.clock.shiftWall(-900 * 24 * HOUR)
    t.observed.note()
    expect(await t.janitor.sweep()).toEqual([])
  })

  test.each([25, 500 * 24])('a clock that is %i hours ahead when the daemon starts counts as 12, and no more', async (hours) => {
    const t = kit()
    t.add({ name: 'done' }, ended('done', 11.9))
    t.add({ name: 'before' }, ended('done', 12.1))
    t.add({ name: 'failed' }, ended('failed', 1))
    t.clock.shiftWall(hours * HOUR)
    t.observed.begin()
    expect(await t.janitor.sweep()).toEqual(['before'])
  })

  test('comes every hour, until it is closed', async () => {
    const t = kit()
    t.add({ name: 'soon' }, ended('done', 22.5))
    t.add({ name: 'later' }, ended('done', 20.5))
    t.janitor.start()
    await t.clock.advance(HOUR + 1000)
    expect(t.names()).toEqual(['soon', 'later'])
    await t.clock.advance(HOUR)
    expect(t.names()).toEqual(['later'])
    t.janitor.close()
    await t.clock.advance(9 * HOUR)
    expect(t.names()).toEqual(['later'])
  })

  test('keeps an environment that another instance, or a new process of that name, needs', async () => {
    const t = kit()
    t.add({ name: 'web:0', instance: { of: 'web', index: 0 } }, ended('done', 25))
    t.add({ name: 'web:1', instance: { of: 'web', index: 1 } }, ended('done', 1))
    expect(await t.janitor.sweep()).toEqual(['web:0'])
    expect(t.removed).toEqual([])
  })

  test('a disk that refuses costs room, and nothing else', async () => {
    const t = kit()
    t.host.world.envs.remove = () => Promise.reject(new PtrackError('STATE_WRITE_FAILED', 'cannot save: read-only'))
    t.add({ name: 'a' }, ended('done', 25))
    t.add({ name: 'b' }, ended('done', 25))
    expect(await t.janitor.sweep()).toEqual(['a', 'b'])
    expect([t.names(), t.said[0]]).toEqual([[], 'cannot save: read-only'])
  })
})
