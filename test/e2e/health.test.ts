/** Readiness and health: when a process counts as running, when as healthy, and what is told of it. */
import { spawn } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { PtrackEvent } from '../../src/protocol/events.ts'
import type { ProcessDetail, ProcessView, WhyView } from '../../src/protocol/view.ts'
import { cliFile } from '../support/bundle.ts'
import { program, programs, type TestHome, testHome } from '../support/daemon.ts'
import { freePort } from '../support/free-port.ts'
import { endIdent, identOf } from '../support/proc.ts'

let t: TestHome
beforeAll(async () => {
  t = await testHome()
})
afterAll(async () => {
  await t?.close()
})

const file = (name: string): string => `${t.dir}/${name}`
const touch = (name: string): void => writeFileSync(file(name), '')
/** Quick checks, so that three failures are seen soon. */
const QUICK = ['--health-period', '150ms']
const view = async (name: string): Promise<ProcessView> => (await t.ls(name))!
const become = (name: string, wanted: Partial<ProcessView>): Promise<unknown> =>
  t.until(
    async () => {
      const now = await view(name)
      return Object.entries(wanted).every(([key, value]) => now[key as keyof ProcessView] === value)
        ? now
        : JSON.stringify(now) && null
    },
    `${name} is ${JSON.stringify(wanted)}`,
  )
async function events(type: string, name: string): Promise<PtrackEvent[]> {
  const { stdout } = await t.here.ok(['events', name, '--since', '0', '--type', type, '--json'])
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as PtrackEvent)
}

describe('readiness: `start` returns when it is ready, and `starting` is not `running`', () => {
  test('by port: auto, in PORT, held by its own tree', async () => {
    const started = t.here.run([
      'start',
      '--name',
      'port',
      '--port',
      'auto',
      '--',
      program('becomes-ready-later.mjs'),
      file('port'),
    ])
    await become('port', { status: 'starting', health: 'unknown' })
    touch('port')
    expect((await started).code).toBe(0)
    const ready = await view('port')
    expect(ready).toMatchObject({ status: 'running', health: 'healthy', ports: [{ open: true, heldBy: ready.pid }] })
    expect(ready.ports[0]!.latencyMs).toBeGreaterThanOrEqual(0)
    const given = await t.here.json<{ env: Record<string, string> }>(['env', 'port'])
    // PORT is given at the start, it is no variable of the definition.
    expect(given.env).not.toHaveProperty('PTRACK_ID')
  })

  test('by a log line, by an exec probe, by HTTP, by notify from inside', async () => {
    const port = await freePort()
    const server = `require('http').createServer((_, r) => { r.statusCode = require('fs').existsSync('${file('http')}') ? 204 : 503; r.end() }).listen(${port}, '127.0.0.1')`
    const script = `while [ ! -e ${file('notify')} ]; do sleep 0.1; done; "${process.execPath}" "${cliFile}" notify --ready; sleep 3600`
    const kinds: [string, string, string[]][] = [
      ['log', 'log:^rea.y$', ['sh', '-c', `while [ ! -e ${file('log')} ]; do sleep 0.1; done; echo ready; sleep 3600`]],
      ['exec', `exec:test -e ${file('exec')}`, ['sleep', '3600']],
      ['http', `http://127.0.0.1:${port}/`, [process.execPath, '-e', server]],
      ['notify', 'notify', ['sh', '-c', script]],
    ]
    const started = kinds.map(([name, health, command]) =>
      t.here.run(['start', '--name', name, ...QUICK, '--health', health, '--', ...command]),
    )
    await Promise.all(kinds.map(([name]) => become(name, { status: 'starting' })))
    // Not even one of them is ready by itself.
    await t.until(
      async () => Number((await t.here.json<{ monitor: { rounds: number } }>(['daemon', 'status'])).monitor.rounds) > 1,
      'a while',
    )
    for (const [name] of kinds) expect(await view(name)).toMatchObject({ status: 'starting', health: 'unknown' })
    for (const [name] of kinds) touch(name)
    expect((await Promise.all(started)).map((result) => result.code)).toEqual([0, 0, 0, 0])
    for (const [name] of kinds) expect(await view(name)).toMatchObject({ status: 'running', health: 'healthy' })
  })

  test('never in time: a failure, the tree is ended, and the last log lines are shown', async () => {
    const result = await t.here.run([
      'start',
      '--name',
      'never',
      '--restart',
      'never',
      '--ready-timeout',
      '500ms',
      '--port',
      'auto',
      '--',
      program('waits.sh'),
    ])
    expect(result).toMatchObject({ code: 1, stdout: '' })
    expect(result.stderr).toMatch(/^ptrack: cannot start never: not ready within 0.5 s: port \d+ is closed; [\s\S]+\| ready\n/)
    expect(await view('never')).toMatchObject({ status: 'failed', error: { code: 'NOT_READY' }, pid: null })
    expect(t.processes().filter((process) => process.command.includes('sleep') && process.command[0] === 'never')).toEqual([])
  })

  test('never in time: the last answer of the check says why, in every place', async () => {
    // Of this process, so that it answers from the first check on.
    const server = createServer((_, response) => response.writeHead(500).end())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    const kinds: [string, string, string][] = [
      ['http', `http://127.0.0.1:${port}/up?key=s3cretkey`, 'GET /up?... answered 500'],
      ['exec', 'exec:echo no route to db >&2; exit 3', 'exec:echo no route to db >&2; exit 3 exited with 3: no route to db'],
      ['host', 'http://no-such-host.invalid/', 'GET no-such-host.invalid/ failed: '],
    ]
    const options = ['--restart', 'never', '--ready-timeout', '2s', ...QUICK]
    for (const [kind, health, answer] of kinds) {
      const name = `never-${kind}`
      const { code, stderr } = await t.here.run(['start', '--name', name, ...options, '--health', health, '--', 'sleep', '3600'])
      expect(code).toBe(1)
      expect(stderr).toContain(`cannot start ${name}: not ready within 2 s: ${answer}`)
      expect((await t.here.ok(['why', name])).stdout).toContain(`because: not ready within 2 s: ${answer}`)
      expect((await view(name)).reason).toContain(`not ready within 2 s: ${answer}`)
      expect(stderr).not.toContain('s3cret')
    }
  })

  test('wait --for healthy is exit 3 for what has ended and 6 when the time is up', async () => {
    const waiting = t.here.run([
      'start',
      '--name',
      'late',
      '--no-wait',
      '--health',
      `exec:test -e ${file('late')}`,
      '--',
      'sleep',
      '3600',
    ])
    expect((await waiting).stdout).toBe(`late is starting (pid ${(await view('late')).pid})\n`)
    expect((await t.here.run(['wait', 'late', '--for', 'healthy', '--timeout', '100ms'])).code).toBe(6)
    touch('late')
    expect(await t.here.run(['wait', 'late', '--for', 'healthy', '--timeout', '30s'])).toMatchObject({
      code: 0,
      stdout: 'late: healthy\n',
    })
    await t.here.ok(['start', '--name', 'unprobed', '--', 'sleep', '3600'])
    const unprobed = await t.here.run(['wait', 'unprobed', '--for', 'healthy'])
    expect(unprobed).toMatchObject({ code: 0, stdout: 'unprobed: running; nothing probes its health\n' })
    expect((await t.here.run(['wait', 'never', '--for', 'healthy'])).code).toBe(3)
  })

  test('what nothing probes is not healthy between two crashes: neither for wait nor for who comes after it', async () => {
    const script = `test -e ${file('mended')} || exit 1; exec sleep 3600`
    await t.here.run(['start', '--name', 'loop', '--no-wait', '--restart-delay', '1s', '--', 'sh', '-c', script])
    await become('loop', { status: 'retrying' })
    touch('mended')
    await become('loop', { status: 'running' })
    const why = 'it has failed and nothing probes it, so it counts once it has run for 60 s'
    const after = ['--after', 'loop', '--', 'sleep', '3600']
    const follower = await t.here.run(['start', '--name', 'follower', ...after])
    expect(follower.stdout).toBe(`follower: waiting for loop to be healthy (${why})\n`)
    const patient = t.here.run(['wait', 'loop', 'follower', '--for', 'healthy', '--timeout', '4s'])
    expect(await patient).toMatchObject({ code: 6, stdout: '' })
    const { stderr } = await patient
    expect(stderr).toContain(`waiting for loop to be healthy: it is running (${why})\n`)
    expect(stderr).toContain(`waiting for follower to be healthy: it is waiting (waiting for loop to be healthy (${why}))\n`)
    expect(stderr).toContain(`cannot wait longer for loop to be healthy: it is running (${why}); `)
    // A person who takes the failures back vouches for it.
    await t.here.ok(['reset', 'loop'])
    await t.here.ok(['wait', 'loop', 'follower', '--for', 'healthy', '--timeout', '30s'])
    // Asked for by a person, it begins with a clean slate.
    await t.here.ok(['restart', 'loop'])
    await t.here.ok(['wait', 'loop', '--for', 'healthy', '--timeout', '30s'])
  })
})

describe('health', () => {
  test('unhealthy after three failures and back, each told once; unknown while paused', async () => {
    touch('sick')
    await t.here.ok(['start', '--name', 'sick', ...QUICK, '--health', `exec:test -e ${file('sick')}`, '--', 'sleep', '3600'])
    rmSync(file('sick'))
    await become('sick', { health: 'unhealthy' })
    expect(await view('sick')).toMatchObject({ status: 'running', restarts: 0 })
    const failing = `exec:test -e ${file('sick')} exited with 1`
    expect((await view('sick')).reason).toBe(failing)
    expect((await t.here.ok(['show', 'sick'])).stdout).toContain(`unhealthy; ${failing}, checked at `)
    expect((await t.here.ok(['ls', 'sick', '--columns', 'name,status'])).stdout).toContain(`unhealthy: ${failing}`)
    await t.here.ok(['pause', 'sick'])
    expect(await view('sick')).toMatchObject({ status: 'paused', health: 'unknown' })
    await t.here.ok(['resume', 'sick'])
    touch('sick')
    await become('sick', { health: 'healthy', status: 'running' })
    const { timeline } = await t.here.json<WhyView>(['why', 'sick'])
    expect(timeline.map(({ health, reason }) => health && reason).filter(Boolean)).toEqual([`unhealthy: ${failing}`])
    const told = (await events('statusChange', 'sick')).map((event) => ('health' in event ? event.health : ''))
    expect(told.filter((health, n) => health !== told[n - 1])).toEqual(['unknown', 'healthy', 'unhealthy', 'unknown', 'healthy'])
  })

  test('a port that closes makes unhealthy; --restart-unhealthy ends it and starts it anew', async () => {
    // Closes its port when the file is there, takes the file away and lives on.
    const closes = (name: string): string =>
      `const fs = require('fs'), s = require('net').createServer(c => c.end()).listen(process.env.PORT, '127.0.0.1'); setInterval(() => { if (fs.existsSync('${file(name)}')) { fs.unlinkSync('${file(name)}'); s.close() } }, 20)`
    const common = [...QUICK, '--port', 'auto']
    await Promise.all([
      t.here.ok(['start', '--name', 'closing', ...common, '--', process.execPath, '-e', closes('closing')]),
      t.here.ok([
        'start',
        '--name',
        'mending',
        ...common,
        '--restart-unhealthy',
        '--',
        process.execPath,
        '-e',
        closes('mending'),
      ]),
    ])
    const [closing, mending] = [await view('closing'), await view('mending')]
    touch('closing')
    touch('mending')
    await become('closing', { health: 'unhealthy', status: 'running', reason: `port ${closing.ports[0]!.port} is closed` })
    expect(await view('closing')).toMatchObject({ pid: closing.pid, run: 1, ports: [{ open: false, heldBy: null }] })
    await t.until(async () => (await view('mending')).run > 1, 'a new run')
    await become('mending', { health: 'healthy', status: 'running' })
    expect(identOf(mending.pid!)).toBeNull()
    const why = await t.here.json<{ timeline: { reason: string | null }[] }>(['why', 'mending'])
    expect(why.timeline.map((entry) => entry.reason)).toContain(`unhealthy: port ${mending.ports[0]!.port} is closed`)
  })

  test('a stranger that holds the port makes it unhealthy at once, named with its pid', async () => {
    const port = await freePort()
    // It declares the port and does not take it; the stranger comes later.
    const starting = t.here.run(['start', '--name', 'squatted', ...QUICK, '--port', String(port), '--', 'sleep', '3600'])
    await become('squatted', { status: 'starting' })
    // By a short path: a long command is cut in messages.
    const stranger = spawn(process.execPath, ['listens.mjs', String(port)], { cwd: programs, stdio: 'ignore' })
    const ident = await t.until(() => identOf(stranger.pid!), 'the stranger lives')
    try {
      await become('squatted', { orphanedPid: stranger.pid! })
      const squatted = await view('squatted')
      expect(squatted).toMatchObject({ health: 'unhealthy', orphaned: true, status: 'starting' })
      expect(squatted.reason).toMatch(
        new RegExp(`^port ${port} is held by pid ${stranger.pid} \\(.*listens.mjs.*\\), not by this process$`),
      )
      const orphans = await t.here.json<object[]>(['orphans'])
      expect(orphans).toMatchObject([{ kind: 'squatter', pid: stranger.pid, process: 'squatted', ports: [port] }])
      await t.here.ok(['stop', 'squatted'])
      expect((await starting).code).not.toBe(0)
      const refused = await t.here.run(['start', 'squatted'])
      expect(refused).toMatchObject({ code: 8, stdout: '' })
      expect(refused.stderr).toContain(`port ${port} is held by pid ${stranger.pid}`)
    } finally {
      await endIdent(ident)
    }
  })

  test('healthCheck tells each round of the monitor to those who listen', async () => {
    const follower = spawn(process.execPath, [cliFile, 'events', '-f', '--json', '--type', 'healthCheck'], {
      env: t.env,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    let told = ''
    follower.stdout.on('data', (bytes) => (told += bytes))
    try {
      await t.until(() => told.includes('\n'), 'a round of the monitor is told')
      expect(JSON.parse(told.split('\n')[0]!)).toMatchObject({ type: 'healthCheck', process: null, checked: expect.any(Number) })
    } finally {
      follower.kill()
    }
  })
})

test('a service that became ready in time is still the same run when that time is over', async () => {
  // By the quickest of all checks.
  const soon = ['--health', 'exec:true', '--ready-timeout', '1s', '--', 'sleep', '3600']
  await t.here.ok(['start', '--name', 'soon-ready', ...soon])
  await become('soon-ready', { health: 'healthy' })
  // Begun later with the same patience: when this one is given up, the other one's time has passed too.
  const late = await t.here.run([
    'start',
    '--name',
    'never-ready',
    '--health',
    'exec:false',
    '--ready-timeout',
    '1s',
    '--restart',
    'never',
    '--',
    'sleep',
    '1000',
  ])
  expect(late.code).toBe(1)
  expect(await view('never-ready')).toMatchObject({ status: 'failed', error: { code: 'NOT_READY' } })
  expect(await view('soon-ready')).toMatchObject({ status: 'running', health: 'healthy', run: 1, restarts: 0 })
})

test('each check says since when it fails, how often in a row and what it answered, and when the run became ready', async () => {
  let status = 200
  const server = createServer((_, response) => response.writeHead(status).end())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/healthz`
  await t.here.ok(['start', '--name', 'checked', '--port', 'auto', '--health', url, ...QUICK, '--', program('listens.mjs')])
  const shown = () => t.here.json<ProcessDetail>(['show', 'checked'])
  const check = async (name: string) => (await shown()).checks.find((each) => each.check.startsWith(name))!
  const { readyAt, startedAt } = await shown()
  expect(Date.parse(readyAt!)).toBeGreaterThanOrEqual(Date.parse(startedAt!))
  await t.until(async () => (await check('GET /healthz')).results.length > 2, 'it was checked some times')
  expect(await check('GET /healthz')).toMatchObject({ failures: 0, answer: 'answered 200' })
  expect((await check('GET /healthz')).results.at(-1)!.latencyMs).toBeGreaterThan(0)
  status = 503
  const failing = await t.until(async () => {
    const now = await check('GET /healthz')
    return now.failures > 2 && now
  }, 'it fails')
  expect(failing.answer).toBe('answered 503')
  expect(failing.since).toBe(failing.results.find(({ ok }) => !ok)!.at)
  expect(await check('port')).toMatchObject({ failures: 0, answer: 'accepts connections' })
  expect((await t.here.ok(['show', 'checked'])).stdout).toMatch(/GET \/healthz +fails, \d+ in a row .*answered 503/)
  await t.here.ok(['stop', 'checked'])
  expect(await shown()).toMatchObject({ checks: [], readyAt: null })
})
