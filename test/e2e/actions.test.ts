/** What commands do and answer with: exit codes 0 to 8, every verb on real processes, orphans, config, the daemon's own. */
import { existsSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DaemonStatus, KillResult, OrphanView, ProcessView } from '../../src/protocol/view.ts'
import { program, type RunResult, type TestHome, testHome } from '../support/daemon.ts'
import { endIdent, identOf, statOf } from '../support/proc.ts'

let t: TestHome
beforeAll(async () => {
  t = await testHome()
  await t.here.ok(['start', '--name', 'web', '--instances', '2', '--tag', 'front', '--', program('waits.sh')])
  await Promise.all([
    t.here.ok(['start', '--name', 'api', '--tag', 'back', '--port', 'auto', '--', program('listens.mjs')]),
    t.here.ok(['start', '--name', 'aside', '--', program('waits.sh')]),
    t.here.run(['run', '-d', '--name', 'job', '--', program('exits-with.sh'), '3']),
  ])
  await t.here.run(['wait', 'job'])
})
afterAll(async () => {
  await t?.close()
})

const names = (views: readonly { name: string }[]): string[] => views.map((view) => view.name).sort()

test('0 to 8, each for its reason', async () => {
  const taken = (await t.ls('api'))!.ports[0]!.port
  const elsewhere = { env: { PTRACK_HOME: `${t.dir}/other-home` } }
  const cases: [string, Promise<RunResult>, number][] = [
    ['ls', t.run(['ls']), 0],
    ['a program that fails', t.run(['start', '--name', 'fails', '--restart', 'never', '--', program('exits-with.sh'), '9']), 1],
    ['a program that cannot start', t.run(['start', '--name', 'missing', '--', '/no/such/program']), 1],
    ['waiting for a job that failed', t.run(['wait', 'job']), 1],
    ['an unknown option', t.run(['ls', '--frobnicate']), 2],
    ['not running', t.run(['pause', 'job']), 3],
    ['no such process', t.run(['show', 'nope']), 4],
    ['no daemon', t.run(['daemon', 'status'], elsewhere), 5],
    ['time is up', t.run(['wait', 'aside', '--timeout', '50ms']), 6],
    ['a port that somebody holds', t.run(['start', '--name', 'second', '--port', String(taken), '--', program('waits.sh')]), 8],
    ['ending what is no orphan', t.run(['kill-orphan', String(process.pid)]), 8],
  ]
  const results = await Promise.all(cases.map(([, result]) => result))
  expect(results.map(({ code }, n) => [cases[n]![0], code])).toEqual(cases.map(([what, , code]) => [what, code]))
  const [, fails, missing] = results
  expect(fails!.stderr).toMatch(
    /^ptrack: cannot start fails: exit code 9; .+\n {2}last lines of fails:\n {2}\| exiting with 9\n$/,
  )
  expect(missing!.stderr).toMatch(/^ptrack: cannot start missing: \/no\/such\/program does not exist; /)
  expect(results.at(-2)!.stderr).toContain(`port ${taken} is held by pid ${(await t.ls('api'))!.pid}`)
  await t.here.ok(['delete', 'fails', 'missing'])
  // A refused start leaves nothing behind.
  expect((await t.run(['show', 'second'])).code).toBe(4)
})

test('the name of a group is taken: another process under it would change the environment of its instances', async () => {
  const refused = await t.here.run(['start', '--name', 'web', '--', program('waits.sh'), 'alone'])
  expect(refused.code).toBe(2)
  expect(refused.stderr).toContain("cannot define 'web': instances of this name exist")
})

test('start, stop, restart, reload, pause, resume, cancel, reset, set, signal, flush: done when they return', async () => {
  const view = async (): Promise<ProcessView> => (await t.ls('aside'))!
  const first = await view()
  expect((await t.here.ok(['start', 'aside'])).stdout).toBe(`aside: already running (pid ${first.pid})\n`)
  expect((await t.here.ok(['pause', 'aside'])).stdout).toBe('aside paused\n')
  expect(statOf(first.pid!)?.state).toBe('T')
  expect(await view()).toMatchObject({ status: 'paused', health: 'unknown', pid: first.pid })
  expect((await t.here.ok(['resume', 'aside'])).stdout).toBe(`aside resumed (pid ${first.pid})\n`)
  // Or about to run: it has been woken.
  expect(statOf(first.pid!)?.state).not.toBe('T')
  expect((await t.here.ok(['set', 'aside', '--stop-timeout', '5s', '--title', 'A title'])).stdout).toBe(
    `aside changed (pid ${first.pid})\n`,
  )
  expect(await view()).toMatchObject({ title: 'A title', pid: first.pid })
  await t.here.ok(['restart', 'aside'])
  const second = await view()
  expect(second).toMatchObject({ status: 'running', run: 2, restarts: 0 })
  expect(second.pid).not.toBe(first.pid)
  expect(identOf(first.pid!)).toBeNull()
  await t.here.ok(['flush', 'aside'])
  expect((await t.here.ok(['logs', 'aside'])).stdout).toBe('')
  await t.here.ok(['stop', 'aside'])
  expect(identOf(second.pid!)).toBeNull()
  expect(await view()).toMatchObject({ status: 'stopped', wanted: 'down', pid: null })
  expect((await t.here.ok(['stop', 'aside'])).stdout).toBe('aside: already stopped\n')
  expect((await t.here.ok(['restart', 'aside'])).stdout).toMatch(/^aside restarted \(pid \d+\)\n$/)
  const before = await t.here.json<ProcessView[]>(['ls', 'web'])
  const reloaded = await t.here.ok(['reload', 'web'])
  expect(reloaded.stdout).toMatch(/^web:0 reloaded \(pid \d+\)\nweb:1 reloaded \(pid \d+\)\n$/)
  const after = await t.here.json<ProcessView[]>(['ls', 'web'])
  expect(after.map((each) => each.run)).toEqual(before.map((each) => each.run + 1))
  await t.here.ok(['reset', 'aside', 'job'])
  await t.here.ok(['run', '-d', '--name', 'long', '--', program('waits.sh')])
  await t.here.ok(['cancel', 'long'])
  expect(await t.ls('long')).toMatchObject({ status: 'cancelled', wanted: 'down' })
  await t.here.ok(['delete', 'long'])
})

test('two that scale a set at once are both answered truthfully', async () => {
  await t.here.ok(['start', '--name', 'pair', '--instances', '1', '--', program('waits.sh')])
  const both = await Promise.all(['4', '3', '5'].map((count) => t.here.run(['scale', 'pair', count])))
  expect(both.map(({ code, stderr }) => [code, stderr])).toEqual([
    [0, ''],
    [0, ''],
    [0, ''],
  ])
  await t.here.ok(['scale', 'pair', '2'])
  expect(names(await t.here.json<ProcessView[]>(['ls', 'pair']))).toEqual(['pair:0', 'pair:1'])
  await t.here.ok(['delete', 'pair'])
})

test('scale adds and takes away the last ones', async () => {
  await t.here.ok(['scale', 'web', '4'])
  expect(names(await t.here.json<ProcessView[]>(['ls', 'web']))).toEqual(['web:0', 'web:1', 'web:2', 'web:3'])
  await t.here.ok(['scale', 'web', '1'])
  expect(names(await t.here.json<ProcessView[]>(['ls', 'web']))).toEqual(['web:0'])
  expect((await t.here.ok(['scale', 'web', '1'])).stdout).toMatch(/^web:0: already 1 \(pid \d+\)\n$/)
})

test('scale to 0 keeps the definition in the first, stopped, and from there it goes on', async () => {
  await t.here.ok(['start', '--name', 'few', '--instances', '3', '--', program('waits.sh')])
  await t.here.ok(['stop', 'few:0'])
  const none = await t.here.ok(['scale', 'few', '0'])
  expect(none.stdout.split('\n').sort()).toEqual([
    '',
    'few:0: stopped; its definition stays, `ptrack delete` removes it',
    'few:1: removed',
    'few:2: removed',
  ])
  expect(await t.here.json<ProcessView[]>(['ls', 'few'])).toMatchObject([{ name: 'few:0', status: 'stopped', wanted: 'down' }])
  await t.here.ok(['scale', 'few', '2'])
  expect(names(await t.here.json<ProcessView[]>(['ls', 'few', '--status', 'running']))).toEqual(['few:0', 'few:1'])
  await t.here.ok(['delete', 'few'])
})

test('delete --purge removes the logs, delete alone leaves them readable', async () => {
  await Promise.all(['kept', 'purged'].map((name) => t.here.ok(['start', '--name', name, '--', program('waits.sh')])))
  await Promise.all([t.here.ok(['delete', 'kept']), t.here.ok(['delete', '--purge', 'purged'])])
  expect([existsSync(t.logFile('kept')), existsSync(t.logFile('purged'))]).toEqual([true, false])
  expect((await t.here.run(['ls', 'kept'])).code).toBe(4)
})

test('orphans are listed with evidence and ended by pid', async () => {
  await t.here.run(['run', '--name', 'leaver', '--', program('leaves-a-child.sh')])
  const orphans = await t.here.json<OrphanView[]>(['orphans'])
  expect(orphans).toMatchObject([{ kind: 'escaped', process: 'leaver', command: 'sleep 3600' }])
  const contract = ['pid', 'startTime', 'kind', 'process', 'command', 'ports', 'since', 'evidence']
  for (const field of contract) expect(orphans[0]).toHaveProperty(field)
  const dry = await t.here.ok(['kill-orphan', '--dry-run', String(orphans[0]!.pid)])
  expect(dry.stdout).toContain(`${orphans[0]!.pid} would be ended`)
  const killed = await t.here.json<KillResult[]>(['kill-orphan', String(orphans[0]!.pid)])
  expect(killed).toMatchObject([{ pid: orphans[0]!.pid, result: 'terminated', signal: 'SIGTERM', reason: null }])
  expect(Object.keys(killed[0]!).sort()).toEqual(['pid', 'reason', 'result', 'signal', 'tookMs'])
  expect(identOf(orphans[0]!.pid)).toBeNull()
  expect((await t.here.ok(['kill-orphan', '--all'])).stderr).toBe('ptrack: no orphans\n')
})

test('plain `ptrack` is `ls`; it has a line per process and no trailing blanks', async () => {
  const [plain, listed] = await Promise.all([t.here.ok([]), t.here.ok(['ls', '--columns', 'name,status'])])
  const lines = plain.stdout.trimEnd().split('\n')
  expect(lines[0]).toMatch(/^ *# +name +type +status +health +pid/)
  expect(lines).toHaveLength(listed.stdout.trimEnd().split('\n').length)
  for (const line of [...lines, ...listed.stdout.trimEnd().split('\n')]) expect(line).not.toMatch(/ $/)
  expect(listed.stdout).toMatch(/^name +status\n/)
})

test('config is kept per user, and a broken file breaks no command', async () => {
  await t.here.ok(['config', 'set', 'ls.columns', 'name,pid'])
  expect((await t.here.ok([])).stdout).toMatch(/^name +pid\n/)
  expect(await t.here.json(['config', 'get', 'ls.columns'])).toEqual({ 'ls.columns': ['name', 'pid'] })
  await t.here.ok(['config', 'set', 'ls.columns', 'default'])
  expect((await t.here.run(['config', 'set', 'color', 'purple'])).code).toBe(2)
  writeFileSync(`${t.dir}/config/ptrack/config.json`, '{ "color":')
  expect((await t.here.ok(['ls'])).stdout).toMatch(/^ *# +name +type/)
})

test('the interval of the monitor is a preference, which the next daemon takes; what cannot be one is refused or told', async () => {
  const intervalOf = async () => (await t.here.json<DaemonStatus>(['daemon', 'status'])).monitor.intervalMs
  expect(await intervalOf()).toBeLessThan(10_000)
  writeFileSync(`${t.dir}/config/ptrack/config.json`, '{}')
  const refused = await t.here.run(['config', 'set', 'monitorInterval', '1ms'])
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('cannot set monitorInterval')])
  await t.here.ok(['config', 'set', 'monitorInterval', '45s'])
  await t.ok(['daemon', 'restart'])
  expect(await intervalOf()).toBe(45_000)
  await t.here.ok(['config', 'set', 'monitorInterval', 'default'])
  await t.ok(['daemon', 'restart'], { env: { PTRACK_MONITOR_INTERVAL: 'often' } })
  expect(await intervalOf()).toBe(3000)
  expect((await t.ok(['daemon', 'status'])).stdout).toContain('cannot use "often" as the interval of the monitor')
})

test('daemon start, restart and stop leave the children alone, unless told', async () => {
  expect((await t.ok(['daemon', 'start'])).stdout).toBe(`the daemon is already running (pid ${t.daemon()!.pid})\n`)
  const pid = (await t.ls('api'))!.pid
  expect((await t.ok(['daemon', 'restart'])).stdout).toMatch(/^daemon restarted \(pid \d+ -> \d+\), version .+ live on\n$/)
  expect(await t.ls('api')).toMatchObject({ pid, adopted: true, status: 'running' })
  expect((await t.ok(['daemon', 'stop'])).stdout).toMatch(/^daemon stopped \(pid \d+\), 3 processes live on\n$/)
  expect((await t.run(['daemon', 'status'])).code).toBe(5)
  expect(identOf(pid!)).not.toBeNull()
  expect((await t.ok(['daemon', 'stop'])).stderr).toMatch(/^ptrack: no daemon runs for /)
  expect((await t.ls('api'))!.pid).toBe(pid)
  expect((await t.ok(['daemon', 'stop', '--kill-children'])).stdout).toMatch(/^daemon stopped \(pid \d+\)\n$/)
  expect(t.processes()).toEqual([])
  // What was ended for the daemon's sake only is wanted as before.
  await t.here.ok(['daemon', 'start'])
  expect(await t.until(async () => (await t.ls('api'))?.status === 'running', '`daemon start` starts it again')).toBe(true)
})

test('`daemon stop --kill-children` names what did not end when it was asked to', async () => {
  const asked = ['--stop-timeout', '300ms', '--health', 'log:ready', '--', program('ignores-sigterm.mjs')]
  await t.here.ok(['start', '--name', 'hears-nothing', ...asked])
  await t.here.ok(['start', '--name', 'hears', '--', program('waits.sh')])
  const { stdout, stderr } = await t.ok(['--json', 'daemon', 'stop', '--kill-children'])
  expect(JSON.parse(stdout)).toMatchObject({ stopped: true, left: 0, killed: ['hears-nothing'] })
  expect(stderr).toMatch(/^ptrack: hears-nothing did not end when it was asked to, and was killed\n/)
  await t.here.ok(['delete', 'hears*'])
})

test('a service that may end and does so at once has run to its end, which is no failure', async () => {
  const { stdout } = await t.here.ok(['start', '--name', 'once', '--restart', 'on-failure', '--', 'sh', '-c', 'echo released'])
  expect(stdout).toBe('once ran to its end\n')
  expect((await t.here.ok(['start', 'once'])).stdout).toBe('once ran to its end\n')
  expect((await t.here.run(['start', '--name', 'bad', '--restart', 'never', '--', 'sh', '-c', 'exit 3'])).code).toBe(1)
})

test('a restart that is not awaited says what it waits for', async () => {
  await t.here.ok(['start', '--name', 'deaf', '--stop-timeout', '60s', '--', program('ignores-sigterm.mjs')])
  await t.until(async () => (await t.here.ok(['logs', 'deaf'])).stdout.includes('ready'), 'it is deaf by now')
  const { pid } = (await t.ls('deaf'))!
  const ident = identOf(pid!)!
  expect((await t.here.ok(['restart', '--no-wait', 'deaf'])).stdout).toBe(`deaf: its last run ends first (pid ${pid})\n`)
  await endIdent(ident)
  await t.until(async () => (await t.ls('deaf'))!.run === 2, 'its next run began')
  await t.here.ok(['stop', 'deaf', '--timeout', '1ms'])
})

test('the line that names the error is among the last lines, above a long stack', async () => {
  const code = `process.stderr.write('Error: the port is taken\\n' + '    at somewhere\\n'.repeat(35)); process.exit(3)`
  const { stderr } = await t.here.run(['start', '--name', 'long', '--restart', 'never', '--', process.execPath, '-e', code])
  expect(stderr).toContain('  | Error: the port is taken\n')
})

test('the last lines of what failed are its own, not those of a deleted process of its name', async () => {
  await t.here.ok(['start', '--name', 'heir', '--', 'sh', '-c', 'echo of the former; exec sleep 3600'])
  await t.until(async () => (await t.here.ok(['logs', 'heir'])).stdout.includes('of the former'), 'it has said its line')
  await t.here.ok(['delete', 'heir'])
  const { code, stderr } = await t.here.run([
    'start',
    '--name',
    'heir',
    '--restart',
    'never',
    '--',
    'sh',
    '-c',
    'echo of the new; exit 3',
  ])
  expect(code).toBe(1)
  expect(stderr).toContain('of the new')
  expect(stderr).not.toContain('of the former')
  expect((await t.here.ok(['logs', 'heir'])).stdout).not.toContain('of the former')
})
