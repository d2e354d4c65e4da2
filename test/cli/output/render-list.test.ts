import { describe, expect, test } from 'vitest'
import { renderList } from '../../../src/cli/output/render-list.ts'
import { createStyle } from '../../../src/cli/output/style.ts'
import type { ProcessView } from '../../../src/protocol/view.ts'
import { sortViews } from '../../../src/words/sort.ts'
import { statusWords } from '../../../src/words/status.ts'
import { cutToWidth, displayWidth } from '../../../src/words/text.ts'
import { NOW, view } from '../../support/views.ts'

const views: ProcessView[] = [
  view({
    health: 'healthy',
    cpuPercent: 3.14,
    memoryBytes: 52_428_800,
    ports: [{ port: 3000, open: true, heldBy: 812, latencyMs: 1, checkedAt: null }],
  }),
  view({
    name: 'api',
    status: 'retrying',
    pid: null,
    restarts: 12,
    exitCode: 1,
    crashLoop: true,
    retry: { attempt: 12, of: null, nextAt: '2026-03-01T12:00:03.000Z' },
  }),
  view({
    name: 'nightly-backup-of-everything',
    kind: 'job',
    type: 'job',
    status: 'failed',
    reason: 'exit code 2',
    pid: null,
    exitCode: 2,
    startedAt: '2026-03-01T11:00:00.000Z',
    endedAt: '2026-03-01T11:02:05.000Z',
  }),
  view({
    name: 'db',
    health: 'unhealthy',
    pid: 900,
    ports: [{ port: 5432, open: false, heldBy: null, latencyMs: null, checkedAt: null }],
  }),
]
const plain = (width: number | null, columns?: string[]): string =>
  `\n${renderList(views, { style: createStyle(false), width, nowMs: NOW, columns }).join('\n')}\n`

describe('the list', () => {
  test('not a terminal: everything in full', () => {
    expect(plain(null)).toBe(`
#  name                          type     status                               health     pid  uptime  restarts   cpu    mem  ports
0  web                           service  running                              healthy    812      1h         0  3.1%  50 MB  3000
0  api                           service  crash loop, next in 3s: exit code 1  -            -       -        12     -      -  -
0  nightly-backup-of-everything  job      failed: exit code 2                  -            -   2m 5s         0     -      -  -
0  db                            service  running                              unhealthy  900      1h         0     -      -  5432 closed
`)
  })

  test('120 columns: the longest status pays first, then the longest name', () => {
    expect(plain(120)).toBe(`
#  name                       type     status                  health     pid  uptime  restarts   cpu    mem  ports
0  web                        service  running                 healthy    812      1h         0  3.1%  50 MB  3000
0  api                        service  crash loop, next in 3…  -            -       -        12     -      -  -
0  nightly-backup-of-everyt…  job      failed: exit code 2     -            -   2m 5s         0     -      -  -
0  db                         service  running                 unhealthy  900      1h         0     -      -  5432 clos…
`)
  })

  test('80 columns: the least telling columns are dropped, unhealthy stays visible, and so does an exit code', () => {
    expect(plain(80)).toBe(`
#  name                     status                  pid  uptime  restarts    mem
0  web                      running                 812      1h         0  50 MB
0  api                      crash loop, next in 3…    -       -        12      -
0  nightly-backup-of-ever…  failed: exit code 2       -   2m 5s         0      -
0  db                       unhealthy               900      1h         0      -
`)
  })

  test.each([20, 30, 40, 60, 100, 140, 200])('%i columns are never exceeded by what can be cut', (width) => {
    for (const line of plain(width).split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(width)
  })

  test('numbers stand right under each other', () => {
    const many = [view({ number: 7 }), view({ name: 'api', number: 1207 })]
    const lines = renderList(many, { style: createStyle(false), width: null, nowMs: NOW, columns: ['#', 'name'] })
    expect(lines).toEqual(['   #  name', '   7  web', '1207  api'])
  })

  test('columns can be chosen', () => {
    expect(plain(null, ['pid', 'name'])).toBe('\npid  name\n812  web\n  -  api\n  -  nightly-backup-of-everything\n900  db\n')
  })

  test('colour only where it is wanted', () => {
    expect(plain(80)).not.toContain('\x1b')
    expect(renderList(views, { style: createStyle(true), width: 80, nowMs: NOW }).join('\n')).toContain('\x1b[31m')
  })

  test('sorted by figures, unknown ones last', () => {
    expect(sortViews(views, 'memory', NOW)[0]!.name).toBe('web')
    expect(sortViews(views, 'restarts', NOW)[0]!.name).toBe('api')
    expect(sortViews(views, 'name', NOW).map((one) => one.name)).toEqual(['api', 'db', 'nightly-backup-of-everything', 'web'])
  })
})

test.each([
  [{ status: 'pending', queuePosition: 2, pid: null }, 'waiting: position 2'],
  [{ status: 'done', exitCode: 0 }, 'done'],
  [{ status: 'done', exitCode: 3 }, 'done: exit code 3'],
  [{ status: 'failed', signal: 'SIGKILL' }, 'failed: SIGKILL'],
  [{ status: 'completing', reason: 'unkillable' }, 'stopping: unkillable'],
  [{ status: 'running', reason: 'pausing' }, 'running, pausing'],
  [
    { status: 'retrying', retry: { attempt: 1, of: 3, nextAt: '2026-03-01T12:00:00.200Z' }, exitCode: 9 },
    'restarting in <1s: exit code 9, 1st failure of 3',
  ],
  [{ status: 'failed', reason: 'bad\x1b[2Jname\nx' }, 'failed: bad·[2Jname x'],
] as [Partial<ProcessView>, string][])('%j is said as %s', (over, words) => {
  expect(statusWords(view(over), NOW)).toBe(words)
})

test('wide letters count twice, marks not at all', () => {
  expect(displayWidth('日本')).toBe(4)
  expect(displayWidth('e\u0301')).toBe(1)
  expect(cutToWidth('日本語', 5)).toBe('日本…')
  expect(cutToWidth('abc', 3)).toBe('abc')
})

describe('what long work adds', () => {
  const progress = { percent: 42, current: null, total: null, unit: null, message: null, etaMs: 180_000, stalled: false }
  const list = (views: ProcessView[]) => renderList(views, { style: createStyle(false), width: null, nowMs: NOW })

  test('the column of progress is there when something tells its progress', () => {
    expect(list([view()])[0]).not.toContain('progress')
    const lines = list([view({ progress }), view({ name: 'old', status: 'done', progress })])
    expect(lines[0]).toContain('progress')
    expect(lines[1]).toContain('42% 3m left')
    // What has ended has nothing left.
    expect(lines[2]).toMatch(/42%(?! 3m)/)
  })

  test.each<[Partial<ProcessView>, string]>([
    [{ status: 'pending', queuePosition: 3 }, 'waiting: position 3'],
    [{ status: 'pending', reason: 'waiting for db to be healthy' }, 'waiting for db to be healthy'],
    [{ status: 'pending', reason: 'next run at 2026', nextRunAt: '2026-03-01T13:00:00.000Z' }, 'waiting, next in 1h'],
    [{ status: 'done', nextRunAt: '2026-03-01T12:00:30.000Z' }, 'done, next in 30s'],
    [{ status: 'running', nextRunAt: '2026-03-01T12:00:30.000Z' }, 'running'],
    [{ status: 'running', reason: 'pausing' }, 'running, pausing'],
    [{ status: 'completing', reason: 'cancelling' }, 'stopping'],
  ])('%j: %s', (over, words) => {
    expect(statusWords(view(over), NOW)).toBe(words)
  })
})
