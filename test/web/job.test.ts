/** A job's own page: how far it is, why it waits, how it ended; its steps and attempts along the time; what came out. */
import { describe, expect, test } from 'vitest'
import type { HistoryRow } from '../../src/protocol/history.ts'
import type { ResultGroup } from '../../src/protocol/overview.ts'
import type { ProcessView, StepView } from '../../src/protocol/view.ts'
import { goalOf } from '../../src/web/job/goal-words.ts'
import { matrixOf } from '../../src/web/job/matrix.ts'
import { attemptsFall, placeOf, stepsFall, stepsWords } from '../../src/web/job/waterfall.ts'
import { figureWords } from '../../src/web/table.ts'
import { makeView } from '../api/support/wire.ts'

const NOW = new Date(2030, 0, 2, 12, 0, 0).getTime()
const at = (seconds: number): string => new Date(NOW + seconds * 1000).toISOString()
const job = (more: Partial<ProcessView>): ProcessView => makeView('1', 'work', { kind: 'job', endedAt: null, ...more })
const progress = { percent: 53, current: 137, total: 260, unit: 'batches', message: 'few-shot', etaMs: 250_000, stalled: false }
const usual = { p50Ms: 530_000, p95Ms: 664_000, runs: 21 }

describe('what one asks first', () => {
  test.each<[string, Partial<ProcessView>, Partial<ReturnType<typeof goalOf>>]>([
    [
      'how far, and until when',
      { status: 'running', startedAt: at(-280), progress },
      { now: '53%', more: '137/260 batches', left: '4m 10s left', leftMore: 'ends about 12:04, started 11:55', percent: 53 },
    ],
    [
      'nothing is known of how far',
      { status: 'running', startedAt: at(-65), progress: null },
      { now: 'Running', more: 'for 1m 5s', left: '', percent: undefined },
    ],
    [
      'a number without an end',
      { status: 'running', startedAt: at(-65), progress: { ...progress, percent: null, total: null, etaMs: null } },
      { now: '137 batches', more: 'in 1m 5s', percent: undefined },
    ],
    [
      'nothing comes any more',
      { status: 'running', startedAt: at(-65), progress: { ...progress, stalled: true } },
      { left: 'Stalled' },
    ],
    [
      'a limit',
      {
        ...{ status: 'pending', since: at(-130), queuePosition: 2, startedAt: null },
        queue: { limit: 'type build', value: 1, expectedStartAt: at(600) },
      },
      {
        ...{ now: 'Number 2 of those that wait', left: 'Starts about 12:10', leftMore: 'waits for 2m', percent: null },
        below: ['The limit type build lets 1 run at once.'],
      },
    ],
    [
      'its turn',
      { status: 'pending', since: at(-1), queuePosition: 1, queue: { limit: null, value: null, expectedStartAt: null } },
      { now: 'Next to start', below: ['It is its turn.'] },
    ],
    [
      'another process',
      { status: 'pending', since: at(-30), reason: 'waiting for tokenize to be done', queuePosition: null, queue: null },
      { now: 'Waiting', more: 'for tokenize to be done', left: '' },
    ],
    [
      'the next attempt',
      { status: 'retrying', reason: 'exit code 7', exitCode: 7, retry: { attempt: 3, of: 6, nextAt: at(12) } },
      { now: 'Attempt 3 of 6', left: 'In 12s', leftMore: 'at 12:00', percent: null },
    ],
    [
      'a good end',
      { status: 'done', exitCode: 0, startedAt: at(-600), endedAt: at(-60), results: 137, progress: null },
      {
        now: 'Done',
        more: 'after 9m',
        leftMore: 'ended 11:59',
        below: ['137 rows of results', 'Usually 8m 50s, 95% within 11m 4s'],
      },
    ],
    [
      'a bad end, in words',
      { status: 'failed', exitCode: 4, reason: 'exit code 4', startedAt: at(-600), endedAt: at(-60), progress },
      { now: 'Failed', more: 'Exit code 4, after 9m', below: ['It was at 53%', 'few-shot', 'Usually 8m 50s, 95% within 11m 4s'] },
    ],
  ])('%s', (_, more, expected) => expect(goalOf(job(more), usual, NOW, false)).toMatchObject(expected))

  test('the day is named where it is not today, and what is away counts nothing down', () => {
    const old = goalOf(job({ status: 'done', startedAt: at(-90_000), endedAt: at(-86_400), progress: null }), null, NOW, false)
    expect(old.leftMore).toBe('ended Tue 1 Jan, 12:00')
    const away = job({ status: 'retrying', retry: { attempt: 3, of: null, nextAt: at(12) }, reason: 'exit code 7', exitCode: 7 })
    expect(goalOf(away, null, NOW, true)).toMatchObject({ now: 'Attempt 3', left: '', leftMore: 'at 12:00' })
  })
})

describe('waterfalls', () => {
  const step = (
    id: string,
    status: StepView['status'],
    from: number | null,
    to: number | null,
    more: Partial<StepView> = {},
  ): StepView => ({
    ...{ id, name: id, status, percent: null, message: null, error: null, elapsedMs: null, steps: [] },
    ...{ startedAt: from === null ? null : at(from), endedAt: to === null ? null : at(to), ...more },
  })
  const steps = [
    step('load', 'done', -60, -50, { message: '260 prompts' }),
    step('evaluate', 'running', -50, null, {
      percent: 40.4,
      steps: [step('few', 'failed', -50, -40, { error: 'no luck' }), step('more', 'pending', null, null)],
    }),
    step('report', 'skipped', null, null),
  ]

  test('steps in their order with those within them, up to what is expected', () => {
    const { falls, fromMs, toMs } = stepsFall(steps, NOW - 60_000, NOW, NOW + 30_000)
    expect([fromMs - NOW, toMs - NOW]).toEqual([-60_000, 30_000])
    expect(falls.map(({ name, depth, state, tookMs, note }) => [name, depth, state, tookMs, note])).toEqual([
      ['load', 0, 'done', 10_000, '260 prompts'],
      ['evaluate', 0, 'running', 50_000, '40%'],
      ['few', 1, 'failed', 10_000, 'no luck'],
      ['more', 1, 'pending', null, ''],
      ['report', 0, 'cancelled', null, 'skipped'],
    ])
    expect(stepsWords(steps)).toBe('1 of 4 done, 1 failed')
  })

  const row = (run: number, attempt: number, from: number, to: number, more: Partial<HistoryRow> = {}): HistoryRow => ({
    ...{
      id: '1',
      name: 'work',
      kind: 'job',
      type: 'job',
      owner: 'me',
      tags: [],
      run,
      runId: `r${run}`,
      outcome: 'failed',
      reason: 'exit code 7',
    },
    ...{
      exitCode: 7,
      signal: null,
      startedAt: at(from),
      endedAt: at(to),
      durationMs: (to - from) * 1000,
      attempt,
      results: 0,
      ...more,
    },
  })
  const shape = (view: ProcessView, rows: HistoryRow[]) =>
    attemptsFall(view, rows, NOW, null)?.falls.map(({ name, state, pieces }) => [
      name,
      state,
      pieces.map((piece) => piece.class).join(' '),
    ])

  test('attempts with the queue before and the backoff between; earlier requests are not theirs', () => {
    const rows = [
      row(4, 2, -20, -10, { spans: [{ kind: 'waiting', from: at(-30), to: at(-20) }] }),
      row(3, 1, -40, -30, { spans: [{ kind: 'waiting', from: at(-90), to: at(-40) }] }),
      row(2, 1, -500, -490, { outcome: 'done' }),
    ]
    const done = job({ status: 'failed', startedAt: at(-20), endedAt: at(-10), run: 4 })
    expect(shape(done, rows)).toEqual([
      ['Attempt 1', 'failed', 'wait bad'],
      ['Attempt 2', 'failed', 'plan bad'],
    ])
    const retrying = job({
      status: 'retrying',
      startedAt: null,
      retry: { attempt: 3, of: 6, nextAt: at(15) },
      restarts: 1,
      run: 4,
    })
    expect(shape(retrying, rows)!.at(-1)).toEqual(['Attempt 3', 'retrying', 'plan'])
    const lives = job({ status: 'running', startedAt: at(-5), restarts: 2, run: 5 })
    expect(shape(lives, rows)!.map(([name, , pieces]) => [name, pieces])).toEqual([
      ['Attempt 1', 'wait bad'],
      ['Attempt 2', 'plan bad'],
      ['Attempt 3', 'plan run'],
    ])
    // Asked for anew: what was before is over.
    expect(shape(job({ status: 'running', startedAt: at(-5), restarts: 0, run: 5 }), rows)).toBeUndefined()
    expect(shape(job({ status: 'done', startedAt: at(-500), endedAt: at(-490), run: 2 }), [rows[2]!])).toBeUndefined()
  })

  test('what is short is seen, and nothing leaves the drawing', () => {
    const whole = { fromMs: NOW, toMs: NOW + 1_000_000 }
    expect(placeOf(whole, { class: 'bad', fromMs: NOW + 500_000, toMs: NOW + 500_001 })).toEqual({ x: 50, width: 0.6 })
    const { x, width } = placeOf(whole, { class: 'bad', fromMs: NOW + 1_000_000, toMs: NOW + 9_000_000 })
    expect(x + width).toBeLessThanOrEqual(100)
  })
})

describe('what came out', () => {
  const group = (by: string, and: string | null, mean: number): ResultGroup => ({
    keys: [by, and],
    count: 2,
    mean,
    min: mean,
    max: mean,
  })

  test('two fields are rows and columns, with a tint from the least to the most', () => {
    const { columns, rows, left } = matrixOf([group('a', 'x', 0.5), group('a', 'y', 0.9), group('b', 'x', 0.7)])
    expect(columns).toEqual(['x', 'y'])
    expect(rows.map(({ name, cells }) => [name, cells.map((cell) => cell && [cell.mean, cell.tint])])).toEqual([
      [
        'a',
        [
          [0.5, 0],
          [0.9, 4],
        ],
      ],
      ['b', [[0.7, 2], null]],
    ])
    expect(left).toBe(0)
    expect(matrixOf(Array.from({ length: 300 }, (_, i) => group(String(i), null, i)))).toMatchObject({ columns: [''], left: 280 })
  })

  test.each([
    [0.6497, undefined, '0.6497'],
    [0.65, [0.65, 0.6497], '0.6500'],
    [12, undefined, '12'],
    [1_234_567, undefined, '1,234,567'],
    [1234.5678, undefined, '1,235'],
    [0.000012345, undefined, '0.0000123'],
    [3.25, [3.25, 250], '3.3'],
    [Number.NaN, undefined, ''],
  ])('%d beside %o is %s', (value, together, words) => expect(figureWords(value, together)).toBe(words))
})
