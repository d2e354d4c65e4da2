import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { type MetricsSource, PROCESS_SERIES, renderMetrics } from '../../src/api/metrics.ts'
import { family } from '../../src/api/prometheus-text.ts'
import type { Event } from '../../src/core/events.ts'
import { Metrics } from '../../src/supervisor/metrics.ts'
import { liveState, moveTo, START_MS, supervisorKit } from '../supervisor/support/supervisor.ts'
import { parseMetrics } from '../support/prometheus.ts'

function metricsKit() {
  const kit = supervisorKit()
  const metrics = new Metrics(kit.events)
  const source = {
    supervisor: kit.supervisor({
      metrics,
      admission: { counts: { live: 2, queued: 7 } },
      monitor: { intervalMs: 3000, rounds: 5 },
    }),
    clock: kit.clock,
    stateHealth: () => ({ error: null, sinceMs: null, bytes: 123, writes: 4 }),
    startedAtMs: START_MS,
    clients: () => 3,
  } as unknown as MetricsSource
  const scrape = async () => {
    const text = renderMetrics(source)
    await kit.clock.advance(10)
    return { text: await text, ...parseMetrics(await text) }
  }
  return { ...kit, metrics, scrape }
}

test('every family has its HELP and TYPE once, and a name of ours', async () => {
  const { add, scrape } = metricsKit()
  add({ name: 'web' }, { state: liveState('running', 1) })
  const { text, families } = await scrape()
  const told = text
    .split('\n')
    .filter((line) => line.startsWith('# TYPE '))
    .map((line) => line.split(' ')[2])
  expect(new Set(told).size).toBe(told.length)
  expect(text.split('\n').filter((line) => line.startsWith('# HELP ')).length).toBe(told.length)
  for (const name of families.keys()) expect(name).toMatch(/^ptrack_[a-z_]+$/)
  expect(text.endsWith('\n')).toBe(true)
})

const page = new URL('../../docs/metrics.md', import.meta.url)
const TABLE = /(<!-- metrics -->\n)[\s\S]*?(<!-- end of metrics -->)/

test('docs/metrics.md names every family (UPDATE_DOCS=1 writes it anew)', async () => {
  const { text } = await metricsKit().scrape()
  const kinds = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, kind]) => [name, kind]))
  const rows = [...text.matchAll(/^# HELP (\S+) (.+)$/gm)].map(
    ([, name, help]) => `| \`${name}\` | ${kinds.get(name)} | ${help} |\n`,
  )
  const table = `\n| name | kind | what |\n| --- | --- | --- |\n${rows.join('')}\n`
  const now = readFileSync(page, 'utf8')
  const expected = now.replace(TABLE, (_, begin: string, end: string) => `${begin}${table}${end}`)
  if (process.env.UPDATE_DOCS) writeFileSync(page, expected)
  else expect(now).toBe(expected)
})

test('quotes, backslashes and line breaks in a label stay inside it', () => {
  expect(family('ptrack_x', 'gauge', 'a\nb', [[{ type: 'a"b\\c\nd' }, 1]])).toBe(
    '# HELP ptrack_x a\\nb\n# TYPE ptrack_x gauge\nptrack_x{type="a\\"b\\\\c\\nd"} 1\n',
  )
})

test('beyond the first processes one series tells the sum of the others', async () => {
  const { add, scrape } = metricsKit()
  for (let n = 0; n < PROCESS_SERIES + 3; n++)
    add({ name: `p${n}` }, { state: liveState('running', 1) }).observed.memoryBytes = 10
  add({ name: 'ended' })
  const { families, value } = await scrape()
  expect(families.get('ptrack_process_memory_bytes')?.metrics.length).toBe(PROCESS_SERIES + 1)
  expect(value('ptrack_process_memory_bytes', { process: '(rest)' })).toBe(30)
  expect(value('ptrack_processes_summed')).toBe(3)
  expect(value('ptrack_process_memory_bytes', { process: 'ended' })).toBeNull()
})

test('a thousand types are no thousand series', async () => {
  const { add, scrape } = metricsKit()
  for (let n = 0; n < 1000; n++) add({ type: `t${n}` })
  const { families, value } = await scrape()
  expect(families.get('ptrack_processes')?.metrics.length).toBe(51)
  expect(value('ptrack_processes', { type: '(rest)', status: 'done' })).toBe(950)
})

test('starts, restarts, failures, waits and ends are counted', async () => {
  const { add, metrics, events, scrape } = metricsKit()
  const job = add({ name: 'job' }, { sinceMs: START_MS, state: { status: 'pending', why: 'queue', turn: 1 } })
  const tell = (event: object, before = job.record.tracked): void => metrics.stepped(job, before, event as Event)
  tell(
    { kind: 'admitted' },
    moveTo(job, { runNumber: 1, sinceMs: START_MS + 4000, state: { ...liveState('starting', 1), live: null } }),
  )
  tell({ kind: 'spawned' })
  moveTo(job, { runNumber: 2 })
  tell({ kind: 'spawned' })
  tell({ kind: 'spawnFailed', error: { code: 'SPAWN_FAILED', message: 'not found' } })
  metrics.runEnded(job, { outcome: 'failed', startedAtMs: 0, endedAtMs: 20_000 } as Parameters<Metrics['runEnded']>[1])
  metrics.checked(20, true)
  metrics.checked(700, false)
  events.publish('orphanFound', null, { pid: 1, kind: 'escaped', command: 'c', evidence: 'e' })
  events.publish('orphanKilled', null, { pid: 1, result: 'terminated', signal: 'SIGTERM' })
  events.publish('stateWriteFailed', null, { message: 'full', recovered: false })
  events.publish('stateWriteFailed', null, { message: 'again', recovered: true })
  const { value, histogram } = await scrape()
  expect(value('ptrack_spawns_total')).toBe(2)
  expect(value('ptrack_restarts_total')).toBe(1)
  expect(value('ptrack_spawn_failures_total', { code: 'SPAWN_FAILED' })).toBe(1)
  expect(value('ptrack_runs_ended_total', { outcome: 'failed' })).toBe(1)
  expect(histogram('ptrack_queue_wait_seconds')).toMatchObject({ count: 1, sum: 4, buckets: { 1: '0', 5: '1', '+Inf': '1' } })
  expect(histogram('ptrack_run_duration_seconds')).toMatchObject({ count: 1, sum: 20 })
  expect(histogram('ptrack_health_check_duration_seconds')).toMatchObject({ count: 2, buckets: { 0.025: '1', 0.5: '1', 1: '2' } })
  expect(value('ptrack_health_check_failures_total')).toBe(1)
  expect(value('ptrack_orphans_found_total', { kind: 'escaped' })).toBe(1)
  expect(value('ptrack_orphans_killed_total', { result: 'terminated' })).toBe(1)
  expect(value('ptrack_state_write_errors_total')).toBe(1)
  expect(value('ptrack_queue_depth')).toBe(7)
  expect(value('ptrack_clients')).toBe(3)
})
