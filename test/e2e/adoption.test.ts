/** kill -9 of the daemon, `daemon restart`: nothing that runs notices, nothing runs twice, nothing is forgotten. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { HistoryRow } from '../../src/protocol/history.ts'
import type { ProcessDetail, ProcessView } from '../../src/protocol/view.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { endIdent, type Ident, identOf, isAlive, signalIdent, statOf } from '../support/proc.ts'
import { editSaved, readSaved, savedOf } from '../support/saved-state.ts'

let t: TestHome
beforeEach(async () => {
  t = await testHome()
})
afterEach(async () => {
  await t.close()
})

const isLeader = (one: Ident): boolean => statOf(one.pid)?.session === one.pid
/** Every run that has a live leader, as the markers in /proc say, whatever ptrack believes. */
const leaders = () => t.processes().filter((one) => one.id !== null && isLeader(one))
const runsOf = (id: string) => leaders().filter((one) => one.id === id)
const all = async () => Object.fromEntries((await t.here.json<ProcessView[]>(['ls', '--all'])).map((view) => [view.name, view]))
const said = (name: string, line: string): number =>
  readFileSync(t.logFile(name), 'utf8')
    .split('\n')
    .filter((each) => each === line).length
const identOfView = (view: ProcessView): Ident => identOf(view.pid!)!
const stateOf = (pid: number): string | undefined => statOf(pid)?.state

/** Line numbers that a writer wrote, in the order in which `logs` tells them. */
async function numbersOf(name: string): Promise<number[]> {
  const { stdout } = await t.here.ok(['logs', name, '--out', '-n', '1000000'])
  return stdout
    .split('\n')
    .filter((line) => /\b\d{12} x/.test(line))
    .map((line) => Number(/\d{12}/.exec(line)![0]))
}

describe('what goes on', () => {
  test('through three kill -9 and a `daemon restart`: same pid, run and uptime, no line lost or doubled, none twice', async () => {
    await t.here.ok(['start', '--name', 'writer', '--', program('writes-forever.py'), '40', '10'])
    await Promise.all([
      t.here.ok(['start', '--name', 'silent', '--', program('waits.sh')]),
      t.here.ok(['start', '--name', 'web', '--port', 'auto', '--', program('listens.mjs')]),
      t.here.ok(['start', '--name', 'frozen', '--', program('waits.sh')]),
      t.here.ok(['start', '--name', 'forker', '--', program('double-forks.py')]),
      t.here.ok(['run', '-d', '--name', 'job', '--', program('exits-when.sh'), join(t.dir, 'never')]),
    ])
    await t.here.ok(['pause', 'frozen'])
    await t.until(async () => (await t.ls('job'))?.pid, 'the program of the job is known')
    await t.until(() => ['silent', 'forker'].every((name) => said(name, 'ready')), 'they have their children')
    const before = await all()
    // The writer's pauses are processes too, each for a moment.
    const lasting = () => t.processes().filter(({ command }) => command.join(' ') !== 'sleep 0.1')
    // Between fork and exec a pause looks like the shell that makes it: only what is there twice in a row lasts.
    const had = await t.until(() => {
      const seen = lasting()
      return isDeepStrictEqual(seen, lasting()) ? seen : false
    }, 'what lasts is known')
    const daemons: number[] = [t.daemon()!.pid]
    for (const how of ['kill', 'kill', 'kill', 'restart']) {
      if (how === 'kill') await t.killDaemon()
      else {
        const answer = await t.json<{ before: number; adopted: number; live: number }>(['daemon', 'restart'])
        expect(answer).toMatchObject({ before: daemons.at(-1), adopted: 6, live: 6 })
      }
      const after = await all()
      daemons.push(t.daemon()!.pid)
      await t.until(() => t.daemons().length === 1, 'there is one daemon')
      for (const [name, view] of Object.entries(before)) {
        const { pid, run, startTime, startedAt, status, restarts, id } = view
        expect(after[name]).toMatchObject({ pid, run, startTime, startedAt, status, restarts, id, adopted: true })
        expect(after[name]!.elapsedMs).toBeGreaterThan(view.elapsedMs!)
      }
      await t.until(() => isDeepStrictEqual(lasting(), had), 'the same processes live, and no others')
    }
    expect(new Set(daemons).size).toBe(5)
    expect(await t.here.json(['orphans'])).toEqual([])
    await t.until(async () => (await t.ls('web'))?.health === 'healthy', 'an adopted server is checked again')

    // Paused stays paused, and goes on when it is told to.
    const frozen = (await t.ls('frozen'))!
    expect([frozen.status, stateOf(frozen.pid!)]).toEqual(['paused', 'T'])
    await t.here.ok(['resume', 'frozen'])
    expect([(await t.ls('frozen'))!.status, stateOf(frozen.pid!)]).toEqual(['running', expect.not.stringMatching('T')])

    const numbers = await numbersOf('writer')
    expect(numbers.length).toBeGreaterThan(50)
    expect(numbers).toEqual(numbers.map((_, n) => n))

    // An adopted tree is ended as a whole, the double-forked grandchild included.
    await t.here.ok(['stop', 'all'])
    expect(t.processes()).toEqual([])
  })

  test('a process in the middle of its stop is ended by the next daemon', async () => {
    await t.here.ok(['start', '--name', 'deaf', '--stop-timeout', '2s', '--', program('ignores-sigterm.mjs')])
    await t.until(() => said('deaf', 'ready'), 'it is deaf by now')
    await t.here.ok(['start', '--name', 'slow', '--stop-timeout', '60s', '--', program('ignores-sigterm.mjs')])
    await t.until(() => said('slow', 'ready'), 'it is deaf by now')
    const { deaf, slow } = await all()
    await t.here.ok(['stop', '--no-wait', 'deaf', 'slow'])
    await t.until(() => said('deaf', 'ignored SIGTERM') && said('slow', 'ignored SIGTERM'), 'both are asked to stop')
    const idents = [deaf!, slow!].map(identOfView)
    await t.killDaemon()
    // One of them ends while nobody watches.
    await endIdent(idents[1]!)
    await t.until(async () => (await t.ls('deaf'))?.status === 'stopped', 'the stop is seen to its end')
    expect(isAlive(idents[0]!)).toBe(false)
    await t.until(async () => (await t.ls('slow'))?.status === 'stopped', 'the other one is known to be stopped')
    expect(await all()).toMatchObject({ deaf: { wanted: 'down', run: 1 }, slow: { wanted: 'down', run: 1 } })
    expect(leaders()).toEqual([])
  })

  test('a timeout goes on counting, and runs out while nobody watches', async () => {
    // Time enough to kill the daemon before it is over, also where everything takes long.
    const timeoutMs = 6000
    await t.here.ok(['run', '-d', '--name', 'short', '--timeout', `${timeoutMs}ms`, '--', program('waits.sh')])
    const ident = await t.until(() => leaders()[0], 'it runs')
    await t.killDaemon()
    const began = performance.now()
    await t.until(() => performance.now() - began > timeoutMs + 200, 'its time is up')
    expect(isAlive(ident)).toBe(true)
    await t.here.ok(['daemon', 'start'])
    await t.until(async () => (await t.ls('short'))?.status === 'timeout', 'the next daemon ends it')
    expect(isAlive(ident)).toBe(false)
  })
})

test('an adopted run that dies is found by looking: processDied, and the policy goes on', async () => {
  await t.here.ok(['start', '--name', 'web', '--', program('waits.sh')])
  await t.killDaemon()
  const adopted = (await t.ls('web'))!
  await endIdent(identOfView(adopted))
  await t.until(async () => (await t.ls('web'))?.run === 2, 'its successor runs')
  const events = (await t.here.ok(['events', '--json'])).stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
  expect(events.filter((event) => event.type === 'processDied')).toMatchObject([{ process: 'web', run: 1, pid: adopted.pid }])
  expect(events.find((event) => event.type === 'processExit')).toMatchObject({ run: 1, exitCode: null, signal: null })
})

describe('what ended while no daemon watched', () => {
  test('jobs have the code that their recorder wrote; services follow their policy', async () => {
    const go = join(t.dir, 'go')
    await t.here.ok(['run', '-d', '--name', 'good', '--', program('exits-when.sh'), go, '0'])
    await Promise.all([
      t.here.ok(['run', '-d', '--name', 'bad', '--', program('exits-when.sh'), go, '7']),
      t.here.ok(['run', '-d', '--name', 'signalled', '--', 'sleep', '3600']),
      t.here.ok(['run', '-d', '--name', 'shot', '--', 'sleep', '3600']),
      t.here.ok(['start', '--name', 'always', '--', program('waits.sh')]),
      t.here.ok(['start', '--name', 'never', '--restart', 'never', '--', program('waits.sh')]),
      t.here.ok([
        'start',
        '--name',
        'recorded',
        '--record-exit',
        '--restart',
        'on-failure',
        '--',
        program('exits-when.sh'),
        go,
        '0',
      ]),
    ])
    const before = await t.until(async () => {
      const views = await all()
      return ['good', 'bad', 'signalled', 'shot', 'recorded'].every((name) => views[name]!.pid) && views
    }, 'all programs are known')
    const shot = t.processes().filter((one) => one.id === before.shot!.id)
    await t.killDaemon()
    writeFileSync(go, '')
    signalIdent(identOfView(before.signalled!), 'SIGTERM')
    // SIGKILL of the whole group takes the recorder along.
    for (const one of shot.sort((a, b) => a.pid - b.pid)) await endIdent(one)
    for (const name of ['always', 'never']) await endIdent(identOfView(before[name]!))
    const gone = (name: string) => runsOf(before[name]!.id).length === 0
    await t.until(() => ['good', 'bad', 'signalled', 'recorded', 'always', 'never'].every(gone), 'all of them have ended')

    await t.here.ok(['daemon', 'start'])
    await t.until(async () => (await all()).always!.status === 'running', 'the wanted service runs again')
    const after = await all()
    expect(after.good).toMatchObject({ status: 'done', exitCode: 0, run: 1 })
    expect(after.bad).toMatchObject({ status: 'failed', exitCode: 7, run: 1 })
    expect(after.signalled).toMatchObject({ status: 'failed', signal: 'SIGTERM', run: 1 })
    expect(after.shot).toMatchObject({ status: 'interrupted', exitCode: null, run: 1 })
    expect(after.always).toMatchObject({ wanted: 'up', run: 2, restarts: 1 })
    expect(after.never).toMatchObject({ status: 'failed', exitCode: null, run: 1 })
    expect(after.recorded).toMatchObject({ status: 'done', exitCode: 0, run: 1 })
    expect((await t.here.json<ProcessDetail>(['show', 'always'])).runs[0]).toMatchObject({
      run: 1,
      exitCode: null,
      outcome: 'failed',
    })
    expect(leaders().map((one) => one.id)).toEqual([before.always!.id])
  })

  test('a retrying job has exactly its attempts, however often the daemon dies between them', async () => {
    await t.here.ok(['run', '-d', '--name', 'tries', '--retries', '3', '--', program('exits-with.sh'), '4'])
    for (let kills = 0; kills < 3; kills++) {
      await t.until(async () => (await t.ls('tries'))?.status === 'retrying', 'it waits for its next attempt')
      await t.killDaemon()
    }
    await t.until(async () => (await t.ls('tries'))?.status === 'failed', 'it has given up')
    expect(said('tries', 'ready')).toBe(4)
    expect(await t.ls('tries')).toMatchObject({ run: 4, exitCode: 4 })
  })
})

describe('what the state did not tell yet', () => {
  test('an automatic restart is found by its marker', async () => {
    await t.here.ok(['start', '--name', 'web', '--', program('waits.sh')])
    const old = (await t.ls('web'))!
    const oldState = await t.until(() => {
      const state = readSaved(t.home)
      return savedOf(state, 'web').tracked.state.status === 'running' && state
    }, 'the first run is saved')
    await endIdent(identOfView(old))
    const next = await t.until(async () => {
      const view = await t.ls('web')
      return view?.run === 2 && view.status === 'running' && view
    }, 'it runs again')
    await t.killDaemon()
    editSaved(t.home, (state) => Object.assign(state, oldState))
    rmSync(join(t.home, 'history'), { recursive: true })
    await t.here.ok(['daemon', 'start'])
    const { pid, startTime } = next
    expect(await t.ls('web')).toMatchObject({ pid, startTime, run: 2, status: 'running', adopted: true, restarts: 1 })
    expect(leaders()).toHaveLength(1)
    expect(await t.here.json(['orphans'])).toEqual([])
    // The state has the first run as alive, and nobody saw it end.
    const [row, ...more] = await t.until(async () => {
      const rows = await t.here.json<HistoryRow[]>(['history', 'web'])
      return rows.length > 0 && rows
    }, 'it has its row')
    expect(more).toEqual([])
    expect(row).toMatchObject({ id: old.id, run: 1, outcome: 'failed', exitCode: null })
  })

  /** The intent is saved, then the daemon dies: before the spawn, after it, or after the end of the run. */
  const intend = (name: string) =>
    editSaved(t.home, (state) => {
      const { tracked } = savedOf(state, name)
      if ('run' in tracked.state) tracked.state = { status: 'starting', run: tracked.state.run, live: null }
    })

  test('a start is done once: adopted where it was done, done where it was not', async () => {
    await t.here.ok(['start', '--name', 'done', '--', program('leaves-a-setsid-child.py'), 'stay'])
    await t.here.ok(['start', '--name', 'undone', '--', program('waits.sh')])
    const before = await all()
    await t.killDaemon()
    for (const name of ['done', 'undone']) intend(name)
    for (const one of t.processes()) if (one.id === before.undone!.id) await endIdent(one)
    await t.here.ok(['daemon', 'start'])
    const after = await t.until(async () => {
      const views = await all()
      return views.undone!.status === 'running' && views
    }, 'what was intended runs')
    expect(after.done).toMatchObject({ pid: before.done!.pid, run: 1, status: 'running', adopted: true })
    expect(after.undone).toMatchObject({ run: 1, adopted: false })
    // The child of the one that lives leads a session of its own and carries the same marker.
    expect(runsOf(before.done!.id)).toHaveLength(2)
    expect(runsOf(before.undone!.id)).toHaveLength(1)
  })

  test('a job that ended before its start was told is not done again', async () => {
    const go = join(t.dir, 'go')
    await t.here.ok(['run', '-d', '--name', 'once', '--', program('exits-when.sh'), go, '7'])
    await t.until(() => said('once', 'ready'), 'it works')
    await t.killDaemon()
    writeFileSync(go, '')
    await t.until(() => leaders().length === 0, 'it has ended')
    intend('once')
    await t.until(async () => (await t.ls('once'))?.status === 'failed', 'its end is known')
    expect(await t.ls('once')).toMatchObject({ exitCode: 7, run: 1 })
    expect(said('once', 'ready')).toBe(1)
  })

  test('a job whose recorder was killed above its program, before its start was told, is not begun beside it', async () => {
    const go = join(t.dir, 'go')
    await t.here.ok(['run', '-d', '--name', 'once', '--', program('exits-when.sh'), go, '0'])
    await t.until(() => said('once', 'ready'), 'it works')
    await t.killDaemon()
    for (const leader of leaders()) await endIdent(leader)
    intend('once')
    expect(await t.ls('once')).toMatchObject({ status: 'interrupted', run: 1 })
    expect(said('once', 'ready')).toBe(1)
  })

  test('an attempt that began and ended untold counts as one', async () => {
    // An hour between the attempts, so that what is saved there can be read; the second is made by a due time of long ago.
    await t.here.ok([
      'run',
      '-d',
      '--name',
      'tries',
      '--retries',
      '1',
      '--retry-initial',
      '1h',
      '--',
      program('exits-with.sh'),
      '4',
    ])
    const between = await t.until(() => {
      const state = readSaved(t.home)
      return savedOf(state, 'tries').tracked.state.status === 'retrying' && state
    }, 'the first failure is saved')
    await t.killDaemon()
    editSaved(t.home, (state) => Object.assign(savedOf(state, 'tries').tracked.state, { dueMono: 0 }))
    await t.here.ok(['daemon', 'start'])
    await t.until(() => said('tries', 'ready') === 2, 'the second attempt was made')
    await t.killDaemon()
    await t.until(() => leaders().length === 0, 'it has ended')
    editSaved(t.home, (state) => Object.assign(state, between))
    await t.until(async () => (await t.ls('tries'))?.status === 'failed', 'its end is known')
    expect(said('tries', 'ready')).toBe(2)
    expect(await t.ls('tries')).toMatchObject({ run: 2, exitCode: 4 })
  })
})
