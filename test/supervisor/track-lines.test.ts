/** `::ptrack` lines on their way from the log to whoever takes them. */
import { describe, expect, test } from 'vitest'
import { PtrackError } from '../../src/protocol/errors.ts'
import type { TrackUpdate } from '../../src/protocol/tracking.ts'
import type { Managed } from '../../src/supervisor/registry.ts'
import { type LineSource, TrackLines } from '../../src/supervisor/track-lines.ts'
import { Wheel } from '../../src/supervisor/wheel.ts'
import { liveState } from './support/supervisor.ts'
import { trackingKit } from './support/tracking.ts'

const line = (update: object): string => `::ptrack ${JSON.stringify(update)}`

function kit(take: (update: TrackUpdate) => Promise<unknown> | null = () => null) {
  const t = trackingKit()
  const taken: [update: TrackUpdate, source: LineSource][] = []
  const scanned: [run: number, offset: number, worthSaving: boolean][] = []
  const lines = new TrackLines(t.host.world, new Wheel(t.clock), {
    take: (_, update, source) => {
      const answer = take(update)
      taken.push([update, source])
      return answer
    },
    scanned: (_, run, offset, worthSaving) => void scanned.push([run, offset, worthSaving]),
  })
  const job = (run = 1): Managed => t.add({ name: 'job' }, { runNumber: run, state: liveState('running', run) })
  return { ...t, lines, taken, scanned, job }
}

describe('a run', () => {
  test('is followed a moment after it began: one that is over by then costs no watch', async () => {
    const t = kit()
    const [long, short] = [t.job(), t.job()]
    t.lines.begin(long)
    t.lines.begin(short)
    t.lines.end(short)
    await t.clock.advance(1000)
    expect(t.scans.map(({ followed, from }) => [followed, from])).toEqual([[true, { run: 1 }]])
    t.lines.close()
    expect(t.scans[0]!.closed).toBe(true)
  })

  test('is read on from where its lines were taken last, and a new one from its own start', async () => {
    const t = kit()
    const job = t.job()
    job.record.tracking = { run: 1, scanned: { out: 400, err: 0 } } as never
    t.lines.begin(job)
    await t.clock.advance(100)
    await t.scans[0]!.page([line({ progress: 1 })])
    expect(t.taken).toEqual([[{ progress: 1 }, { run: 1, stream: 'out', next: 400 + line({ progress: 1 }).length + 1 }]])
    job.record.tracked = { ...job.record.tracked, runNumber: 2, state: liveState('running', 2) as never }
    expect(t.lines.drain(job)).toBeNull()
    expect(t.scans.map(({ from, closed }) => [from, closed])).toEqual([
      [400, true],
      [{ run: 2 }, false],
    ])
  })
})

test('lines that are read late are of the attempt that wrote them', async () => {
  const t = kit()
  const job = t.job()
  const state = (number: number, attempt: number) => ({ ...liveState('running', number), run: { number, id: 'r', attempt } })
  job.record.tracked = { ...job.record.tracked, runNumber: 4, attempts: 1, state: state(4, 2) as never }
  t.lines.drain(job)
  job.record.tracked = { ...job.record.tracked, attempts: 2, state: { status: 'completing' } as never }
  await t.scans[0]!.page([line({ result: 1 })])
  expect(t.taken).toMatchObject([[{ result: 1 }, { run: 4, attempt: 2 }]])
})

describe('lines', () => {
  test('are offered in order with the offset behind them; what is no update is an ordinary line, told once', async () => {
    const t = kit((update) => {
      if (update.progress === 66) throw new PtrackError('BAD_REQUEST', 'cannot take this: too many steps')
      return null
    })
    const job = t.job()
    t.lines.drain(job)
    const texts = [line({ progress: 1 }), '::ptrack {no', line({ progress: 140 }), line({ progress: 66 }), line({ message: 'm' })]
    await t.scans[0]!.page(texts)
    expect(t.taken.map(([update]) => update)).toEqual([{ progress: 1 }, { message: 'm' }])
    expect(t.taken.at(-1)![1].next).toBe(texts.join('\n').length + 1)
    expect(t.scanned).toEqual([[1, texts.join('\n').length + 1, true]])
    expect(t.said).toEqual(["a ::ptrack line of 'job' (run 1) is no update: it is none"])
  })

  test('count as scanned only when their results are stored; a disk that refuses has the page offered again', async () => {
    let refusals = 1
    let store = (): void => {}
    const t = kit(async () => {
      if (refusals-- > 0) throw new PtrackError('STATE_WRITE_FAILED', 'cannot save results: no space')
      await new Promise<void>((resolve) => {
        store = resolve
      })
    })
    t.lines.drain(t.job())
    const scan = t.scans[0]!
    await expect(scan.page([line({ result: 1 })])).rejects.toMatchObject({ code: 'STATE_WRITE_FAILED' })
    expect(t.scanned).toEqual([])
    const again = scan.page([line({ result: 1 })])
    await new Promise((resolve) => setImmediate(resolve))
    expect(t.scanned).toEqual([])
    store()
    await again
    expect(t.scanned).toHaveLength(1)
  })

  test('a row that can never be taken does not hold up those behind it', async () => {
    const t = kit(({ result }) => {
      if (result === 'huge') return Promise.reject(new PtrackError('TOO_LARGE', 'cannot take this row'))
      return Promise.resolve(1)
    })
    t.lines.drain(t.job())
    await t.scans[0]!.page([line({ result: 'huge' }), line({ result: 2 })])
    expect(t.taken).toHaveLength(2)
    expect(t.scanned).toHaveLength(1)
  })

  test('without any, only what would be long to read again is worth saving; what rotation dropped is told', async () => {
    const t = kit()
    t.lines.drain(t.job())
    const scan = t.scans[0]!
    await scan.page([], { scanned: 1000 })
    await scan.page([], { scanned: 2_000_000 })
    await scan.page([], { scanned: 2_000_500, lost: 77 })
    expect(t.scanned.map(([, offset, worth]) => [offset, worth])).toEqual([
      [1000, false],
      [2_000_000, true],
      [2_000_500, false],
    ])
    expect(t.said).toEqual([expect.stringContaining('77 bytes')])
  })

  test('of a process that was deleted meanwhile are nobody’s', async () => {
    const t = kit()
    const job = t.job()
    t.lines.drain(job)
    job.removed = true
    await t.scans[0]!.page([line({ progress: 1 })])
    expect([t.taken, t.scanned]).toEqual([[], []])
  })
})

describe('the end', () => {
  test('waits for the last lines', async () => {
    const t = kit()
    const job = t.job()
    t.lines.begin(job)
    await t.clock.advance(100)
    t.scans[0]!.unread = [line({ progress: 99 })]
    await t.lines.drain(job)
    expect(t.taken.map(([update]) => update)).toEqual([{ progress: 99 }])
    expect(t.lines.drain(job)).toBeNull()
    t.lines.end(job)
    expect(t.scans[0]!.closed).toBe(true)
  })

  test('waits for as long as rows are still taken, however many there are', async () => {
    const t = kit(() => Promise.resolve())
    const job = t.job()
    t.lines.begin(job)
    await t.clock.advance(100)
    const scan = t.scans[0]!
    scan.gate = new Promise(() => {})
    scan.unread = [line({ result: 0 })]
    let over = false
    void t.lines.drain(job)!.then(() => {
      over = true
    })
    for (let n = 0; n < 5; n++) {
      await t.clock.advance(9000)
      await scan.page([line({ result: n })])
    }
    expect(over).toBe(false)
    await t.clock.advance(9000)
    expect(over).toBe(false)
    await t.clock.advance(2000)
    expect(over).toBe(true)
  })

  test('does not wait for ever: it is told first, and they are taken once they can be', async () => {
    const t = kit()
    const job = t.job()
    t.lines.begin(job)
    await t.clock.advance(100)
    const scan = t.scans[0]!
    let open = (): void => {}
    scan.gate = new Promise((resolve) => {
      open = resolve
    })
    scan.unread = [line({ progress: 99 })]
    let over = false
    void t.lines.drain(job)!.then(() => {
      over = true
    })
    await t.clock.advance(9000)
    expect(over).toBe(false)
    await t.clock.advance(2000)
    expect(over).toBe(true)
    expect(t.said).toEqual([expect.stringContaining('its end is published before them')])
    t.lines.end(job)
    expect(scan.closed).toBe(false)
    open()
    await t.clock.advance(1)
    await t.clock.advance(1)
    expect(t.taken.map(([update]) => update)).toEqual([{ progress: 99 }])
    expect(scan.closed).toBe(true)
  })
})
