/** Shared sockets under clients that ask without a pause: what the deaths around an instance lose (nothing), and its own. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { freePort } from '../support/free-port.ts'
import { startLoad } from '../support/load.ts'
import { endIdent, type Ident, isAlive } from '../support/proc.ts'

let t: TestHome
beforeAll(async () => {
  t = await testHome()
})
afterAll(() => t.close())

const DEATHS = 3

function holders(): Ident[] {
  const { settings } = JSON.parse(readFileSync(join(t.home, 'process-state.json'), 'utf8'))
  return settings.sockets.web.holders
}
const running = async (): Promise<number[]> =>
  (await t.request('list', { all: true })).filter(({ status }) => status === 'running').map(({ pid }) => pid!)

const begin = async (): Promise<number> => {
  const port = await freePort()
  const command = [process.execPath, program('serves-port.mjs')]
  await t.ok(['start', '--name', 'web', '--socket', String(port), '--instances', '2', '--', ...command])
  return port
}
afterEach(() => t.ok(['delete', 'web']))

test('kill -9 of the daemon and of either holder loses no request', async () => {
  const load = startLoad({ host: '127.0.0.1', port: await begin() })
  for (let death = 0; death < DEATHS; death++) {
    await endIdent(holders()[death % 2]!)
    await t.killDaemon()
    await t.ok(['daemon', 'start'])
    await t.until(() => holders().length === 2 && holders().every(isAlive), 'there are two holders again')
  }
  const { lost, answered } = await load.stop()
  expect(lost).toEqual({})
  expect(Math.min(...Object.values(answered))).toBeGreaterThan(0)
})

test('kill -9 of instances refuses no connection', async () => {
  const load = startLoad({ host: '127.0.0.1', port: await begin() })
  for (let death = 0; death < DEATHS; death++) {
    const pids = await running()
    process.kill(pids[death % pids.length]!, 'SIGKILL')
    await t.until(async () => (await running()).some((pid) => !pids.includes(pid)), 'its successor runs')
  }
  const { lost, answered } = await load.stop()
  expect(Object.keys(lost).filter((how) => how.includes('ECONNREFUSED'))).toEqual([])
  expect(Math.min(...Object.values(answered))).toBeGreaterThan(0)
})
