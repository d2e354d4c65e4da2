/** What is told of work, taken and passed on: against clocks that move when told to. */
import { describe, expect, test } from 'vitest'
import { PtrackError } from '../../src/protocol/errors.ts'
import { limits } from '../../src/protocol/limits.ts'
import type { TrackUpdate } from '../../src/protocol/tracking.ts'
import { ProgressKeeper } from '../../src/supervisor/progress-keeper.ts'
import type { Managed } from '../../src/supervisor/registry.ts'
import { liveState, moveTo } from './support/supervisor.ts'
import { trackingKit } from './support/tracking.ts'

function kit() {
  const t = trackingKit()
  const progressKeeper = new ProgressKeeper(t.host)
  const seen: { type: string; [key: string]: unknown }[] = []
  const { publish } = t.events
  t.events.publish = ((type: string, subject: never, payload: object) => {
    seen.push({ type, ...payload })
    return publish.call(t.events, type as never, subject, payload as never)
  }) as never
  const job = (run = 1): Managed => {
    const managed = t.add({ name: 'job', metadata: {} }, { runNumber: run, state: liveState('running', run, t.clock.mono()) })
    managed.record.tracking = null
    return managed
  }
  const take = (managed: Managed, update: TrackUpdate, run?: number, next = 0, attempt?: number) =>
    progressKeeper.take(managed, update, run === undefined ? null : { run, attempt, stream: 'out', next })
  const told = (type: string) => seen.filter((event) => event.type === type)
  const percents = () => told('progress').map(({ progress }) => (progress as { percent: number }).percent)
  return { ...t, progressKeeper, seen, job, take, told, percents }
}

describe('progress', () => {
  test('is told at once, then at most every 50 ms, and never without its last value', async () => {
    const t = kit()
    const job = t.job()
    for (let percent = 1; percent <= 30; percent++) {
      t.take(job, { progress: percent })
      await t.clock.advance(10)
    }
    await t.clock.advance(200)
    const percents = t.percents()
    expect(percents[0]).toBe(1)
    expect(percents.at(-1)).toBe(30)
    expect(percents.length).toBeLessThanOrEqual(8)
    expect(percents).toEqual(percents.toSorted((a, b) => a - b))
  })

  test('of 100 percent is told at once, and so is the last one before the end', async () => {
    const t = kit()
    const job = t.job()
    t.take(job, { progress: 1 })
    t.take(job, { progress: 100 })
    expect(t.percents()).toEqual([1, 100])
    t.take(job, { progress: 40 })
    expect(t.percents()).toEqual([1, 100])
    await t.progressKeeper.beforeEnd(job)
    expect(t.percents()).toEqual([1, 100, 40])
    expect(t.results.synced).toEqual([job.record.id])
  })

  test('a step that begins or ends is told at once; between them with the next progress', async () => {
    const t = kit()
    const job = t.job()
    const steps = () =>
      t.told('step').map(({ step }) => [(step as { status: string }).status, (step as { percent: number }).percent])
    t.take(job, { step: { id: 'a', status: 'running' } })
    t.take(job, { step: { id: 'a', percent: 10 } })
    t.take(job, { step: { id: 'a', percent: 20 } })
    expect(steps()).toEqual([['running', null]])
    await t.clock.advance(100)
    expect(steps()).toEqual([
      ['running', null],
      ['running', 20],
    ])
    t.take(job, { step: { id: 'a', status: 'failed', error: 'no' } })
    expect(steps().at(-1)![0]).toBe('failed')
  })

  test('what is refused changes nothing', async () => {
    const t = kit()
    const job = t.job()
    t.take(job, { progress: 10, metadata: { a: 1 } })
    const { tracking } = job.record
    const large = 'x'.repeat(limits.metadataBytes)
    expect(() => t.take(job, { progress: 20, metadata: { large } })).toThrow(PtrackError)
    expect(() => t.take(job, { progress: 30, result: 'x'.repeat(limits.resultBytes) })).toThrow(/over 262144/)
    expect(job.record.tracking).toBe(tracking)
    expect(t.results.rows).toEqual([])
  })
})

describe('results', () => {
  test('are numbered, counted and told; a large one without its row', async () => {
    const t = kit()
    const job = t.job()
    const heard: number[] = []
    const off = t.progressKeeper.onResult(job, () => heard.push(job.record.tracking!.results))
    expect(await t.progressKeeper.takeRow(job, { n: 1 }, undefined)).toBe(1)
    expect(await t.progressKeeper.takeRow(job, 'y'.repeat(limits.resultEventBytes), undefined)).toBe(2)
    off()
    expect(await t.take(job, { result: 3 })).toBe(3)
    expect(t.told('result').map(({ index, row, large }) => [index, row, large])).toEqual([
      [1, { n: 1 }, false],
      [2, null, true],
      [3, 3, false],
    ])
    expect(heard).toEqual([1, 2])
    expect(job.record.tracking!.results).toBe(3)
  })

  test('with a key that was taken get its index, are not told again, and count what an earlier daemon took', async () => {
    const t = kit()
    const job = t.job()
    t.results.rows.push({ id: job.record.id, run: 1, row: 'x', origin: { key: 'k' } })
    expect(await t.progressKeeper.takeRow(job, 'x', 'k')).toBe(1)
    expect(await t.progressKeeper.takeRow(job, 'x', 'k2')).toBe(2)
    expect(await t.progressKeeper.takeRow(job, 'x', 'k2')).toBe(2)
    expect(t.told('result')).toHaveLength(1)
    await t.clock.advance(1)
    expect(job.record.tracking!.results).toBe(2)
    expect(t.results.rows).toHaveLength(2)
  })

  test('a late line of an earlier run gives its row to that run, and tells nothing of this one', async () => {
    const t = kit()
    const job = t.job(2)
    expect(await t.take(job, { progress: 70, result: 'late' }, 1, 50)).toBe(1)
    expect(t.results.rows).toEqual([{ id: job.record.id, run: 1, row: 'late', origin: { stream: 'out', next: 50 } }])
    expect(t.percents()).toEqual([])
    expect(await t.take(job, { result: 'late' }, 1, 50)).toBeNull()
    expect(t.told('result')).toHaveLength(1)
  })

  test('have the attempt of the run they are of, whatever has become of the process meanwhile', async () => {
    const t = kit()
    const job = t.job(2)
    const attempt = (number: number, attempt: number) => ({
      state: { ...liveState('running', number), run: { number, id: 'r', attempt } },
    })
    moveTo(job, { ...attempt(2, 2), attempts: 1 })
    await t.progressKeeper.takeRow(job, 'by request', undefined)
    // Somebody asks for a restart, and the counters begin anew while the run still ends.
    moveTo(job, { attempts: 0, restarts: 0 })
    await t.progressKeeper.takeRow(job, 'while it ends', undefined)
    t.progressKeeper.stepped(job, moveTo(job, { runNumber: 3, ...attempt(3, 1) }))
    await t.take(job, { result: 'late line' }, 2, 10, 2)
    await t.take(job, { result: 'of the new run' })
    expect(t.results.rows.map(({ row, run, attempt }) => [row, run, attempt])).toEqual([
      ['by request', 2, 2],
      ['while it ends', 2, 2],
      ['late line', 2, 2],
      ['of the new run', 3, 1],
    ])
    expect(t.told('result').map(({ run, attempt }) => [run, attempt])).toEqual([
      [2, 2],
      [2, 2],
      [2, 2],
      [3, 1],
    ])
  })

  test('of a run that an older daemon began have no attempt', async () => {
    const t = kit()
    await t.progressKeeper.takeRow(t.job(), 1, undefined)
    expect(t.results.rows[0]!.attempt).toBeUndefined()
    expect(t.told('result')[0]!.attempt).toBeNull()
  })

  test('a disk that refuses is told to whoever sent the row, and nothing is counted', async () => {
    const t = kit()
    const job = t.job()
    t.results.refuse = new PtrackError('STATE_WRITE_FAILED', 'cannot save results: no space')
    await expect(t.progressKeeper.takeRow(job, 1, undefined)).rejects.toMatchObject({ code: 'STATE_WRITE_FAILED' })
    expect(job.record.tracking!.results).toBe(0)
    expect(t.told('result')).toEqual([])
    expect(await t.progressKeeper.takeRow(job, 1, undefined)).toBe(1)
  })
})

describe('runs', () => {
  test('a new run begins with nothing told, but keeps the count of rows', async () => {
    const t = kit()
    const job = t.job()
    t.take(job, { progress: 60, message: 'm', step: { id: 'a' } })
    await t.progressKeeper.takeRow(job, 1, undefined)
    t.take(job, { progress: 61 })
    t.progressKeeper.stepped(job, moveTo(job, { runNumber: 2, state: liveState('running', 2, t.clock.mono()) }))
    expect(job.record.tracking).toMatchObject({ run: 2, percent: null, message: null, steps: [], results: 1 })
    // What was not told yet of the earlier run is nobody's now.
    await t.clock.advance(500)
    expect(t.percents()).toEqual([60])
  })

  test('what was deleted keeps its rows and tells nothing more', async () => {
    const t = kit()
    const job = t.job()
    t.take(job, { progress: 1 })
    t.take(job, { progress: 2 })
    let woken = 0
    t.progressKeeper.onResult(job, () => woken++)
    job.removed = true
    t.progressKeeper.removed(job)
    await t.clock.advance(500)
    expect(t.percents()).toEqual([1])
    expect([t.results.removed, woken]).toEqual([[], 1])
  })

  test('what lives is followed again by the next daemon, and rows it did not know of are counted', async () => {
    const t = kit()
    const job = t.job()
    t.take(job, { progress: 5 })
    t.results.rows.push({ id: job.record.id, run: 1, row: 1, origin: null }, { id: job.record.id, run: 1, row: 2, origin: null })
    const ended = t.add({ name: 'ended' })
    ended.record.tracking = job.record.tracking
    new ProgressKeeper(t.host).begin()
    await t.clock.advance(100)
    expect(t.scans.map(({ name, followed }) => [name, followed])).toEqual([['job', true]])
    expect(job.record.tracking!.results).toBe(2)
    expect(t.results.looks).toBe(1)
  })
})

describe('a stall', () => {
  test('is told once when nothing came for long beside the usual, and taken back by the next update', async () => {
    const t = kit()
    const job = t.job()
    for (let percent = 1; percent <= 20; percent++) {
      t.take(job, { progress: percent })
      await t.clock.advance(4000)
    }
    expect(t.told('stalled')).toEqual([])
    await t.clock.advance(60_000)
    expect(t.told('stalled').map(({ on }) => on)).toEqual([true])
    expect(job.record.tracking!.stalled).toBe(true)
    t.take(job, { progress: 21 })
    expect(t.told('stalled').map(({ on }) => on)).toEqual([true, false])
    expect(job.record.tracking!.stalled).toBe(false)
  })

  test('is none of what has ended, or is through', async () => {
    const t = kit()
    const [through, over] = [t.job(), t.job()]
    for (let n = 0; n <= 10; n++) {
      t.take(through, { progress: n * 10 })
      t.take(over, { progress: n })
      await t.clock.advance(1000)
    }
    t.progressKeeper.stepped(over, moveTo(over, { state: { status: 'done', exit: null } }))
    await t.clock.advance(600_000)
    expect(t.told('stalled')).toEqual([])
  })
})
