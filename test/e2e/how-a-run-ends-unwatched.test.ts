/** How a run ends while nobody looks: the daemon is gone, or the whole machine. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { DaemonStatus, OrphanView, ProcessDetail, ProcessView } from '../../src/protocol/view.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { endIdent, type Ident, isAlive } from '../support/proc.ts'
import { childOf, ended, instancesOf, loseTheMachine, orphanAt, reaches, said } from '../support/runs.ts'

let t: TestHome
beforeEach(async () => {
  t = await testHome()
  await t.here.ok(['daemon', 'start'])
})
afterEach(async () => {
  await t?.close()
})

const leave = (name: string): void => writeFileSync(join(t.dir, name), '')
const leaver = (name: string, code: number, how = ''): string[] => [
  '--',
  program('leaves-when.py'),
  join(t.dir, name),
  String(code),
  how,
]
const viewsByName = async (): Promise<Record<string, ProcessView>> =>
  Object.fromEntries((await t.here.json<ProcessView[]>(['ls', '--all'])).map((view) => [view.name, view]))

test('the daemon was gone: unknown is a failure for a service, the recorder tells of the others', async () => {
  const services: [string, number, string[]][] = [
    ['never', 0, ['--restart', 'never']],
    ['always', 0, []],
    ['recorded-ok', 0, ['--restart', 'on-failure', '--record-exit']],
    ['service-kill', 3, ['--restart', 'never', '--leftovers', 'kill']],
    ['recorded-bad', 3, ['--restart', 'never', '--record-exit']],
  ]
  const jobs: [string, number, string[]][] = [
    ['job-ok', 0, []],
    ['job-bad', 3, []],
    ['job-kill', 0, ['--leftovers', 'kill']],
    ['job-lost', 0, ['--retries', '3']],
    ['job-lost-again', 0, ['--retry-interrupted']],
  ]
  await Promise.all([
    ...services.map(([name, code, options]) => t.here.ok(['start', '--name', name, ...options, ...leaver(name, code)])),
    ...jobs.map(([name, code, options]) => t.here.ok(['run', '-d', '--name', name, ...options, ...leaver(name, code)])),
    t.here.ok(['start', '--name', 'deaf', '--stop-timeout', '2m', '--', program('ignores-sigterm.mjs')]),
  ])
  const names = [...services, ...jobs].map(([name]) => name)
  const children = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await childOf(t, name)])))
  const before = await viewsByName()
  await t.until(() => said(t, 'deaf').includes('ready'), 'the deaf one is ready')
  await t.here.ok(['stop', 'deaf', '--no-wait'])
  await reaches(t, 'deaf', 'completing')

  await t.killDaemon()
  for (const name of names) if (!name.startsWith('job-lost')) leave(name)
  const leaders = (name: string): Ident[] =>
    instancesOf(t, before[name]!.id).filter((found) => found.pid !== (children[name] as Ident).pid)
  // With the recorder goes the outcome.
  for (const name of ['deaf', 'job-lost', 'job-lost-again'])
    await Promise.all((children[name] ? leaders(name) : instancesOf(t, before[name]!.id)).map(endIdent))
  await t.until(() => names.every((name) => leaders(name).length === 0), 'all leaders have ended')

  const after = await viewsByName()
  expect(after.never).toMatchObject({ status: 'failed', exitCode: null, signal: null, error: { code: 'EXIT_UNKNOWN' } })
  expect(after['recorded-ok']).toMatchObject({ status: 'done', exitCode: 0, run: 1 })
  expect(after['recorded-bad']).toMatchObject({ status: 'failed', exitCode: 3 })
  expect(after['job-ok']).toMatchObject({ status: 'done', exitCode: 0 })
  expect(after['job-bad']).toMatchObject({ status: 'failed', exitCode: 3 })
  expect(after['job-lost']).toMatchObject({ status: 'interrupted', exitCode: null, run: 1 })
  await t.until(async () => {
    const { always, 'job-lost-again': again } = await viewsByName()
    return always?.run === 2 && always.status === 'running' && again?.run === 2 && again.status === 'running'
  }, 'policy starts the second runs')
  const { runs } = await t.here.json<ProcessDetail>(['show', 'always'])
  expect(runs[0]).toMatchObject({ run: 1, outcome: 'failed', exitCode: null, reason: expect.stringContaining('unknown') })

  // What they left is listed, and ended only where that was asked for.
  const orphans = await t.here.json<OrphanView[]>(['orphans'])
  const asked = ['job-kill', 'service-kill']
  expect((await ended(t, 'job-kill')).status).toBe('done')
  expect(await ended(t, 'service-kill')).toMatchObject({ status: 'failed', error: { code: 'EXIT_UNKNOWN' } })
  for (const name of names) {
    const child = children[name] as Ident
    const expected = asked.includes(name) ? undefined : { kind: 'survivor', process: name }
    if (expected) expect(orphans.find((orphan) => orphan.pid === child.pid)).toMatchObject(expected)
    else expect(await orphanAt(t, child.pid)).toBeUndefined()
    expect(isAlive(child), name).toBe(!asked.includes(name))
  }
  expect(await ended(t, 'deaf')).toMatchObject({ status: 'stopped', wanted: 'down' })
})

test('the machine was rebooted: what was wanted up starts again, a job is interrupted, a queued one is not', async () => {
  await Promise.all([
    t.here.ok(['start', '--name', 'up', '--', program('waits.sh')]),
    t.here.ok(['start', '--name', 'down', '--', program('waits.sh')]),
    t.here.ok(['start', '--name', 'frozen', '--', program('waits.sh')]),
    t.here.ok(['start', '--name', 'stopping', '--stop-timeout', '2m', '--', program('ignores-sigterm.mjs')]),
    t.here.ok(['run', '-d', '--name', 'job', '--retries', '3', '--', 'sleep', '3600']),
    t.here.ok(['run', '-d', '--name', 'job-again', '--retry-interrupted', '--', 'sleep', '3600']),
    t.here.ok(['run', '-d', '--name', 'queued', '--retries', '3', '--', program('exits-with.sh'), '5']),
  ])
  await t.until(() => said(t, 'stopping').includes('ready'), 'the deaf one is ready')
  await t.here.ok(['stop', 'down'])
  await t.here.ok(['pause', 'frozen'])
  await t.here.ok(['stop', 'stopping', '--no-wait'])
  // The longest of its waits: there is time to lose the machine in it.
  await t.until(async () => (await t.ls('queued'))?.retry?.attempt === 4, 'the job waits for its last attempt', 30_000)
  await loseTheMachine(t)
  expect(t.processes()).toEqual([])

  const after = await t.until(async () => {
    const now = await viewsByName()
    return ['up', 'frozen', 'job-again'].every((name) => now[name]?.run === 2 && now[name].status === 'running') && now
  }, 'what was wanted up runs again')
  expect(after.down).toMatchObject({ status: 'stopped', wanted: 'down', run: 1, pid: null })
  expect(after.stopping).toMatchObject({ status: 'stopped', wanted: 'down', run: 1, pid: null })
  expect(after.job).toMatchObject({ status: 'interrupted', reason: 'the machine was rebooted', run: 1, exitCode: null })
  expect(after.up).toMatchObject({ adopted: false, restarts: 0, error: null })
  expect((await t.here.json<ProcessDetail>(['show', 'up'])).runs).toMatchObject([
    { run: 1, outcome: 'interrupted', reason: 'the machine was rebooted', exitCode: null },
    { run: 2, outcome: null, endedAt: null },
  ])
  expect(await ended(t, 'queued')).toMatchObject({ status: 'failed', run: 4, exitCode: 5 })
  expect(await t.here.json<DaemonStatus>(['daemon', 'status'])).toMatchObject({ adopted: 0 })
  expect(await t.here.json(['orphans'])).toEqual([])
})
