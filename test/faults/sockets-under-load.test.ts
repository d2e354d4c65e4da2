/** Shared sockets under clients that ask without a pause: what the deaths around an instance lose (nothing), and its own. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { freePort } from '../support/free-port.ts'
import { type Load, startLoad } from '../support/load.ts'
import { endIdent, type Ident, isAlive } from '../support/proc.ts'
import { figure, times } from '../support/soak.ts'

let t: TestHome
beforeAll(async () => {
  t = await testHome()
})
afterAll(() => t.close())

const LONG = { timeout: times(300_000, 900_000) }
const CLIENTS = { keep: 8, short: 4, slow: 3, idle: 10 }

function holders(): Ident[] {
  const { settings } = JSON.parse(readFileSync(join(t.home, 'process-state.json'), 'utf8'))
  return settings.sockets.web.holders
}
const running = async (): Promise<number[]> =>
  (await t.request('list', { all: true })).filter(({ status }) => status === 'running').map(({ pid }) => pid!)

async function begin(instances: number, ...command: string[]): Promise<Load> {
  const port = await freePort()
  const program = command.length > 0 ? command : [process.execPath, serves]
  await t.ok(['start', '--name', 'web', '--socket', String(port), '--instances', String(instances), '--', ...program])
  const load = startLoad({ host: '127.0.0.1', port }, CLIENTS)
  await t.until(() => Math.min(...Object.values(load.report().answered)) > 0, 'each kind of client has an answer')
  return load
}
const serves = program('serves-port.mjs')
afterEach(() => t.ok(['delete', 'web']))

const thereAreTwoAgain = () => t.until(() => holders().length === 2 && holders().every(isAlive), 'there are two holders again')

test('kill -9 of the daemon and of either holder loses no request', LONG, async () => {
  const load = await begin(2)
  const deaths = times(3, 10)
  for (let death = 0; death < deaths; death++) {
    await endIdent(holders()[death % 2]!)
    await t.killDaemon()
    await t.ok(['daemon', 'start'])
    await thereAreTwoAgain()
  }
  const { lost, answered } = await load.stop()
  figure(`kill -9 of the daemon and of a holder, ${deaths} times`, { answered, lost })
  expect(lost).toEqual({})
})

test('kill -9 of both holders loses no request, and an instance starts new ones', LONG, async () => {
  const load = await begin(2)
  const deaths = times(1, 10)
  for (let death = 0; death < deaths; death++) {
    await Promise.all(holders().map(endIdent))
    await thereAreTwoAgain()
    await t.here.ok(['reload', 'web'])
  }
  const { lost, answered } = await load.stop()
  figure(`kill -9 of both holders, and a reload, ${deaths} times`, { answered, lost })
  expect(lost).toEqual({})
})

test('kill -9 of both holders of a program that is not Node loses no request, and is reported', async () => {
  const load = await begin(2, 'python3', program('serves-inherited-socket.py'))
  const before = await running()
  await Promise.all(holders().map(endIdent))
  await t.until(async () => (await t.here.ok(['ls'])).stderr.includes('what held its sockets is gone'), 'it is reported')
  const reload = await t.here.run(['reload', 'web'])
  expect(reload.code).toBe(1)
  expect(reload.stderr).toContain(
    'the new version is not healthy: no process holds its sockets any more; stop it, and start it again',
  )
  expect(await running()).toEqual(before)
  const { lost } = await load.stop()
  expect(lost).toEqual({})
})

/** What each death may lose: one request of each client. */
const inFlight = Object.values(CLIENTS).reduce((sum, each) => sum + each)

test.each([
  ['instances', 2, times(3, 20)],
  ['the only instance', 1, times(2, 10)],
])('kill -9 of %s refuses no connection, and loses only what it had in flight', LONG, async (what, instances, deaths) => {
  const load = await begin(instances)
  const servesAfterMs: number[] = []
  for (let death = 0; death < deaths; death++) {
    const pids = await running()
    const known = new Set(Object.keys(load.report().by))
    const killedAt = performance.now()
    process.kill(pids[death % pids.length]!, 'SIGKILL')
    await t.until(() => Object.keys(load.report().by).some((pid) => !known.has(pid)), 'its successor serves')
    servesAfterMs.push(performance.now() - killedAt)
    await t.until(async () => (await running()).length === instances, 'all run')
    // One that dies again and again is given longer and longer pauses.
    await t.here.ok(['reload', 'web'])
  }
  const { lost, answered } = await load.stop()
  const slowest = Math.round(Math.max(...servesAfterMs))
  const median = Math.round(servesAfterMs.sort((a, b) => a - b)[Math.floor(deaths / 2)]!)
  figure(`kill -9 of ${what}, ${deaths} times`, { answered, lost, median, slowest })
  expect(Object.keys(lost).filter((how) => !/(ECONNRESET|closed) (before|in) the answer/.test(how))).toEqual([])
  expect(Object.values(lost).reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(deaths * inFlight)
})
