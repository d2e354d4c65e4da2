/** Rolling reloads under clients that keep asking: nothing is lost, whatever dies, and a bad version meets nobody. */
import { connect } from 'node:net'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { ActionResult } from '../../src/protocol/requests.ts'
import type { ProcessDetail } from '../../src/protocol/view.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { freePort } from '../support/free-port.ts'
import { type Load, type LoadReport, startLoad } from '../support/load.ts'
import { readSaved } from '../support/saved-state.ts'
import { figure, times } from '../support/soak.ts'

let t: TestHome
beforeAll(async () => {
  t = await testHome()
})
afterAll(() => t.close())
afterEach(() => t.ok(['delete', 'web']))

const RELOADS = times(2, 30)
/** In the middle of a reload, at each of two moments. */
const DEATHS = times(1, 5)
const LONG = { timeout: times(300_000, 900_000) }
const command = [process.execPath, program('serves-a-version.mjs')]

async function begin(instances = 4): Promise<Load> {
  const port = await freePort()
  const health = ['--health', `http://127.0.0.1:${port}/`]
  const set = ['--socket', String(port), '--instances', String(instances), '--env', 'VERSION=v0']
  await t.here.ok(['start', '--name', 'web', ...set, ...health, '--', ...command])
  // What does not come up is given up soon, and what comes up has had its time.
  await t.here.ok(['set', 'web', '--ready-timeout', '3s'])
  return startLoad({ host: '127.0.0.1', port })
}

function nothingLost({ lost, answered }: LoadReport): void {
  expect(lost).toEqual({})
  expect(Math.min(...Object.values(answered))).toBeGreaterThan(0)
}

const pids = async (): Promise<number[]> =>
  (await t.request('list', { all: true })).filter(({ status }) => status === 'running').map(({ pid }) => pid!)
const details = () => t.request('show', { targets: ['web'] })

test('reloads of four unmodified instances lose no request', LONG, async () => {
  const load = await begin()
  for (let round = 1; round <= RELOADS; round++) {
    const before = await pids()
    await t.here.ok(['reload', 'web', '--env', `VERSION=v${round}`])
    expect((await pids()).filter((pid) => before.includes(pid))).toEqual([])
  }
  const report = await load.stop()
  figure(`${RELOADS} reloads of four instances`, { answered: report.answered, lost: report.lost })
  nothingLost(report)
  expect(Object.keys(report.by)).toContain(`v${RELOADS}`)
  for (const { runs, restarts } of await details()) {
    expect(restarts).toBe(0)
    expect(runs.map(({ run }) => run).sort((a, b) => a - b)).toEqual(runs.map(({ run }) => run))
    expect(runs.filter(({ endedAt }) => endedAt === null)).toMatchObject([{ serving: 'preload', gate: 'open' }])
  }
})

test.each([
  ['answers-500', 'GET / answered 500'],
  ['crashes', 'it ended: exit code 3'],
  ['hangs', 'the program does not accept from its socket'],
  ['elsewhere', 'it listens on port'],
])('a version that %s meets no request, and what served serves on', async (version, why) => {
  const load = await begin(2)
  const before = await pids()
  const { code, stderr } = await t.here.run(['reload', 'web', '--env', `VERSION=${version}`])
  const report = await load.stop()
  nothingLost(report)
  expect(Object.keys(report.by)).toEqual(['v0'])
  expect(code).toBe(1)
  expect(stderr).toContain('cannot reload web:0: the new version is not healthy: ')
  expect(stderr).toContain(why)
  expect(stderr).toContain('the 2 old instances continue to serve')
  expect(await pids()).toEqual(before)
  // The environment of the old version stands again.
  await t.here.ok(['reload', 'web'])
  const after = startLoad({ host: '127.0.0.1', port: (await details())[0]!.ports[0]!.port })
  await t.until(() => after.report().answered.short > 0, 'it answers')
  expect(Object.keys((await after.stop()).by)).toEqual(['v0'])
})

test('when a later instance fails, those that were replaced run the old version again, and the definition is the old one', async () => {
  const load = await begin(2)
  const [first] = await details()
  const changed = ['/usr/bin/env', 'VERSION=second-crashes', ...command]
  await t.here.ok(['set', 'web', '--', ...changed])
  const { code, stderr } = await t.here.run(['reload', 'web'])
  const report = await load.stop()
  expect(code).toBe(1)
  expect(stderr).toContain('cannot reload web:1: the new version is not healthy: it ended: exit code 3')
  expect(stderr).toContain('cannot reload web:0: web:1 did not become healthy; it runs the old version again')
  nothingLost(report)
  for (const { definition, refused, status } of await details()) {
    expect(definition.command).toEqual(first!.definition.command)
    expect(status).toBe('running')
    expect(refused).toMatchObject({ why: 'it ended: exit code 3', changed: { command: changed } })
  }
  const shown = (await t.here.ok(['show', 'web:1'])).stdout
  expect(shown).toMatch(/rolled back .*second-crashes.*exit code 3/)
})

/** Where the next daemon takes over: a test of how far the state says that the reload has come. */
const MOMENTS: [string, (one: { handover?: { successor: object | null; predecessors: object[] } }) => boolean][] = [
  ['a successor is being checked', ({ handover }) => handover?.successor != null],
  ['a predecessor drains', ({ handover }) => (handover?.predecessors.length ?? 0) > 0],
]

test.each(MOMENTS)('the daemon is killed while %s: the next one finishes the reload', LONG, async (moment, reached) => {
  const load = await begin(3)
  for (let death = 1; death <= DEATHS; death++) {
    const before = await pids()
    const reload = t.run(['reload', 'web', '--env', `VERSION=v${death}`])
    await t.until(() => Object.values(readSaved(t.home).processes as never).some(reached as never), 'the reload is under way')
    await t.killDaemon()
    await reload
    await t.ok(['daemon', 'start'])
    await t.until(async () => {
      const now = await details()
      const isDone = now.every(
        ({ pid, runs }) => !before.includes(pid!) && runs.filter(({ endedAt }) => endedAt === null).length === 1,
      )
      return isDone && now
    }, 'each instance was replaced')
  }
  const report = await load.stop()
  figure(`${DEATHS} deaths of the daemon while ${moment}`, { answered: report.answered, lost: report.lost })
  nothingLost(report)
  expect(readSaved(t.home).settings).not.toMatchObject({ reloads: { web: expect.anything() } })
  const leaders = t
    .processes()
    .filter(({ command }) => command.includes(program('serves-a-version.mjs')) && command[0] === process.execPath)
  expect(leaders).toHaveLength(3)
})

test('stop during a reload ends every run of it, and closes the socket', async () => {
  const load = await begin(2)
  const reload = t.run(['reload', 'web', '--env', 'VERSION=hangs'])
  await t.until(async () => (await details()).some(({ runs }) => runs.some(({ phase }) => phase === 'checking')), 'it is checked')
  await t.ok(['stop', 'web'])
  expect(t.processes().filter(({ id }) => id !== null)).toEqual([])
  await reload
  await load.stop()
  const views: ProcessDetail[] = await details()
  expect(views.map(({ status, sockets }) => [status, sockets])).toEqual([
    ['stopped', []],
    ['stopped', []],
  ])
})

test('restart and scale lose no request: an instance that is to end finishes what it has begun', async () => {
  const load = await begin(3)
  await t.here.ok(['restart', 'web:0'])
  await t.here.ok(['scale', 'web', '1'])
  await t.here.ok(['scale', 'web', '2'])
  nothingLost(await load.stop())
})

test('a program of another language is replaced without a refused connection', async () => {
  const port = await freePort()
  const server = ['python3', program('serves-inherited-socket.py')]
  await t.ok(['start', '--name', 'web', '--socket', String(port), '--instances', '2', '--', ...server])
  const load = startLoad({ host: '127.0.0.1', port }, { keep: 0, slow: 0, idle: 0, short: 4 })
  const before = await pids()
  await t.here.ok(['reload', 'web'])
  expect((await pids()).filter((pid) => before.includes(pid))).toEqual([])
  const { lost, answered } = await load.stop()
  expect(Object.keys(lost).filter((how) => how.includes('ECONNREFUSED'))).toEqual([])
  expect(answered.short).toBeGreaterThan(0)
  for (const { runs } of await details())
    expect(runs.filter(({ endedAt }) => endedAt === null)).toMatchObject([{ serving: 'inherited', gate: null }])
})

test('a bad version of another language refuses no connection, meets no request once it is rolled back, and stands among the runs', async () => {
  const port = await freePort()
  const options = ['--instances', '2', '--health', 'log:serving']
  const server = ['python3', program('serves-inherited-socket.py')]
  await t.here.ok(['start', '--name', 'web', '--socket', String(port), ...options, '--', ...server])
  // Long enough for a busy machine to have it answer a request before it is rolled back.
  await t.here.ok(['set', 'web', '--ready-timeout', '6s'])
  const load = startLoad({ host: '127.0.0.1', port }, { keep: 0, slow: 0, idle: 0, short: 4 })
  const before = await pids()
  const { code, stderr } = await t.here.run(['reload', 'web', '--env', 'VERSION=answers-500'])
  expect(code).toBe(1)
  expect(stderr).toContain('cannot reload web:0: the new version is not healthy: ')
  expect(await pids()).toEqual(before)
  const hundredMore = async (): Promise<number | undefined> => {
    const { short } = load.report().answered
    await t.until(() => load.report().answered.short > short + 100, 'the old ones serve')
    return load.report().lost['short: status 500']
  }
  const met = await hundredMore()
  expect(met).toBeGreaterThan(0)
  expect(await hundredMore()).toBe(met)
  expect(Object.keys((await load.stop()).lost).filter((how) => how.includes(': connect '))).toEqual([])
  const [first] = await details()
  expect(first!.runs.filter(({ outcome }) => outcome === 'failed')).toMatchObject([
    { reason: expect.stringContaining('rolled back: ') },
  ])
})

test('what is still open at the end of --drain-timeout is cut, counted and reported', async () => {
  const port = await freePort()
  const drain = ['--drain-timeout', '100ms', '--env', 'VERSION=v0']
  await t.ok(['start', '--name', 'web', '--socket', String(port), ...drain, '--', ...command])
  const client = connect(port, '127.0.0.1')
  client.on('error', () => {}).write('GET / HTTP/1.1\r\nhost: web\r\n\r\n')
  await new Promise((resolve) => client.once('data', resolve))
  const [{ note, reload }] = (await t.request('reload', { targets: ['web'] })) as [ActionResult]
  client.destroy()
  expect(reload).toMatchObject({ replaced: true, rolledBack: false, why: null, cut: 1 })
  expect(note).toContain('1 connection was still open')
})
