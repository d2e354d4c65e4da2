/** What is kept of ended runs, and for how long: historian and janitor. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { createHistoryStore } from '../../src/adapters/history-store.ts'
import type { PastRun } from '../../src/core/world.ts'
import { PtrackError } from '../../src/protocol/errors.ts'
import type { HistoryRow } from '../../src/protocol/history.ts'
import { Historian } from '../../src/supervisor/historian.ts'
import { Janitor } from '../../src/supervisor/janitor.ts'
import type { Managed } from '../../src/supervisor/registry.ts'
import { quiet } from '../adapters/state-store-kit.ts'
import { START_MS, supervisorKit } from './support.ts'

const made: string[] = []
afterEach(() => {
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
  outage: false,
  ...changes,
})

describe('history', () => {
  /** A daemon over a directory; each has clocks and a store of its own. */
  function daemon(dir: string) {
    const t = supervisorKit()
    const store = createHistoryStore({ dir, clock: t.clock, log: quiet })
    t.orchestrator.world.history = store
    const historian = new Historian(t.orchestrator)
    const end = (managed: Managed, run: PastRun): void => {
      managed.record.runs = [...managed.record.runs, run]
      historian.runEnded(managed, run)
    }
    const rows = async (): Promise<HistoryRow[]> => {
      const found: HistoryRow[] = []
      await store.scan({}, (row) => found.unshift(row) > 0)
      return found
    }
    return { ...t, store, historian, end, rows, runs: async () => (await rows()).map(({ runId }) => runId) }
  }

  test('one row a run, with what is known of it', async () => {
    const t = daemon(temporary())
    const job = t.add({ name: 'bench', type: 'benchmark', tags: ['x'] }, { attempts: 2 })
    await t.historian.start()
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

  test('what ends while the daemon starts is told too, and only once', async () => {
    const t = daemon(temporary())
    const job = t.add({})
    t.end(job, past(1, START_MS))
    const started = t.historian.start()
    t.end(job, past(2, START_MS + 1))
    await started
    t.end(job, past(3, START_MS + 2))
    expect(await t.runs()).toEqual(['r1', 'r2', 'r3'])
  })

  test('a row that the crash took is added, and a run that ends once more has its row already', async () => {
    const dir = temporary()
    const before = daemon(dir)
    const job = before.add({})
    await before.historian.start()
    for (const n of [1, 2, 3]) before.end(job, past(n, START_MS + n * 1000))
    await before.store.close()
    // The state knows of run 4, whose row was never written; run 3 was written, but the state does not know of its end.
    const after = daemon(dir)
    const same = after.add({})
    same.record.runs = [1, 2, 4].map((n) => past(n, START_MS + n * 1000))
    const started = after.historian.start()
    after.historian.runEnded(same, past(3, START_MS + 9000))
    await started
    expect(await after.runs()).toEqual(['r1', 'r2', 'r3', 'r4'])
    // A run that is seen to its end a while after the start.
    after.historian.runEnded(same, past(2, START_MS + 9000))
    expect(await after.runs()).toEqual(['r1', 'r2', 'r3', 'r4'])
    await after.store.close()
  })

  test('old runs are not compared: what stands in the history long ago is not read, nor told again', async () => {
    const dir = temporary()
    const before = daemon(dir)
    await before.historian.start()
    const job = before.add({})
    before.end(job, past(1, START_MS - 3_600_000))
    before.end(job, past(2, START_MS))
    await before.store.close()
    const after = daemon(dir)
    after.add({}).record.runs = [past(1, START_MS - 3_600_000), past(2, START_MS)]
    await after.historian.start()
    expect(await after.runs()).toEqual(['r1', 'r2'])
    await after.store.close()
  })

  test('a history that cannot be read does not keep what ends from now on from being written', async () => {
    const t = daemon(temporary())
    const { scan } = t.store
    t.orchestrator.world.history.scan = () =>
      Promise.reject(new PtrackError('FAILED', 'cannot read the history: permission denied'))
    const job = t.add({})
    job.record.runs = [past(1, START_MS - 10)]
    await t.historian.start()
    t.end(job, past(2, START_MS))
    t.store.scan = scan
    expect(await t.runs()).toEqual(['r2'])
    expect(t.said).toContain('cannot read the history: permission denied; what ended before now may lack a row')
  })

  test('a state from before there was a history fills it', async () => {
    const t = daemon(temporary())
    t.add({}).record.runs = [past(2, START_MS - 10), past(1, START_MS - 99_000_000)]
    await t.historian.start()
    expect(await t.runs()).toEqual(['r1', 'r2'])
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
    return { ...t, removed, names, janitor: new Janitor(t.orchestrator) }
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
    t.orchestrator.world.envs.remove = () => Promise.reject(new PtrackError('STATE_WRITE_FAILED', 'cannot save: read-only'))
    t.add({ name: 'a' }, ended('done', 25))
    t.add({ name: 'b' }, ended('done', 25))
    expect(await t.janitor.sweep()).toEqual(['a', 'b'])
    expect([t.names(), t.said[0]]).toEqual([[], 'cannot save: read-only'])
  })
})
