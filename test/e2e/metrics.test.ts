/** GET /metrics of a real daemon, read by a real parser and, where it is installed, by Prometheus' own promtool. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { parseMetrics } from '../support/prometheus.ts'

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
  await t.ok(['start', '--name', 'web', '--type', 'site', '--', program('waits.sh')])
  await t.ok(['restart', 'web'])
  await t.run(['run', '--name', 'fails', '--', program('exits-with.sh'), '3'])
  await t.run(['start', '--name', 'absent', '--', './is-not-there'])
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

test('the scrape stands in the access log, without its query', async () => {
  await t.ok(['daemon', 'start'])
  await scrape()
  const file = join(t.home, 'access.log')
  const line = await t.until(() => readFileSync(file, 'utf8').trim() || null, 'the request is logged')
  expect(JSON.parse(line)).toMatchObject({ method: 'GET', path: '/metrics', status: 200, token: null })
  expect(line).not.toContain('why=test')
})

const promtool = spawnSync('promtool', ['--version']).status === 0
test.skipIf(!promtool && process.env.CI !== 'true')('promtool finds nothing to say', async () => {
  await t.ok(['start', '--name', 'web', '--', program('waits.sh')])
  const checked = spawnSync('promtool', ['check', 'metrics'], { input: await scrape(), encoding: 'utf8' })
  expect({ status: checked.status, told: checked.stderr }).toEqual({ status: 0, told: '' })
})

test('doctor warns of a listener that other machines can reach, and of no other', async () => {
  const listener = async (address: string) => {
    await t.ok(['daemon', 'start'], { env: { PTRACK_HTTP: undefined, PTRACK_LISTEN: address } })
    const { stdout } = await t.run(['doctor'])
    await t.ok(['daemon', 'stop'])
    return stdout
      .split('\n')
      .filter((line) => line.includes('listener'))
      .join('\n')
  }
  expect(await listener('127.0.0.1')).toContain('this machine only')
  expect(await listener('0.0.0.0')).toContain('can be reached from other machines')
})
