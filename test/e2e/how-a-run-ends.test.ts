/** The table "how a run ends" of the contract, cell by cell: what ended it, what it left behind, service or job. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ProcessDetail } from '../../src/protocol/view.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { isAlive } from '../support/proc.ts'
import { childOf, ended, events, hasRunFor, instancesOf, orphanAt, reaches, said, toldChild } from '../support/runs.ts'

let t: TestHome
beforeAll(async () => {
  t = await testHome()
  await t.here.ok(['daemon', 'start'])
})
afterAll(async () => {
  await t?.close()
})

const leave = (name: string): void => writeFileSync(join(t.dir, name), '')

type Kind = 'service' | 'job'
/** Starts a program that leaves a child behind when it is told to. */
async function begin(kind: Kind, name: string, code: number, options: string[], how = ''): Promise<void> {
  const command = ['--name', name, ...options, '--', program('leaves-when.py'), join(t.dir, name), String(code), how]
  await t.here.ok(kind === 'service' ? ['start', ...command] : ['run', '-d', ...command])
}

interface Cell {
  kind: Kind
  leftovers: '' | 'kill' | 'keep'
  code: number | 'signal'
  restart?: string
  how?: string
  status: string
  child: 'ended' | 'escaped'
}
const byItself: Cell[] = [
  { kind: 'service', leftovers: '', code: 0, restart: 'on-failure', status: 'done', child: 'ended' },
  { kind: 'service', leftovers: 'kill', code: 0, restart: 'never', status: 'done', child: 'ended' },
  { kind: 'service', leftovers: 'keep', code: 0, restart: 'never', status: 'done', child: 'escaped' },
  { kind: 'service', leftovers: '', code: 3, restart: 'never', status: 'failed', child: 'ended' },
  { kind: 'service', leftovers: '', code: 3, restart: 'never', how: 'same-group', status: 'failed', child: 'ended' },
  { kind: 'service', leftovers: 'keep', code: 3, restart: 'never', status: 'failed', child: 'escaped' },
  { kind: 'service', leftovers: '', code: 'signal', restart: 'never', status: 'failed', child: 'ended' },
  { kind: 'service', leftovers: '', code: 125, restart: 'always', status: 'failed', child: 'ended' },
  { kind: 'job', leftovers: '', code: 0, status: 'done', child: 'escaped' },
  { kind: 'job', leftovers: '', code: 0, how: 'same-group', status: 'done', child: 'escaped' },
  { kind: 'job', leftovers: 'kill', code: 0, status: 'done', child: 'ended' },
  { kind: 'job', leftovers: '', code: 3, status: 'failed', child: 'escaped' },
  { kind: 'job', leftovers: 'kill', code: 3, status: 'failed', child: 'ended' },
  { kind: 'job', leftovers: '', code: 'signal', status: 'failed', child: 'escaped' },
]

describe.concurrent('a run that exits by itself', () => {
  test.each(byItself)('$kind, exit $code, leftovers "$leftovers" $how: $status, child $child', async (cell) => {
    const name = ['self', cell.kind, cell.leftovers || 'default', cell.code, cell.how ?? 'setsid'].join('-')
    const options = [
      ...(cell.leftovers ? ['--leftovers', cell.leftovers] : []),
      ...(cell.restart ? ['--restart', cell.restart] : []),
    ]
    await begin(cell.kind, name, cell.code === 'signal' ? 0 : cell.code, options, cell.how)
    const child = await childOf(t, name)
    // A service that leaves within a second would be taken for a daemonizing program.
    if (cell.kind === 'service') await hasRunFor(t, name, 1100)
    if (cell.code === 'signal') await t.here.ok(['signal', 'KILL', name])
    else leave(name)
    const view = await ended(t, name)
    expect(view).toMatchObject({ status: cell.status, run: 1, restarts: 0, pid: null })
    if (cell.code === 'signal') expect(view).toMatchObject({ exitCode: null, signal: 'SIGKILL' })
    else expect(view).toMatchObject({ exitCode: cell.code, signal: null })
    if (cell.status === 'failed') expect(view.error).not.toBeNull()
    // Ended means that nothing lives, at the moment it is told.
    expect(isAlive(child)).toBe(cell.child === 'escaped')
    expect((await orphanAt(t, child.pid))?.kind).toBe(cell.child === 'escaped' ? 'escaped' : undefined)
  })

  test('service, always, exit 0: its next run begins after what it left behind', async () => {
    await begin('service', 'always', 0, [], 'same-group')
    await hasRunFor(t, 'always', 1100)
    leave('always')
    const view = await t.until(async () => {
      const now = await t.ls('always')
      return now?.run === 2 && now.status === 'running' ? now : false
    }, 'the second run')
    expect(view).toMatchObject({ restarts: 1, crashLoop: false })
    await t.until(() => said(t, 'always').includes('what was left'), 'the second run has looked around')
    expect(said(t, 'always')).toContain('after what was left')
    const detail = await t.here.json<ProcessDetail>(['show', 'always'])
    expect(detail.runs[0]).toMatchObject({ run: 1, outcome: 'done', exitCode: 0 })
  })

  test('service, kept leftovers: the child of an earlier run is not ended with a later one', async () => {
    await t.here.ok(['start', '--name', 'keeper', '--leftovers', 'keep', '--', program('leaves-a-setsid-child.py'), 'stay'])
    const child = await childOf(t, 'keeper')
    // Long enough to have been seen in the tree, which must not make it a part of the next run.
    await t.until(async () => (await t.ls('keeper'))?.memoryBytes, 'its tree has been looked at', 30_000)
    await t.here.ok(['signal', 'KILL', 'keeper'])
    await t.until(async () => {
      const now = await t.ls('keeper')
      return now?.run === 2 && now.status === 'running' && now.memoryBytes
    }, 'the second run')
    expect((await orphanAt(t, child.pid))?.kind).toBe('escaped')
    await t.here.ok(['stop', 'keeper'])
    expect(isAlive(child)).toBe(true)
  })

  test.each([
    ['service', ['start', '--restart', 'on-failure', '--ok-exit', '0,3'], 3, { status: 'done', error: null }],
    ['job', ['run', '-d', '--ok-exit', '3'], 3, { status: 'done', error: null }],
    ['job, whose 0 is no longer accepted', ['run', '-d', '--ok-exit', '3'], 0, { status: 'failed' }],
    ['service that must not be restarted', ['start', '--no-restart-exit', '7,9'], 9, { status: 'failed', restarts: 0 }],
    ['service, accepted and not to be restarted', ['start', '--ok-exit', '4', '--no-restart-exit', '4'], 4, { status: 'done' }],
    ['job, accepted above 128', ['run', '-d', '--ok-exit', '130'], 130, { status: 'done', signal: null, error: null }],
    [
      'recorded service that must not be restarted',
      ['start', '--record-exit', '--no-restart-exit', '143'],
      143,
      { status: 'failed', restarts: 0 },
    ],
    ['job that asks not to be retried', ['run', '-d', '--retries', '3'], 125, { status: 'failed', run: 1 }],
    ['job that must not be retried', ['run', '-d', '--retries', '3', '--no-restart-exit', '2'], 2, { status: 'failed', run: 1 }],
  ])('%s: %j and exit %i', async (what, words, code, expected) => {
    const name = `code-${what.replace(/\W+/g, '-')}`
    const [verb, ...options] = words
    await t.here.run([verb!, '--name', name, ...options, '--', program('exits-with.sh'), String(code)])
    expect(await ended(t, name)).toMatchObject({ ...expected, exitCode: code })
  })

  test('job with retries: a new run each, then failed with the attempts counted', async () => {
    await t.here.ok(['run', '-d', '--name', 'again', '--retries', '1', '--', program('exits-with.sh'), '5'])
    const waiting = await reaches(t, 'again', 'retrying')
    expect(waiting).toMatchObject({ retry: { attempt: 2, of: 2 }, exitCode: 5 })
    expect(Date.parse(waiting.retry!.nextAt)).toBeGreaterThan(Date.parse(waiting.since))
    expect(await ended(t, 'again')).toMatchObject({ status: 'failed', run: 2, retry: null, exitCode: 5 })
  })
})

describe.concurrent('a daemonizing program', () => {
  test.each([
    ['service', 'failed', 'went to the background; run it in the foreground'],
    ['job', 'done', null],
  ] as const)('%s: %s, and its child is left alone', async (kind, status, reason) => {
    const name = `bg-${kind}`
    await t.here.run([...(kind === 'service' ? ['start'] : ['run', '-d']), '--name', name, '--', program('leaves-a-child.sh')])
    expect(await ended(t, name)).toMatchObject({ status, reason, exitCode: 0, run: 1, restarts: 0 })
    const child = await childOf(t, name)
    expect(await orphanAt(t, child.pid)).toMatchObject({ kind: 'escaped', process: name })
    expect(isAlive(child)).toBe(true)
  })

  test('service, told to leave nothing: failed, and its child is ended', async () => {
    await t.here.run(['start', '--name', 'bg-kill', '--leftovers', 'kill', '--', program('leaves-a-child.sh')])
    const reason = 'went to the background; run it in the foreground'
    expect(await ended(t, 'bg-kill')).toMatchObject({
      status: 'failed',
      reason,
      exitCode: 0,
      error: { code: 'WENT_TO_BACKGROUND' },
    })
    await toldChild(t, 'bg-kill')
    expect(instancesOf(t, (await t.ls('bg-kill'))!.id)).toEqual([])
  })
})

describe.concurrent('a run that is ended', () => {
  /** Whatever ends it, its child goes along: only what outlives a run by itself can be kept. */
  const causes = [
    { by: 'stop', service: 'stopped', job: 'cancelled', options: [] },
    { by: 'cancel', service: 'stopped', job: 'cancelled', options: ['--leftovers', 'keep'] },
    { by: '--timeout', service: 'timeout', job: 'timeout', options: [] },
    { by: '--ready-timeout', service: 'failed', job: 'failed', options: ['--health', 'log:no-such'] },
    {
      by: '--restart-unhealthy',
      service: 'failed',
      job: 'failed',
      options: ['--restart-unhealthy', '--health', 'exec:test ! -e sick', '--health-period', '100ms', '--health-failures', '2'],
    },
  ] as const
  const cells = causes.flatMap((cause) => [
    { ...cause, kind: 'service' as const, status: cause.service },
    { ...cause, kind: 'job' as const, status: cause.job },
  ])
  test.each(cells)('$kind, $by: $status, and its child with it', async ({ kind, by, status, options }) => {
    const name = `by-${by.replace('--', '')}-${kind}`
    const cwd = join(t.dir, name)
    mkdirSync(cwd)
    const policy = kind === 'service' && status === 'failed' ? ['--restart', 'never'] : []
    const verb = kind === 'service' ? ['start', '--no-wait'] : ['run', '-d']
    const rest = ['--name', name, '--cwd', cwd, ...options, ...policy, '--', program('leaves-a-setsid-child.py'), 'stay']
    await t.here.ok([...verb, ...rest])
    await childOf(t, name)
    const { id } = (await t.ls(name))!
    // Its time is over now: that of the present run, since it has its child.
    if (by === '--timeout' || by === '--ready-timeout') await t.here.ok(['set', name, by, '100ms'])
    if (by === 'stop' || by === 'cancel') {
      expect((await t.ok([by, name])).stdout).toBe(`${name} ${status}\n`)
      expect(instancesOf(t, id)).toEqual([])
    }
    if (by === '--restart-unhealthy') {
      await reaches(t, name, 'running')
      writeFileSync(join(cwd, 'sick'), '')
    }
    const view = await ended(t, name)
    expect(view.status).toBe(status)
    expect(instancesOf(t, id)).toEqual([])
    if (by === '--timeout') expect(view).toMatchObject({ reason: expect.stringContaining('timeout'), error: { code: 'TIMEOUT' } })
    if (by === '--ready-timeout') {
      expect(view).toMatchObject({
        reason: 'not ready within 0.1 s: log:no-such has not matched a line yet',
        error: { code: 'NOT_READY' },
      })
      const went = (await events(t, name)).filter((event) => event.type === 'statusChange').map((event) => event.to)
      expect(went).not.toContain('running')
    }
    if (by === '--restart-unhealthy')
      expect(view).toMatchObject({ reason: expect.stringContaining('unhealthy'), error: { code: 'UNHEALTHY' } })
  })

  test('--retry-on timeout runs a job again that took too long, and only then', async () => {
    const options = ['--timeout', '300ms', '--retries', '1', '--retry-on', 'timeout', '--', 'sleep', '3600']
    await t.here.ok(['run', '-d', '--name', 'patient', ...options])
    expect(await ended(t, 'patient')).toMatchObject({ status: 'timeout', run: 2 })
  })

  test('an unhealthy service is restarted by its policy', async () => {
    const health = ['--health', `exec:test ! -e ${join(t.dir, 'ill')}`, '--health-period', '100ms', '--health-failures', '2']
    await t.here.ok(['start', '--name', 'healed', '--restart-unhealthy', ...health, '--', program('waits.sh')])
    writeFileSync(join(t.dir, 'ill'), '')
    await t.until(async () => (await t.ls('healed'))?.restarts, 'it is restarted')
    const detail = await t.here.json<ProcessDetail>(['show', 'healed'])
    expect(detail.runs[0]).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('unhealthy') })
  })
})
