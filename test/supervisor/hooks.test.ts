import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Event } from '../../src/core/events.ts'
import type { PastRun } from '../../src/core/world.ts'
import { HookKeeper } from '../../src/supervisor/hook-keeper.ts'
import { liveState, moveTo, START_MS, supervisorKit } from './support/supervisor.ts'

interface Call {
  action: string
  event: Record<string, unknown>
  done(ok: boolean): void
}

/** Hooks that are answered when the test says so. */
function kit(options: { flush?: () => Promise<void>; auto?: boolean } = {}) {
  const calls: Call[] = []
  const made = supervisorKit({
    store: { flush: options.flush ?? (() => Promise.resolve()) } as never,
    hooks: {
      run: (action, event) =>
        new Promise((resolve) => {
          const done = (ok: boolean): void => resolve({ ok, detail: ok ? 'fine' : 'broken' })
          calls.push({ action, event, done })
          if (options.auto !== false) done(true)
        }),
    },
  })
  return { ...made, calls, keeper: new HookKeeper(made.host), fired: () => calls.map(({ event }) => event.event) }
}

const gone: Event = { kind: 'gone', run: 1 }
const past = (number: number, outcome: string, tookMs = 1000): PastRun => ({
  ref: { number, id: `r${number}` },
  startedAtMs: START_MS,
  endedAtMs: START_MS + tookMs,
  outcome,
  reason: null,
  exit: null,
  adopted: false,
  leader: null,
  program: null,
  outage: false,
  inHistory: false,
})

describe('which fire', () => {
  test('an end fires the hooks that name it: global ones for all, those of a definition for its own', async () => {
    const t = kit()
    t.settings.now.hooks = [
      { id: 'g1', on: ['failed'], run: 'exec:global' },
      { id: 'g2', on: ['done'], run: 'exec:other' },
    ]
    const own = t.add({ hooks: [{ on: ['done', 'failed'], run: 'exec:own' }] }, { state: liveState('running', 1), runNumber: 1 })
    const plain = t.add({}, { state: liveState('running', 1), runNumber: 1 })
    for (const each of [own, plain])
      t.keeper.stepped(each, moveTo(each, { state: { status: 'failed', exit: null }, reason: 'exit code 3' }), gone)
    await t.clock.advance(10)
    expect(t.calls.map(({ action, event }) => [action, event.name])).toEqual([
      ['exec:global', 'p1'],
      ['exec:own', 'p1'],
      ['exec:global', 'p2'],
    ])
    expect(t.calls[0]!.event).toMatchObject({
      event: 'failed',
      status: 'failed',
      reason: 'exit code 3',
      run: 1,
      text: 'ptrack: p1 failed: exit code 3 (run 1)',
    })
    const fields = readFileSync(new URL('../../docs/hooks.md', import.meta.url), 'utf8').split('| field |')[1]!
    expect(Object.keys(t.calls[0]!.event)).toEqual([...fields.matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1]))
  })

  test('nothing fires for what is not news: a start, a stop, the same state', async () => {
    const t = kit()
    t.settings.now.hooks = [{ id: 'g', on: ['failed,done,cancelled,timeout,interrupted,retrying'], run: 'exec:x' }]
    const service = t.add({ kind: 'service' }, { state: { status: 'stopped', exit: null } })
    t.keeper.stepped(service, moveTo(service, { state: liveState('running', 1), runNumber: 1 }), gone)
    t.keeper.runEnded(service, past(1, 'stopped'))
    t.keeper.stepped(service, moveTo(service, { state: { status: 'stopped', exit: null } }), gone)
    await t.clock.advance(10)
    expect(t.fired()).toEqual([])
  })

  test('a retry once for each run', async () => {
    const t = kit()
    t.settings.now.hooks = [{ id: 'g', on: ['retrying'], run: 'exec:x' }]
    const job = t.add({}, { state: { status: 'retrying', dueMono: 0, delayMs: 1, exit: null }, runNumber: 1 })
    t.keeper.runEnded(job, past(1, 'failed'))
    t.keeper.runEnded(job, past(1, 'failed'))
    await t.clock.advance(10)
    moveTo(job, { runNumber: 2 })
    t.keeper.runEnded(job, past(2, 'timeout'))
    await t.clock.advance(10)
    expect(t.calls.map(({ event }) => event.run)).toEqual([1, 2])
  })

  test('what other parts tell: illness, crash loops, silence, orphans', async () => {
    const t = kit()
    t.settings.now.hooks = [{ id: 'g', on: ['unhealthy', 'crash-loop', 'stalled', 'orphan'], run: 'exec:x' }]
    const { record } = t.add({ name: 'web', kind: 'service' }, { state: liveState('running', 3), runNumber: 3 })
    const subject = { name: 'web', id: record.id }
    const ill = { from: 'running', to: 'running', run: 3 } as const
    t.events.publish('statusChange', subject, { ...ill, reason: 'port 80 is closed', health: 'unhealthy' })
    t.events.publish('statusChange', subject, { ...ill, reason: 'it answered 500', health: 'unhealthy' })
    t.events.publish('statusChange', subject, { ...ill, reason: null, health: 'healthy' })
    t.events.publish('crashLoop', subject, { failures: 10, windowMs: 600_000, on: true })
    t.events.publish('crashLoop', subject, { failures: 0, windowMs: 600_000, on: false })
    t.events.publish('stalled', subject, { run: 3, sinceMs: 20_000, on: true })
    const orphan = { kind: 'escaped', command: 'sleep 9', evidence: 'its marker' } as const
    t.events.publish('orphanFound', subject, { pid: 7, ...orphan })
    t.events.publish('orphanFound', subject, { pid: 8, ...orphan })
    t.events.publish('orphanFound', subject, { pid: 8, ...orphan })
    t.events.publish('orphanFound', null, { pid: 9, ...orphan, kind: 'stray' })
    await t.clock.advance(10)
    expect(t.fired()).toEqual(['unhealthy', 'crash-loop', 'stalled', 'orphan', 'orphan', 'orphan'])
    expect(t.calls.map(({ event }) => event.pid)).toEqual([undefined, undefined, undefined, 7, 8, 9])
    expect(t.calls[0]!.event.reason).toBe('port 80 is closed')
  })

  test('a threshold fires when it is crossed, and again only after it was below', () => {
    const t = kit({ auto: false })
    const job = t.add(
      { hooks: [{ on: ['cpu>90%', 'memory>1K'], run: 'exec:x' }] },
      { state: liveState('running', 1), runNumber: 1 },
    )
    for (const cpuPercent of [50, 95, 99, null, 95, 10, 95]) {
      job.observed.cpuPercent = cpuPercent
      t.keeper.observed(job)
    }
    expect(t.fired()).toEqual(['cpu>90%', 'cpu>90%'])
    job.observed.memoryBytes = 2048
    t.keeper.observed(job)
    expect(t.fired()).toEqual(['cpu>90%', 'cpu>90%', 'memory>1K'])
    // Figures of an ended run are nobody's.
    moveTo(job, { state: { status: 'done', exit: null } })
    job.observed.cpuPercent = 10
    t.keeper.observed(job)
    job.observed.cpuPercent = 95
    t.keeper.observed(job)
    expect(t.fired()).toHaveLength(3)
  })

  test('an overrun fires when a run lasts longer than its predecessors, paused time left out, and once', async () => {
    const t = kit()
    t.settings.now.hooks = [{ id: 'g', on: ['overrun'], run: 'exec:x' }]
    const job = t.add({}, { state: { status: 'done', exit: null } })
    job.record.runs = [1, 2, 3, 4, 5].map((n) => past(n, 'done', n * 1000))
    const begin = () => t.keeper.stepped(job, moveTo(job, { state: liveState('running', 6, t.clock.mono()), runNumber: 6 }), gone)
    begin()
    await t.clock.advance(4900)
    t.keeper.stepped(
      job,
      moveTo(job, { state: { ...liveState('paused', 6, t.clock.mono()), sinceMono: 0, how: 'stopped' } }),
      gone,
    )
    await t.clock.advance(60_000)
    expect(t.fired()).toEqual([])
    begin()
    await t.clock.advance(5100)
    expect(t.fired()).toEqual(['overrun'])
    expect(t.calls[0]!.event.reason).toBe('it has run longer than 5s, the p95 of its earlier runs')
    begin()
    await t.clock.advance(60_000)
    expect(t.fired()).toEqual(['overrun'])
  })

  test('a run that ends in time does not overrun', async () => {
    const t = kit()
    t.settings.now.hooks = [{ id: 'g', on: ['overrun'], run: 'exec:x' }]
    const job = t.add({}, { state: { status: 'done', exit: null } })
    job.record.runs = [1, 1, 1, 1, 1].map((n) => past(n, 'done', 1000))
    t.keeper.stepped(job, moveTo(job, { state: liveState('running', 6, t.clock.mono()), runNumber: 6 }), gone)
    await t.clock.advance(500)
    t.keeper.stepped(job, moveTo(job, { state: { status: 'done', exit: null } }), gone)
    await t.clock.advance(60_000)
    expect(t.fired()).toEqual([])
  })

  test('an end is told when the disk has it, or refuses it, and not before', async () => {
    let settle: { resolve: () => void; reject: (error: Error) => void } | null = null
    const t = kit({ flush: () => new Promise((resolve, reject) => (settle = { resolve, reject })) })
    t.settings.now.hooks = [{ id: 'g', on: ['done'], run: 'exec:x' }]
    for (const how of ['resolve', 'reject'] as const) {
      const job = t.add({}, { state: liveState('running', 1), runNumber: 1 })
      t.keeper.stepped(job, moveTo(job, { state: { status: 'done', exit: null } }), gone)
      await t.clock.advance(10)
      const before = t.calls.length
      settle![how](new Error('full'))
      await t.clock.advance(10)
      expect(t.calls.length).toBe(before + 1)
    }
  })

  test('a trigger that a later version dropped is told once, and the others go on', () => {
    const t = kit()
    const job = t.add(
      {
        hooks: [
          { on: ['on-tuesdays'], run: 'exec:x' },
          { on: ['unhealthy'], run: 'exec:y' },
        ],
      },
      { runNumber: 1 },
    )
    const subject = { name: 'p1', id: job.record.id }
    const ill = { from: 'running', to: 'running', run: 1, reason: 'closed', health: 'unhealthy' } as const
    t.events.publish('statusChange', subject, ill)
    t.events.publish('statusChange', subject, ill)
    expect(t.calls.map(({ action }) => action)).toEqual(['exec:y'])
    expect(t.said.filter((line) => line.includes('never fires'))).toHaveLength(1)
  })
})

describe('deliveries', () => {
  const send = (t: ReturnType<typeof kit>, n: number) =>
    t.keeper.deliveries.send({ hook: 'h', action: `exec:${n}`, event: { event: 'failed', name: `p${n}` } })

  test('a failing one is tried again after 1 s and after 5 s, and then given up', async () => {
    const t = kit({ auto: false })
    send(t, 1)
    for (const [wait, count] of [
      [900, 1],
      [200, 2],
      [4800, 2],
      [300, 3],
      [60_000, 3],
    ] as const) {
      for (const call of t.calls) call.done(false)
      await t.clock.advance(wait)
      expect(t.calls).toHaveLength(count)
    }
    expect(t.keeper.deliveries.last('h')).toMatchObject({ ok: false, detail: 'broken' })
    expect(t.said.at(-1)).toBe("hook h (failed of 'p1') failed after 3 tries: broken")
  })

  test('four at once; the others wait for them', async () => {
    const t = kit({ auto: false })
    for (let n = 0; n < 10; n++) send(t, n)
    expect(t.calls.map(({ action }) => action)).toEqual(['exec:0', 'exec:1', 'exec:2', 'exec:3'])
    t.calls[1]!.done(true)
    await t.clock.advance(1)
    expect(t.calls.map(({ action }) => action).at(-1)).toBe('exec:4')
    expect(t.calls).toHaveLength(5)
  })

  test('beyond a thousand that wait, one is not sent, and that is said once', async () => {
    const t = kit({ auto: false })
    const sent = Array.from({ length: 1010 }, (_, n) => send(t, n))
    expect(sent.filter((each) => !each)).toHaveLength(6)
    expect(t.said.filter((line) => line.startsWith('1000 hooks are waiting'))).toHaveLength(1)
    expect(t.keeper.deliveries.last('h')).toMatchObject({ ok: false, detail: 'not sent: 1000 hooks were waiting' })
    t.keeper.close()
    for (const call of t.calls) call.done(false)
    await t.clock.advance(60_000)
    expect(t.calls).toHaveLength(4)
  })
})
