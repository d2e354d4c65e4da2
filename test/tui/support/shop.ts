/** A stage of three projects with sets, jobs, runs, loads and what was left behind: what large terminals have room for. */
import { expect } from 'vitest'
import type { RunBar, TimelineView } from '../../../src/protocol/overview.ts'
import type { DaemonStatus, OrphanView, ProcessDetail, ProcessView, WhyView } from '../../../src/protocol/view.ts'
import { NOW, view } from '../../support/views.ts'
import { type Kit, kit } from './model.ts'

const ago = (ms: number): string => new Date(NOW - ms).toISOString()
const MINUTE = 60_000
const HOUR = 60 * MINUTE

const port = (number: number): ProcessView['ports'] => [{ port: number, open: true, heldBy: 812, latencyMs: 1, checkedAt: null }]
const service = (name: string, over: Partial<ProcessView> = {}): ProcessView =>
  view({ id: name.replace('/', '-'), name, health: 'healthy', startedAt: ago(11 * 24 * HOUR), owner: 'ann', ...over })
const job = (name: string, over: Partial<ProcessView> = {}): ProcessView =>
  view({ id: name.replace('/', '-'), name, kind: 'job', type: 'job', owner: 'bea', startedAt: ago(16 * MINUTE), ...over })
const ended = (status: ProcessView['status'], endedMs: number, tookMs: number): Partial<ProcessView> => ({
  status,
  wanted: 'down',
  pid: null,
  startedAt: ago(endedMs + tookMs),
  endedAt: ago(endedMs),
})
const progress = (percent: number | null, etaMs: number | null, message: string | null = null): Partial<ProcessView> => ({
  progress: { percent, current: null, total: null, unit: null, message, etaMs, stalled: false },
})

export const SHOP: readonly ProcessView[] = [
  service('shop/mailer', {
    status: 'retrying',
    pid: null,
    crashLoop: true,
    exitCode: 1,
    restarts: 13,
    health: 'unknown',
    retry: { attempt: 13, of: null, nextAt: new Date(NOW + 41_000).toISOString() },
    failure: {
      run: 24,
      at: ago(30_000),
      reason: 'exit code 1',
      lines: [
        'Error: 535 5.7.8 authentication failed: token expired',
        '    at SMTPConnection.auth (/srv/shop/mailer/smtp.js:88:13)',
      ],
      same: 12,
    },
  }),
  service('shop/payments', {
    health: 'unhealthy',
    reason: 'GET /healthz answered 503',
    cpuPercent: 12,
    memoryBytes: 432e6,
    startedAt: ago(4.2 * HOUR),
    ports: port(4242),
  }),
  job('shop/checkout-e2e', { ...ended('failed', 12 * MINUTE, 184_000), exitCode: 1, reason: 'exit code 1' }),
  ...[0, 1, 2, 3].map((index) =>
    service(`shop/api:${index}`, {
      instance: { of: 'shop/api', index },
      cpuPercent: 17 + index,
      memoryBytes: (310 + index) * 1e6,
      ports: port(8080),
    }),
  ),
  service('shop/db', { cpuPercent: 9.6, memoryBytes: 1.4e9, ports: port(5432) }),
  job('shop/invoices', { ...ended('done', 0.7 * HOUR, 192_000), nextRunAt: new Date(NOW + 11.5 * HOUR).toISOString() }),
  service('shop/legacy-admin', { ...ended('stopped', 72 * HOUR, HOUR), health: 'unknown' }),
  job('ml/label-import', { ...ended('interrupted', 2 * HOUR, HOUR), reason: 'the machine restarted during the run' }),
  job('ml/train-ranker', { ...progress(63, 18 * MINUTE, 'epoch 7'), cpuPercent: 398, memoryBytes: 9.6e9 }),
  job('ml/embed-catalog', { ...progress(22, 58 * MINUTE), cpuPercent: 104, memoryBytes: 3.8e9 }),
  job('ml/scan', { ...progress(null, null, 'looks for files'), cpuPercent: 4, memoryBytes: 9e7 }),
  job('ml/sweep-1', {
    status: 'pending',
    pid: null,
    startedAt: null,
    since: ago(9 * MINUTE),
    queuePosition: 1,
    queue: { limit: 'type gpu', value: 2, expectedStartAt: null },
  }),
  job('ml/sweep-0', { ...progress(38, null), status: 'paused', memoryBytes: 7e9 }),
  job('ops/flaky-import', {
    status: 'retrying',
    pid: null,
    exitCode: 7,
    retry: { attempt: 4, of: 6, nextAt: new Date(NOW + 31_000).toISOString() },
  }),
  service('ops/metrics', { status: 'completing', reason: 'stop', health: 'unknown', cpuPercent: 3.4, memoryBytes: 5.1e8 }),
  service('ops/資料庫', { cpuPercent: 1, memoryBytes: 5e7 }),
]

const runs = (outcomes: string): RunBar[] =>
  [...outcomes].map((each, at) => ({
    run: at + 1,
    startedAt: ago((outcomes.length - at) * HOUR),
    durationMs: 60_000,
    outcome: ({ w: 'done', f: 'failed', i: 'interrupted', s: 'stopped', l: null } as const)[each as 'w'] ?? null,
  }))

export const STATUS = {
  version: '0.2.0',
  startedAt: ago(11 * 24 * HOUR),
  system: { cpus: 16, cpuPercent: 41, loadAverages: [7.2, 6.8, 5.9], memoryBytes: 64 * 2 ** 30, memoryFreeBytes: 26 * 2 ** 30 },
} as unknown as DaemonStatus

const waves = (count: number, low: number, high: number): number[] =>
  Array.from({ length: count }, (_, at) => low + ((high - low) * (1 + Math.sin(at / 5))) / 2)

export const ORPHAN: OrphanView = {
  pid: 4711,
  startTime: ago(HOUR),
  kind: 'escaped',
  process: 'web',
  command: 'sleep 600',
  ports: [],
  since: ago(HOUR),
  evidence: 'it carries the marker of run 3 of web, which has ended',
  identity: '4711:1:boot',
}

export function shopKit(columns: number, rows: number, options: Parameters<typeof kit>[0] = {}): Kit {
  const made = kit({ columns, rows, ...options })
  for (let i = 0; i < 8; i++) {
    made.views(
      ...SHOP.map((one) => (one.cpuPercent === null ? one : { ...one, cpuPercent: one.cpuPercent * (0.4 + (i % 3) / 5) })),
    )
    made.tell({ kind: 'tick', nowMs: NOW - 24_000 + i * 3000 })
  }
  made.views(...SHOP)
  made.tell(
    { kind: 'tick', nowMs: NOW },
    { kind: 'daemon', status: STATUS },
    {
      kind: 'load',
      load: {
        id: 'shop-mailer',
        cpu: waves(240, 0, 90),
        memory: waves(240, 1e8, 3e8),
        machine: { cpu: waves(240, 5, 60), memory: waves(240, 2e10, 4e10) },
      },
    },
    {
      kind: 'strips',
      strips: [
        { id: 'shop-mailer', runs: runs('wwwwffffffffffff') },
        { id: 'shop-payments', runs: runs('wwwffl') },
        { id: 'shop-checkout-e2e', runs: runs('wwwwwfwfwff') },
        { id: 'shop-legacy-admin', runs: runs('wwws') },
        { id: 'ml-label-import', runs: runs('wwi') },
        { id: 'ml-train-ranker', runs: runs('wwwwwwl') },
      ],
    },
  )
  const { selected } = made.model
  if (selected === null) return made
  made.tell(
    { kind: 'details', id: selected, detail: detailOf(SHOP[0]!), why: WHY, error: null },
    { kind: 'log-begins', id: selected },
  )
  const line = (second: number, stream: 'out' | 'err', text: string) => ({
    process: 'shop/mailer',
    stream,
    at: ago(30_000 - second * 1000),
    run: 24,
    text,
  })
  made.tell({
    kind: 'log',
    id: selected,
    lines: [
      line(0, 'out', 'mailer 4.2.0, node 20.20.2'),
      line(1, 'out', 'smtp: connecting to mail.internal:587'),
      line(
        2,
        'err',
        '\x1b[31mError: 535 5.7.8 authentication failed: token expired 2026-11-26T14:15:00Z, and nobody renewed it\x1b[0m',
      ),
      line(2, 'err', '    at SMTPConnection.auth (/srv/shop/mailer/smtp.js:88:13)'),
    ],
  })
  return made
}

/** As somebody would: from the first row down. */
export function select(made: Kit, key: string): void {
  made.keys('g')
  for (let tries = 0; made.model.selected !== key && tries < 100; tries++) made.keys('down')
  expect(made.model.selected).toBe(key)
}

export const detailOf = (one: ProcessView): ProcessDetail =>
  ({
    ...one,
    definition: {
      after: [{ name: 'shop/db', condition: 'healthy' }],
      stopSignal: 'SIGTERM',
      stopTimeoutMs: 10_000,
      maxMemoryBytes: 268_435_456,
    },
    definedBy: { at: ago(7 * 24 * HOUR), user: 'ann', client: 'cli', command: ['up'], file: '/srv/shop/ptrack.yaml' },
    neededBy: [{ name: 'shop/api', condition: 'started' }],
    checks: [],
    readyAt: null,
    refused: null,
    sockets: [],
    runs: [21, 22, 23, 24].map((run) => ({
      run,
      runId: `run-${run}`,
      startedAt: ago((26 - run) * MINUTE),
      endedAt: ago((26 - run) * MINUTE - 400),
      outcome: 'failed',
      reason: 'exit code 1',
      exitCode: 1,
      signal: null,
      adopted: false,
    })),
    steps: [],
    descendants: [],
  }) as unknown as ProcessDetail

export const WHY = {
  view: SHOP[0]!,
  timeline: [
    { at: ago(8 * MINUTE), status: 'starting', run: 21, reason: null },
    { at: ago(7 * MINUTE), status: 'retrying', run: 21, reason: 'exit code 1' },
    { at: ago(2 * MINUTE), status: 'retrying', run: 24, reason: 'exit code 1' },
  ],
  actions: [
    {
      at: ago(5 * MINUTE),
      method: 'restart',
      targets: ['mailer'],
      processes: ['shop/mailer'],
      by: 'ann',
      token: null,
      client: 'cli',
      command: ['restart', 'mailer'],
      detail: null,
    },
  ],
  failures: [{ run: 24, outcome: 'failed', at: ago(30_000), reason: 'exit code 1', lines: SHOP[0]!.failure!.lines }],
} as unknown as WhyView

const run = (
  number: number,
  startMs: number,
  endMs: number | null,
  outcome: string | null,
  expectedMs: number | null = null,
) => ({
  run: number,
  runId: `r${number}`,
  startedAt: ago(startMs),
  endedAt: endMs === null ? null : ago(endMs),
  outcome,
  reason: null,
  spans: [],
  expectedEndAt: expectedMs === null ? null : new Date(NOW + expectedMs).toISOString(),
})
const lane = (name: string, kind: 'service' | 'job', all: unknown[], waiting: unknown = null) => {
  const { id, project, fullName } = SHOP.find((one) => one.fullName === name)!
  return { id, name, project, fullName, kind, type: kind, owner: 'ann', runs: all, waiting }
}
export const TIMELINE = {
  since: ago(HOUR),
  until: ago(0),
  notices: [],
  processes: [
    lane('shop/mailer', 'service', [run(1, 3 * HOUR, 20 * MINUTE, 'failed'), run(2, 8 * MINUTE, 7 * MINUTE, 'failed')], {
      since: ago(MINUTE),
      reason: null,
      expectedStartAt: new Date(NOW + 41_000).toISOString(),
    }),
    lane('shop/payments', 'service', [
      { ...run(1, 4 * HOUR, null, null), spans: [{ kind: 'unhealthy', from: ago(6 * MINUTE), to: null }] },
    ]),
    lane('shop/api:0', 'service', [run(1, 5 * HOUR, null, null)]),
    lane('shop/api:1', 'service', [run(1, 5 * HOUR, 30 * MINUTE, 'failed'), run(2, 29 * MINUTE, null, null)]),
    lane('shop/checkout-e2e', 'job', [run(1, 50 * MINUTE, 47 * MINUTE, 'done'), run(2, 15 * MINUTE, 12 * MINUTE, 'failed')]),
    lane('ml/train-ranker', 'job', [run(1, 52 * MINUTE, null, null, 18 * MINUTE)]),
    lane('ml/sweep-0', 'job', [
      { ...run(1, 55 * MINUTE, null, null), spans: [{ kind: 'paused', from: ago(31 * MINUTE), to: null }] },
    ]),
    lane('ml/sweep-1', 'job', [], { since: ago(9 * MINUTE), reason: null, expectedStartAt: null }),
  ],
} as unknown as TimelineView
