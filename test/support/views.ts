import { namesOf } from '../../src/protocol/project.ts'
import type { ActionResult } from '../../src/protocol/requests.ts'
import type { ProcessView } from '../../src/protocol/view.ts'

export const NOW = Date.parse('2026-03-01T12:00:00.000Z')

/** `over.name` is a full name. */
export const view = (over: Partial<ProcessView> = {}): ProcessView => ({
  id: 'abc123',
  number: 0,
  title: null,
  description: null,
  kind: 'service',
  type: 'service',
  tags: [],
  owner: 'root',
  wanted: 'up',
  status: 'running',
  reason: null,
  since: '2026-03-01T11:00:00.000Z',
  health: 'unknown',
  healthCheck: null,
  error: null,
  pid: 812,
  startTime: '2026-03-01T11:00:00.000Z',
  run: 1,
  restarts: 0,
  command: ['node', 'server.js'],
  cwd: '/srv',
  ports: [],
  exitCode: null,
  signal: null,
  createdAt: '2026-03-01T11:00:00.000Z',
  startedAt: '2026-03-01T11:00:00.000Z',
  endedAt: null,
  elapsedMs: 3_600_000,
  cpuPercent: null,
  memoryBytes: null,
  diskReadBytes: null,
  diskWriteBytes: null,
  progress: null,
  queuePosition: null,
  nextRunAt: null,
  results: 0,
  retry: null,
  crashLoop: false,
  session: null,
  orphaned: false,
  orphanedPid: null,
  adopted: false,
  metadata: {},
  ...over,
  ...namesOf(over.name ?? 'web'),
})

export const result = (over: Partial<ActionResult> = {}): ActionResult => ({
  ok: true,
  note: null,
  view: view(),
  error: null,
  tail: [],
  ...over,
  ...namesOf(over.name ?? 'web'),
})
