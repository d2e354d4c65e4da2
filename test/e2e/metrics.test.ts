/** GET /metrics of a real daemon, read by a real parser and, where it is installed, by Prometheus' own promtool. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { parseMetrics } from '../support/prometheus.ts'
import { testNeeding } from '../support/requires.ts'

let t: TestHome
beforeEach(async () => {
  t = await testHome()
})
afterEach(() => t.close())

const scrape = (): Promise<string> =>
  new Promise((resolve, reject) => {
    const asked = request({ socketPath: join(t.home, 'daemon.sock'), path: '/metrics?why=test' }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      response.once('end', () => (response.statusCode === 200 ? resolve(text) : reject(new Error(text))))
    })
    asked.once('error', reject).end()
  })
const metrics = async () => parseMetrics(await scrape())

test('what processes do is counted: a start, a crash, a restart, a job, a program that is not there', async () => {
  await t.here.ok(['start', '--name', 'web', '--type', 'site', '--', program('waits.sh')])
  await t.here.ok(['restart', 'web'])
  await t.here.run(['run', '--name', 'fails', '--', program('exits-with.sh'), '3'])
  await t.here.run(['start', '--name', 'absent', '--', './is-not-there'])
  const { value, histogram } = await metrics()
  expect(value('ptrack_processes', { type: 'site', status: 'running' })).toBe(1)
  expect(value('ptrack_restarts_total')).toBe(1)
  expect(value('ptrack_spawns_total')).toBe(3)
  expect(value('ptrack_runs_ended_total', { outcome: 'failed' })).toBe(1)
  expect(histogram('ptrack_run_duration_seconds')?.count).toBe(2)
  expect(value('ptrack_process_uptime_seconds', { process: 'web' })).toBeGreaterThan(0)
  expect(value('ptrack_state_writable')).toBe(1)
  expect(value('ptrack_state_writes_total')).toBeGreaterThan(0)
  expect(value('ptrack_daemon_memory_bytes')).toBeGreaterThan(1e6)
})

test('health checks, a queue, orphans, an unwritable state and clients are counted', async () => {
  await t.here.ok(['limits', 'set', '--global', '1'])
  await t.here.ok(['run', '-d', '--name', 'first', '--', program('waits.sh')])
  await t.here.ok(['run', '-d', '--name', 'second', '--', 'true'])
  await t.here.ok(['start', '--name', 'checked', '--health', 'exec:true', '--health-period', '100ms', '--', program('waits.sh')])
  const waiting = await metrics()
  expect([waiting.value('ptrack_queue_depth'), waiting.value('ptrack_queue_slots_used')]).toEqual([1, 1])
  expect(waiting.histogram('ptrack_queue_wait_seconds')?.count ?? 0).toBe(0)
  await t.here.ok(['cancel', 'first'])
  await t.here.ok(['wait', 'second'])
  const left = (await t.here.ok(['run', '--name', 'leaves', '--', program('leaves-a-setsid-child.py')])).code
  expect(left).toBe(0)
  const [orphan] = await t.until(async () => {
    const found = await t.here.json<{ pid: number; kind: string }[]>(['orphans'])
    return found.length > 0 ? found : false
  }, 'what it left is found')
  await t.here.ok(['kill-orphan', String(orphan!.pid)])
  const after = await metrics()
  expect(after.value('ptrack_queue_depth')).toBe(0)
  expect(after.histogram('ptrack_queue_wait_seconds')?.count).toBe(1)
  expect(after.histogram('ptrack_health_check_duration_seconds')!.count).toBeGreaterThan(0)
  expect(after.value('ptrack_orphans_found_total', { kind: orphan!.kind })).toBeGreaterThanOrEqual(1)
  expect(after.value('ptrack_orphans_killed_total', { result: 'terminated' })).toBe(1)
  expect(after.value('ptrack_state_write_errors_total')).toBe(0)
  // That the last command has closed its connection is known a moment after it has ended.
  await t.until(async () => (await metrics()).value('ptrack_clients') === 0, 'no client is left')
})

test('the scrape stands in the access log, without its query', async () => {
  await t.here.ok(['daemon', 'start'])
  await scrape()
  const file = join(t.home, 'access.log')
  const line = await t.until(() => readFileSync(file, 'utf8').trim() || null, 'the request is logged')
  expect(JSON.parse(line)).toMatchObject({ method: 'GET', path: '/metrics', status: 200, token: null })
  expect(line).not.toContain('why=test')
})

testNeeding('promtool')('promtool finds nothing to say', async () => {
  await t.here.ok(['start', '--name', 'web', '--', program('waits.sh')])
  const checked = spawnSync('promtool', ['check', 'metrics'], { input: await scrape(), encoding: 'utf8' })
  expect({ status: checked.status, told: checked.stderr }).toEqual({ status: 0, told: '' })
})

test('doctor warns of a listener that other machines can reach, and of no other', async () => {
  const listener = async (address: string) => {
    await t.here.ok(['daemon', 'start'], { env: { PTRACK_HTTP: undefined, PTRACK_LISTEN: address } })
    const { stdout } = await t.run(['doctor'])
    await t.here.ok(['daemon', 'stop'])
    return stdout
      .split('\n')
      .filter((line) => line.includes('listener'))
      .join('\n')
  }
  expect(await listener('127.0.0.1')).toContain('this machine only')
  expect(await listener('0.0.0.0')).toContain('can be reached from other machines')
})
