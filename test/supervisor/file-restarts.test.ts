import { describe, expect, test } from 'vitest'
import type { Event } from '../../src/core/events.ts'
import { FileRestarts } from '../../src/supervisor/file-restarts.ts'
import { liveState, moveTo, supervisorKit } from './support/supervisor.ts'

interface Watching {
  cwd: string
  globs: readonly string[]
  ignored: readonly string[]
  change(path: string): void
  error(why: string): void
  closed: boolean
}

function kit() {
  const watching: Watching[] = []
  const made = supervisorKit({
    files: {
      check: async () => {},
      watch: (options, on) => {
        const each: Watching = { ...options, ...on, closed: false }
        watching.push(each)
        return { close: () => (each.closed = true) }
      },
    },
  })
  const restarts = new FileRestarts(made.host)
  const reasons = () => made.submitted.map(({ kind, reason }) => `${kind}: ${reason}`)
  return { ...made, watching, restarts, reasons }
}

const running = { state: liveState('running', 1), runNumber: 1 }
const start: Event = { kind: 'startRequested' }

describe('a change', () => {
  test('restarts once for a burst, after a moment of quiet, and says what changed', async () => {
    const t = kit()
    t.restarts.added(t.add({ watchFiles: ['src/**'], cwd: '/app' }, running))
    expect(t.watching).toMatchObject([{ cwd: '/app', globs: ['src/**'], ignored: ['/home/of/ptrack'] }])
    const [watch] = t.watching
    watch!.change('src/a.js')
    await t.clock.advance(290)
    watch!.change('src/a.js')
    await t.clock.advance(290)
    expect(t.reasons()).toEqual([])
    await t.clock.advance(20)
    expect(t.reasons()).toEqual(['restartRequested: src/a.js changed'])
    for (const path of ['src/b.js', 'src/c.js', 'src/b.js', 'src/d.js']) watch!.change(path)
    await t.clock.advance(400)
    expect(t.reasons().at(-1)).toBe('restartRequested: src/b.js and 2 more files changed')
    expect(t.reasons()).toHaveLength(2)
  })

  test('that never ends restarts all the same', async () => {
    const t = kit()
    t.restarts.added(t.add({ watchFiles: ['*'] }, running))
    for (let n = 0; n < 40; n++) {
      t.watching[0]!.change('a')
      await t.clock.advance(100)
    }
    expect(t.reasons()).toHaveLength(1)
  })

  test('leaves alone what a person has paused', async () => {
    const t = kit()
    t.restarts.added(t.add({ watchFiles: ['*'] }, { state: liveState('paused', 1) }))
    t.watching[0]!.change('a')
    await t.clock.advance(1000)
    expect(t.reasons()).toEqual([])
  })

  test('by its own doing, again and again, is a loop that ends; a start by hand watches again', async () => {
    const t = kit()
    const managed = t.add({ watchFiles: ['*'], name: 'self' }, running)
    t.restarts.added(managed)
    for (let n = 0; n < 30; n++) {
      if (!t.watching[0]!.closed) t.watching[0]!.change('out.txt')
      await t.clock.advance(400)
    }
    expect(t.reasons()).toHaveLength(20)
    expect(t.watching[0]!.closed).toBe(true)
    expect(t.events.since(0)).toMatchObject([{ type: 'processError', process: 'self', code: 'WATCH_LOOP' }])
    t.restarts.stepped(managed, managed.record.tracked, { ...start, reason: 'cron' })
    expect(t.watching).toHaveLength(1)
    t.restarts.stepped(managed, managed.record.tracked, start)
    expect(t.watching).toHaveLength(2)
    t.watching[1]!.change('out.txt')
    await t.clock.advance(400)
    expect(t.reasons()).toHaveLength(21)
  })

  test('twenty a minute is a loop, one a minute for an hour is work', async () => {
    const t = kit()
    t.restarts.added(t.add({ watchFiles: ['*'] }, running))
    for (let n = 0; n < 60; n++) {
      t.watching[0]!.change('a')
      await t.clock.advance(60_000)
    }
    expect(t.reasons()).toHaveLength(60)
  })
})

describe('watching', () => {
  test('ends with a stop or a delete, and no burst outlives it; a start begins it again', async () => {
    const t = kit()
    const managed = t.add({ watchFiles: ['*'] }, running)
    t.restarts.added(managed)
    t.watching[0]!.change('a')
    t.restarts.stepped(managed, moveTo(managed, { wanted: 'down' }), { kind: 'stopRequested', timeoutMs: null })
    await t.clock.advance(1000)
    expect([t.watching[0]!.closed, t.reasons()]).toEqual([true, []])
    t.restarts.stepped(managed, moveTo(managed, { wanted: 'up' }), start)
    t.watching[1]!.change('a')
    t.restarts.removed(managed)
    await t.clock.advance(1000)
    expect([t.watching[1]!.closed, t.reasons()]).toEqual([true, []])
    // Late news of a closed watcher.
    t.watching[1]!.change('a')
    t.watching[1]!.error('gone')
    await t.clock.advance(1000)
    expect([t.reasons(), t.events.seq]).toEqual([[], 0])
  })

  test('follows a changed definition, and does nothing for an unchanged one', () => {
    const t = kit()
    const managed = t.add({ watchFiles: ['a'] }, running)
    t.restarts.added(managed)
    t.restarts.redefined(managed)
    expect(t.watching).toHaveLength(1)
    managed.record.definition = { ...managed.record.definition, watchFiles: ['b'] }
    t.restarts.redefined(managed)
    expect(t.watching.map(({ globs, closed }) => [globs, closed])).toEqual([
      [['a'], true],
      [['b'], false],
    ])
    managed.record.definition = { ...managed.record.definition, watchFiles: [] }
    t.restarts.redefined(managed)
    expect(t.watching[1]!.closed).toBe(true)
  })

  test('a limit of the system is told once, and the process goes on being watched for the rest', async () => {
    const t = kit()
    t.restarts.added(t.add({ watchFiles: ['*'], name: 'web' }, running))
    for (let n = 0; n < 5; n++) t.watching[0]!.error('the system allows no more watched files')
    expect(t.events.since(0)).toMatchObject(
      [
        {
          type: 'processError',
          process: 'web',
          code: 'WATCH_FAILED',
          message: /^cannot watch all of its files: the system allows/,
        },
      ].map((each) => ({ ...each, message: expect.stringMatching(each.message) })),
    )
    t.watching[0]!.change('a')
    await t.clock.advance(400)
    expect(t.reasons()).toHaveLength(1)
  })
})
