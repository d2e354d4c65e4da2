/** A model as a daemon and a person would have made it, at a fixed time. */
import type { ProcessView } from '../../../src/protocol/view.ts'
import { type Effect, type Input, initialModel, type Model } from '../../../src/tui/model.ts'
import { createTheme } from '../../../src/tui/theme.ts'
import { update } from '../../../src/tui/update.ts'
import { NOW, view } from '../../support/views.ts'

export interface Kit {
  model: Model
  effects: Effect[]
  tell(...inputs: Input[]): void
  keys(...keys: string[]): void
  views(...views: ProcessView[]): void
}

export function kit(
  options: Partial<Pick<Model, 'columns' | 'rows' | 'filter' | 'sort' | 'remote'>> & { place?: 'list' | 'fleet' } & {
    color?: boolean
    unicode?: boolean
  } = {},
): Kit {
  const { color = false, unicode = true, ...more } = options
  const start = {
    theme: createTheme(color ? 8 : 0, unicode),
    columns: 80,
    rows: 24,
    nowMs: NOW,
    remote: null,
    filter: {},
    sort: 'status' as const,
    place: 'list' as const,
    ...more,
  }
  const made: Kit = {
    model: initialModel(start),
    effects: [],
    tell: (...inputs) => {
      for (const input of inputs) {
        const [model, effects] = update(made.model, input)
        made.model = model
        made.effects.push(...effects)
      }
    },
    keys: (...keys) => made.tell(...keys.map((key): Input => ({ kind: 'key', key }))),
    views: (...views) => made.tell({ kind: 'feed', item: { kind: 'snapshot', views, seq: 1, gap: false } }),
  }
  return made
}

const many = (count: number): ProcessView[] =>
  Array.from({ length: count }, (_, i) =>
    view({ id: `w${i}`, name: `worker:${i}`, type: 'worker', cpuPercent: i, memoryBytes: (i + 1) * 3e6, pid: 2000 + i }),
  )

/** Something of everything that a table can show. */
export const FLEET: readonly ProcessView[] = [
  view({
    id: 'web',
    name: 'web',
    health: 'healthy',
    cpuPercent: 3.14,
    memoryBytes: 52_428_800,
    ports: [{ port: 3000, open: true, heldBy: 812, latencyMs: 1, checkedAt: null }],
  }),
  view({
    id: 'api',
    name: 'api',
    status: 'retrying',
    wanted: 'up',
    pid: null,
    restarts: 12,
    crashLoop: true,
    exitCode: 1,
    retry: { attempt: 3, of: 5, nextAt: '2026-03-01T12:00:04.000Z' },
  }),
  view({
    id: 'train',
    name: 'train-the-large-model',
    kind: 'job',
    type: 'training',
    cpuPercent: 398,
    memoryBytes: 8e9,
    progress: { percent: 42, current: 420, total: 1000, unit: 'steps', message: 'epoch 4', etaMs: 200_000, stalled: false },
  }),
  view({
    id: 'pull',
    name: 'pull',
    kind: 'job',
    type: 'job',
    reason: 'pausing',
    progress: { percent: 80, current: null, total: null, unit: null, message: null, etaMs: null, stalled: true },
  }),
  view({
    id: 'count',
    name: 'count',
    kind: 'job',
    type: 'job',
    progress: { percent: null, current: 77, total: null, unit: 'files', message: null, etaMs: null, stalled: false },
  }),
  view({
    id: 'bad',
    name: 'nightly',
    kind: 'job',
    type: 'job',
    status: 'failed',
    wanted: 'down',
    pid: null,
    reason: 'cannot start nightly: /srv/report.py does not exist; check the path',
    endedAt: '2026-03-01T11:58:00.000Z',
  }),
  view({ id: 'old', name: 'old', status: 'stopped', wanted: 'down', pid: null }),
  view({ id: 'wide', name: '資料庫 😀 é', health: 'unhealthy', cpuPercent: 0, memoryBytes: 1e6 }),
]

export function busyKit(columns: number, rows: number, options: Parameters<typeof kit>[0] = {}): Kit {
  const made = kit({ columns, rows, ...options })
  for (let i = 0; i < 8; i++) {
    made.views(
      ...FLEET.map((one) => (one.cpuPercent === null ? one : { ...one, cpuPercent: one.cpuPercent * (0.3 + i / 10) })),
      ...many(rows),
    )
    made.tell({ kind: 'tick', nowMs: NOW - 24_000 + i * 3000 })
  }
  made.views(...FLEET, ...many(rows))
  made.tell({ kind: 'tick', nowMs: NOW })
  made.keys('down', 'down', 'down')
  made.tell({ kind: 'log-begins', id: made.model.selected })
  made.tell({
    kind: 'log',
    id: made.model.selected!,
    lines: [
      { process: 'x', stream: 'out', at: null, run: 1, text: 'listening on \x1b[1mport 3000\x1b[0m' },
      { process: 'x', stream: 'err', at: null, run: 1, text: `a long line: ${'0123456789 '.repeat(12)}` },
      { process: 'x', stream: 'out', at: null, run: 1, text: 'evil \x1b[2J\x1b]0;title\x07 line\twith a tab' },
    ],
  })
  return made
}
