/** What a task tells arrives in order and once, whatever happens to the connection. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { TaskCancelled, track } from '../../src/lib/index.ts'
import { until } from '../support/until.ts'
import { type FakeTracking, fakeTracking } from './support/fake-tracking.ts'

let daemon: FakeTracking
beforeEach(async () => {
  daemon = await fakeTracking()
})
afterEach(() => daemon.close())

const options = () => ({ name: 'task', home: daemon.home, autostart: false })
const numbers = () => daemon.rows.map(({ row }) => (row as { n: number }).n)
const upTo = (count: number) => Array.from({ length: count }, (_, n) => n)

test('a function: registered, told, done; its value comes back', async () => {
  const value = await track({ ...options(), title: 'T', type: 'eval', metadata: { a: 1 } }, async (task) => {
    task.update({ percent: 10, message: 'begun' })
    task.update({ current: 1, total: 4, unit: 'files' })
    expect(await task.result({ n: 0 })).toBe(1)
    await task.step('load', async (step) => {
      step.update({ percent: 50 })
      await step.step('inner', () => undefined)
    })
    await task.checkpoint()
    return 42
  })
  expect(value).toBe(42)
  expect(daemon.starts).toEqual([
    {
      definition: { name: 'task', title: 'T', type: 'eval', metadata: { a: 1 } },
      pid: process.pid,
      hold: true,
    },
  ])
  expect(daemon.told).toEqual([
    { progress: 10, message: 'begun', current: 1, total: 4, unit: 'files' },
    { id: '1', name: 'load', parent: null, status: 'running' },
    { id: '1', percent: 50 },
    { id: '2', name: 'inner', parent: '1', status: 'running' },
    { id: '2', status: 'done' },
    { id: '1', status: 'done' },
  ])
  expect(daemon.ends).toEqual(['done'])
})

test('a function that throws: its step and the task failed, and the error is the caller’s', async () => {
  const broken = new Error('no disk')
  const work = track(options(), (task) =>
    task.step('copy', () => {
      throw broken
    }),
  )
  await expect(work).rejects.toBe(broken)
  expect(daemon.told.at(-1)).toEqual({ id: '1', status: 'failed', error: 'no disk' })
  expect(daemon.ends).toEqual(['failed no disk'])
})

test('results come in order although many are under way, and the window bounds what is unanswered', async () => {
  const task = track(options())
  const indexes = await Promise.all(upTo(1000).map((n) => task.result({ n })))
  expect(indexes).toEqual(upTo(1000).map((n) => n + 1))
  expect(numbers()).toEqual(upTo(1000))
  await task.done()
})

test('the connection breaks before and after rows were stored: none lost, none doubled, registered again by itself', async () => {
  daemon.onRow.before = (number) => {
    if (number % 70 === 0) {
      daemon.cut()
      throw new Error('lost with the daemon')
    }
  }
  daemon.onRow.after = (number) => {
    if (number % 45 === 0) daemon.cut()
  }
  const task = track(options())
  for (const n of upTo(300)) {
    task.update({ current: n })
    const told = task.result({ n })
    if (n % 10 === 9) await told
  }
  await task.done()
  expect(numbers()).toEqual(upTo(300))
  expect(daemon.starts.length).toBeGreaterThan(5)
  for (const again of daemon.starts.slice(1)) expect(again.resume).toEqual({ id: 'x1', runId: 'r1' })
  expect(daemon.ends).toEqual(['done'])
})

test('the end was taken but its answer was lost: told once, and no other run begins', async () => {
  const task = track(options())
  await task.ready
  const end = daemon.answers['track.end']!
  daemon.answers['track.end'] = (params, connection) => {
    end(params, connection)
    daemon.cut()
    throw new Error('lost with the daemon')
  }
  await task.done()
  expect(daemon.ends).toEqual(['done'])
  expect(daemon.starts).toHaveLength(1)
})

test('checkpoint waits while paused, over the daemon’s death too, and goes on after the resume', async () => {
  const answers: ('go' | 'wait')[] = ['wait', 'wait', 'go']
  const asked: number[] = []
  daemon.checkpoint = async () => {
    asked.push(asked.length)
    if (asked.length === 1) daemon.status('paused', null)
    if (asked.length === 2) {
      daemon.cut()
      await new Promise(() => undefined)
    }
    return answers[asked.length - 1]!
  }
  await track(options(), (task) => task.checkpoint())
  expect(asked).toHaveLength(3)
  expect(daemon.starts).toHaveLength(2)
})

test('cancel: the signal is aborted, checkpoint throws, and the task ends as cancelled', async () => {
  const work = track(options(), async (task) => {
    await task.ready
    daemon.status('completing', 'cancelling')
    await new Promise((resolve) => task.signal.addEventListener('abort', resolve))
    expect(task.signal.reason).toBeInstanceOf(TaskCancelled)
    await task.checkpoint()
  })
  await expect(work).rejects.toBeInstanceOf(TaskCancelled)
  expect(daemon.ends).toEqual(['cancelled the task was cancelled'])
})

test('what JSON cannot carry, or the daemon refuses, never reaches the work', async () => {
  const loop: { self?: unknown } = {}
  loop.self = loop
  daemon.answers.progress = () => {
    throw new Error('no')
  }
  await track(options(), async (task) => {
    expect(await task.result(undefined)).toBeNull()
    expect(await task.result(loop)).toBeNull()
    expect(await task.result('x'.repeat(300_000))).toBeNull()
    task.update({ metadata: loop as Record<string, unknown> })
    task.update({ percent: 1000 })
    expect(await task.result('fine')).toBe(1)
  })
  expect(daemon.rows.map(({ row }) => row)).toEqual(['fine'])
  expect(daemon.ends).toEqual(['done'])
})

test('what a row says is what it said when it was told', async () => {
  const task = track(options())
  const row = { n: 1 }
  const told = task.result(row)
  row.n = 2
  await told
  expect(daemon.rows[0]!.row).toEqual({ n: 1 })
  await task.done()
})

test('somebody else ends it: the work goes on, silently', async () => {
  const task = track(options())
  await task.ready
  daemon.answers.result = undefined
  daemon.answers.progress = undefined
  await task.result(1)
  await task.done()
})

test('no daemon and none may be started: a task that does nothing', async () => {
  const home = join(daemon.home, 'nobody')
  const task = track({ name: 'task', home, autostart: false })
  expect(await task.ready).toBeNull()
  task.update({ percent: 1 })
  expect(await task.result(1)).toBeNull()
  await task.checkpoint()
  expect(await task.step('s', () => 5)).toBe(5)
  await task.done()
  rmSync(home, { recursive: true, force: true })
})

test('a name that another process has gets the pid behind it', async () => {
  const start = daemon.answers['track.start']!
  const { PtrackError } = await import('../../src/lib/index.ts')
  daemon.answers['track.start'] = (params, connection) => {
    if (params.definition.name === 'task') throw new PtrackError('DUPLICATE_NAME', 'cannot track: taken')
    return start(params, connection)
  }
  const task = track(options())
  await until(() => daemon.starts.length === 1, 'it is registered')
  expect(daemon.starts[0]!.definition.name).toBe(`task-${process.pid}`)
  await task.done()
})
