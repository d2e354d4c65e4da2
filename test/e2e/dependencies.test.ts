/** `--after`: what waits begins when what it waits for is so; circles and unknown names are refused; stops go in reverse. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Client } from '../../src/client/client.ts'
import type { ProcessDetail } from '../../src/protocol/view.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { freePort } from '../support/free-port.ts'
import { clientOf, define, gated, reachesAll, viewOf } from '../support/jobs.ts'
import { emptied } from '../support/shared-home.ts'

let t: TestHome
let client: Client
beforeAll(async () => {
  t = await testHome()
})
beforeEach(async () => {
  client = await clientOf(t)
})
afterEach(async () => {
  client.close()
  await emptied(t)
})
afterAll(() => t.close())

const service = (name: string, after: string[] = []) =>
  define(t, client, {
    name,
    kind: 'service',
    command: [program('waits.sh')],
    after: after.map((each) => ({ name: each, condition: 'started' as const })),
  })

describe('waiting', () => {
  test('for a job to be done; one that failed is told, and done by a later run', async () => {
    const build = gated(t, 'build')
    await define(t, client, { name: 'build', command: build.command })
    const deploy = await define(t, client, {
      name: 'deploy',
      command: ['true'],
      after: [{ name: 'build', condition: 'done' }],
    })
    expect([deploy.ok, deploy.note]).toEqual([true, 'waiting for build to be done'])
    build.end(1)
    await reachesAll(t, client, { build: 'failed', deploy: 'pending' })
    await t.until(
      async () => (await viewOf(client, 'deploy')).reason === 'waiting for build to be done, which has failed',
      'the reason tells of the failure',
    )
    build.end(0)
    await client.request('start', { targets: ['build'] })
    await reachesAll(t, client, { build: 'done', deploy: 'done' })
    expect(await viewOf(client, 'deploy')).toMatchObject({ run: 1 })
  })

  test('a job in the queue that is told to wait for another leaves the queue for it, and comes back', async () => {
    await client.request('limits.set', { global: 1 })
    const [first, other] = [gated(t, 'first'), gated(t, 'other')]
    await define(t, client, { name: 'first', command: first.command })
    await define(t, client, { name: 'late', command: ['true'] }, { noWait: true })
    await define(t, client, { name: 'other', command: other.command }, { noWait: true })
    expect((await viewOf(client, 'late')).queuePosition).toBe(1)
    await client.request('set', { targets: ['late'], changes: { after: [{ name: 'other', condition: 'done' }] } })
    expect(await viewOf(client, 'late')).toMatchObject({ queuePosition: null, reason: 'waiting for other to be done' })
    expect((await viewOf(client, 'other')).queuePosition).toBe(1)
    first.end(0)
    await reachesAll(t, client, { other: 'running', late: 'pending' })
    other.end(0)
    await reachesAll(t, client, { other: 'done', late: 'done' })
  })

  test('for a service to be healthy, and again after a start that somebody asked for, but not at a restart by policy', async () => {
    const release = join(t.dir, 'ready')
    await define(
      t,
      client,
      {
        name: 'db',
        kind: 'service',
        command: [program('waits.sh')],
        health: { kind: 'exec', command: `test -e ${release}` },
        healthPeriodMs: 100,
      },
      { noWait: true },
    )
    const web = await define(t, client, {
      name: 'web',
      kind: 'service',
      command: [program('waits.sh')],
      after: [{ name: 'db', condition: 'healthy' }],
    })
    expect(web.view).toMatchObject({ status: 'pending', reason: 'waiting for db to be healthy', pid: null })
    writeFileSync(release, '')
    await reachesAll(t, client, { db: 'running', web: 'running' })
    await client.request('stop', { targets: ['db'] })
    await client.request('signal', { targets: ['web'], signal: 'SIGKILL' })
    await t.until(async () => {
      const view = await viewOf(client, 'web')
      return view.status === 'running' && view.run === 2
    }, 'web runs again by itself')
    const restarted = (await client.request('restart', { targets: ['web'] }))[0]
    expect(restarted).toMatchObject({ ok: true, note: 'waiting for db to be healthy, which is stopped' })
    await client.request('start', { targets: ['db'] })
    await reachesAll(t, client, { db: 'running', web: 'running' })
  })

  test('in the foreground what can never begin is cancelled, before and after the daemon has died', async () => {
    const build = gated(t, 'build')
    await define(t, client, { name: 'build', command: build.command })
    await define(t, client, { name: 'tests', command: ['true'], after: [{ name: 'build', condition: 'done' }] })
    const deploy = t.here.run(['run', '--after', 'tests', '--name', 'deploy', '--', 'true'])
    // Its caller is answered when it is on disk: two turns of the daemon later the answer has been sent.
    await t.until(() => readFileSync(join(t.home, 'process-state.json'), 'utf8').includes('"deploy"'), 'it is on disk')
    for (let turn = 0; turn < 2; turn++) expect(await viewOf(client, 'deploy')).toMatchObject({ status: 'pending' })
    await t.killDaemon()
    client.close()
    client = await clientOf(t)
    build.end(3)
    const ended = await deploy
    const why = 'it waits for build, which has failed: exit code 3'
    expect(ended).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(`ptrack: cannot run deploy: ${why}; `) })
    expect(await viewOf(client, 'deploy')).toMatchObject({ status: 'cancelled', run: 0 })
    const again = await t.here.run(['run', '--json', '--after', 'build', '--name', 'late', '--', 'true'])
    expect([again.code, JSON.parse(again.stdout)]).toMatchObject([1, { error: { message: `cannot run late: ${why}` } }])
  })

  test('goes on over kill -9 of the daemon', async () => {
    const build = gated(t, 'build')
    await define(t, client, { name: 'build', command: build.command })
    await define(t, client, { name: 'deploy', command: ['true'], after: [{ name: 'build', condition: 'done' }] })
    await t.killDaemon()
    build.end(0)
    client.close()
    client = await clientOf(t)
    await reachesAll(t, client, { build: 'done', deploy: 'done' })
    expect(build.runs()).toEqual([1])
  })
})

describe('refused', () => {
  test('an unknown name', async () => {
    const error = await define(t, client, { name: 'web', command: ['true'], after: [{ name: 'db', condition: 'started' }] }).then(
      () => null,
      (refusal: Error) => refusal,
    )
    expect(error).toMatchObject({ code: 'USAGE', message: 'cannot let web wait for db: no process has this name' })
    expect(await client.request('list', { all: true })).toEqual([])
  })

  test('a circle, spelled out, and nothing changes', async () => {
    await service('a')
    await service('b', ['a'])
    await service('c', ['b'])
    const [result] = await client.request('set', { targets: ['a'], changes: { after: [{ name: 'c', condition: 'healthy' }] } })
    expect(result).toMatchObject({
      ok: false,
      error: { code: 'USAGE', message: 'cannot let a wait for itself: a -> c -> b -> a' },
    })
    const [detail] = await client.request('show', { targets: ['a'] })
    expect(detail?.definition.after).toEqual([])
  })
})

test('`stop all` ends first what waits for others', async () => {
  await service('disk')
  await service('db', ['disk'])
  await service('web', ['db'])
  const order: string[] = []
  await client.request('subscribe', { filter: { types: ['serverStopped'] } })
  client.on('event', ({ event }) => void order.push(event.process!))
  const results = await client.request('stop', { targets: ['all'] })
  expect(results.map(({ ok }) => ok)).toEqual([true, true, true])
  await t.until(() => order.length === 3, 'all are told to have stopped')
  expect(order).toEqual(['web', 'db', 'disk'])
})

test('`daemon stop --kill-children` ends in the same order, and `daemon start` starts them the other way round', async () => {
  await service('db')
  await service('web', ['db'])
  await service('front', ['web'])
  const logged = (): string => readFileSync(join(t.home, 'daemon.log'), 'utf8')
  const before = logged().length
  await t.here.ok(['daemon', 'stop', '--kill-children'])
  await t.here.ok(['daemon', 'start'])
  client.close()
  client = await clientOf(t)
  const views = await reachesAll(t, client, { db: 'running', web: 'running', front: 'running' })
  expect(views.map((view) => view.run)).toEqual([2, 2, 2])
  const log = logged().slice(before)
  const ended = [...log.matchAll(/'(\w+)' run 1 ended/g)].map((found) => found[1])
  expect(ended).toEqual(['front', 'web', 'db'])
  const begun = [...log.matchAll(/'(\w+)' started \(PID: \d+, run 2\)/g)].map((found) => found[1])
  expect(begun).toEqual(['db', 'web', 'front'])
})

describe('restart --dependents', () => {
  const runsOf = async (...names: string[]) =>
    Object.fromEntries(
      await Promise.all(
        names.map(async (name) => {
          const { run, status } = await viewOf(client, name)
          return [name, `${status} ${run}`]
        }),
      ),
    )

  test('what depends on it is down before it and up after it; what is stopped, and what does not depend on it, stays as it is', async () => {
    const port = await freePort()
    const command = [process.execPath, program('serves-port.mjs')]
    await service('db')
    await define(t, client, {
      name: 'api',
      kind: 'service',
      command,
      ports: [port],
      after: [{ name: 'db', condition: 'started' }],
    })
    await service('web', ['api'])
    await service('idle', ['db'])
    await service('other')
    await t.here.ok(['stop', 'idle'])
    const { stdout } = await t.here.ok(['restart', 'db', '--dependents'])
    expect(stdout.split('\n').map((line) => line.split(' ')[0])).toEqual(['db', 'api', 'web', ''])
    expect(await runsOf('db', 'api', 'web', 'idle', 'other')).toEqual({
      db: 'running 2',
      api: 'running 2',
      web: 'running 2',
      idle: 'stopped 1',
      other: 'running 1',
    })
    const { runs: dbRuns } = await t.here.json<ProcessDetail>(['show', 'db'])
    const { runs: webRuns } = await t.here.json<ProcessDetail>(['show', 'web'])
    expect(webRuns[0]!.endedAt! <= dbRuns[0]!.endedAt!).toBe(true)
    expect(webRuns[1]!.startedAt >= dbRuns[1]!.startedAt).toBe(true)
  })

  test('a daemon that is killed in between leaves their start to the next one', async () => {
    const [asked, go] = [join(t.dir, 'asked'), join(t.dir, 'go')]
    const slow = `trap '> ${asked}; until [ -e ${go} ]; do sleep 0.1; done; exit 0' TERM; while :; do sleep 0.1; done`
    await service('db')
    await define(t, client, {
      name: 'slow',
      kind: 'service',
      command: ['sh', '-c', slow],
      after: [{ name: 'db', condition: 'started' }],
    })
    await service('web', ['slow'])
    const restarting = t.here.run(['restart', 'db', '--dependents'])
    await t.until(async () => (await viewOf(client, 'web')).status === 'stopped', 'web is down for it')
    expect(await viewOf(client, 'web')).toMatchObject({ wanted: 'up', reason: 'restarting with what depends on it' })
    await t.until(() => existsSync(asked), 'the slow one is asked to end')
    await t.killDaemon()
    await restarting
    client.close()
    client = await clientOf(t)
    writeFileSync(go, '')
    await reachesAll(t, client, { db: 'running', slow: 'running', web: 'running' })
    await t.until(async () => (await viewOf(client, 'slow')).run === 2, 'the slow one has begun again')
    expect(await runsOf('db', 'web')).toEqual({ db: 'running 1', web: 'running 2' })
  })

  test('what needs a dependency that does not come up waits for it', async () => {
    const flag = join(t.dir, 'good')
    writeFileSync(flag, '')
    const command = ['sh', '-c', `[ -e ${flag} ] || exit 3; echo ready; exec sleep 3600`]
    await define(t, client, { name: 'db', kind: 'service', restart: 'never', command, health: { kind: 'log', pattern: 'ready' } })
    await define(t, client, {
      name: 'web',
      kind: 'service',
      command: [program('waits.sh')],
      after: [{ name: 'db', condition: 'healthy' }],
    })
    rmSync(flag)
    const answers = await client.request('restart', { targets: ['db'], dependents: true })
    expect(answers.map(({ name, ok, note }) => [name, ok, note])).toEqual([
      ['db', false, null],
      ['web', true, expect.stringMatching(/^waiting for db to be healthy/)],
    ])
    expect(await viewOf(client, 'web')).toMatchObject({ status: 'pending', wanted: 'up' })
    writeFileSync(flag, '')
    await client.request('start', { targets: ['db'] })
    await reachesAll(t, client, { web: 'running' })
  })

  test('not without waiting', async () => {
    await service('db')
    expect(await t.here.run(['restart', 'db', '--dependents', '--no-wait'])).toMatchObject({ code: 2 })
    expect(await runsOf('db')).toEqual({ db: 'running 1' })
  })
})
