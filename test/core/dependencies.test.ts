/** What is awaited, circles spelled out, and orders, by table. */
import { describe, expect, test } from 'vitest'
import {
  type Awaited,
  blockerOf,
  type Depending,
  type Depends,
  dependentsAmong,
  findCycle,
  inStartOrder,
  unmet,
} from '../../src/core/dependencies.ts'
import type { Condition } from '../../src/protocol/names.ts'

const service: Awaited = {
  name: 'db',
  kind: 'service',
  status: 'running',
  spawned: true,
  runs: 1,
  health: 'unknown',
  probed: false,
  shaken: false,
}
const DOUBT = 'it has failed and nothing probes it, so it counts once it has run for 60 s'
const job: Awaited = { ...service, name: 'build', kind: 'job' }
const waits = (condition: Condition, awaited: Awaited) => unmet([{ name: awaited.name, condition }], () => [awaited])

describe('what can never be met', () => {
  const depends = (name: string, changes: Partial<Depends> = {}): Depends => ({
    ...job,
    name,
    after: [],
    comesAgain: false,
    ...changes,
  })
  const done = (name: string) => [{ name, condition: 'done' as const }]
  const among = (...all: Depends[]) => blockerOf(done('a'), (name) => all.filter((each) => each.name === name))

  test('a job that ended badly, or is gone, and nothing that may still come', () => {
    expect(among(depends('a', { status: 'failed' }))).toEqual({ name: 'a', status: 'failed' })
    expect(among(depends('a', { status: 'cancelled' }))).toEqual({ name: 'a', status: 'cancelled' })
    expect(among()).toEqual({ name: 'a', status: null })
    for (const status of ['running', 'pending', 'retrying', 'done', 'stopped'] as const)
      expect(among(depends('a', { status }))).toBeNull()
    expect(among(depends('a', { status: 'failed', comesAgain: true }))).toBeNull()
    expect(blockerOf([{ name: 'a', condition: 'ended' }], () => [depends('a', { status: 'failed' })])).toBeNull()
    const health = [{ name: 'a', condition: 'healthy' as const }]
    expect(blockerOf(health, () => [depends('a', { status: 'done' })])).toEqual({ name: 'a', status: 'done' })
  })

  test('through what it waits for in turn, and not for ever through a circle', () => {
    const b = depends('b', { status: 'pending', after: done('c') })
    const a = depends('a', { status: 'pending', after: done('b') })
    expect(among(a, b, depends('c', { status: 'timeout' }))).toEqual({ name: 'c', status: 'timeout' })
    expect(among(a, b, depends('c', { status: 'pending', after: done('a') }))).toBeNull()
  })
})

describe('conditions', () => {
  test.each<[Condition, Partial<Awaited>, string | null]>([
    ['started', {}, null],
    ['started', { status: 'starting' }, null],
    ['started', { status: 'starting', spawned: false }, 'waiting for db to have started'],
    ['started', { status: 'pending', spawned: false }, 'waiting for db to have started'],
    ['started', { status: 'retrying', spawned: false }, null],
    ['started', { status: 'paused' }, null],
    ['started', { status: 'stopped', spawned: false }, 'waiting for db to have started, which is stopped'],
    ['healthy', {}, null],
    ['healthy', { shaken: true }, `waiting for db to be healthy (${DOUBT})`],
    ['healthy', { shaken: true, status: 'retrying' }, 'waiting for db to be healthy'],
    ['healthy', { shaken: true, probed: true, health: 'healthy' }, null],
    ['started', { shaken: true }, null],
    ['healthy', { probed: true }, 'waiting for db to be healthy'],
    ['healthy', { probed: true, health: 'healthy' }, null],
    ['healthy', { probed: true, health: 'unhealthy' }, 'waiting for db to be healthy'],
    ['healthy', { status: 'starting', health: 'healthy', probed: true }, 'waiting for db to be healthy'],
    ['healthy', { status: 'failed', spawned: false }, 'waiting for db to be healthy, which has failed'],
  ])('a service %s: %j', (condition, given, reason) => {
    expect(waits(condition, { ...service, ...given })).toBe(reason)
  })

  test.each<['started' | 'done' | 'ended', Partial<Awaited>, string | null]>([
    ['started', { status: 'pending', spawned: false, runs: 0 }, 'waiting for build to have started'],
    ['started', { status: 'failed', spawned: false }, null],
    ['started', { status: 'cancelled', spawned: false, runs: 0 }, 'waiting for build to have started, which was cancelled'],
    ['done', {}, 'waiting for build to be done'],
    ['done', { status: 'done', spawned: false }, null],
    ['done', { status: 'failed', spawned: false }, 'waiting for build to be done, which has failed'],
    ['done', { status: 'retrying', spawned: false }, 'waiting for build to be done'],
    ['done', { status: 'stopped', spawned: false, runs: 0 }, 'waiting for build to be done, which has not been started'],
    ['ended', {}, 'waiting for build to end'],
    ['ended', { status: 'retrying', spawned: false }, 'waiting for build to end'],
    ['ended', { status: 'done', spawned: false }, null],
    ['ended', { status: 'failed', spawned: false }, null],
    ['ended', { status: 'cancelled', spawned: false, runs: 0 }, null],
    ['ended', { status: 'stopped', spawned: false }, null],
    ['ended', { status: 'stopped', spawned: false, runs: 0 }, 'waiting for build to end, which has not been started'],
  ])('a job %s: %j', (condition, given, reason) => {
    expect(waits(condition, { ...job, ...given })).toBe(reason)
  })

  test('several, and one that was deleted', () => {
    const both = [
      { name: 'db', condition: 'healthy' as const },
      { name: 'gone', condition: 'done' as const },
      { name: 'build', condition: 'done' as const },
    ]
    const known: Record<string, Awaited[]> = { db: [service], build: [job] }
    expect(unmet(both, (name) => known[name] ?? [])).toBe('waiting for gone, which does not exist any more; build to be done')
  })

  test('all instances of a name count', () => {
    const instances = [service, { ...service, name: 'db:1', status: 'starting' as const, spawned: false }]
    expect(unmet([{ name: 'db', condition: 'started' }], () => instances)).toBe('waiting for db:1 to have started')
  })
})

const graph =
  (edges: Record<string, string[]>, groups: Record<string, string[]> = {}) =>
  (name: string) =>
    [...(name in edges ? [name] : []), ...(groups[name] ?? [])].map((each) => ({ name: each, after: edges[each] ?? [] }))

describe('circles', () => {
  test.each<[string, string[], Record<string, string[]>, string[] | null]>([
    ['a', ['b'], { b: [] }, null],
    ['a', ['a'], {}, ['a', 'a']],
    ['a', ['b'], { b: ['a'] }, ['a', 'b', 'a']],
    ['a', ['x', 'b'], { x: ['y'], y: [], b: ['c'], c: ['a'] }, ['a', 'b', 'c', 'a']],
    ['a', ['b', 'c'], { b: ['d'], c: ['d'], d: [] }, null],
  ])('%s after %j: %j', (name, awaits, edges, cycle) => {
    expect(findCycle(name, awaits, graph(edges))).toEqual(cycle)
  })

  test('through the name that instances share', () => {
    expect(findCycle('web:0', ['db'], graph({ db: ['web'], 'web:0': [] }, { web: ['web:0'] }))).toEqual(['web:0', 'db', 'web:0'])
  })

  test('one that does not lead back is no circle of ours, and ends', () => {
    expect(findCycle('a', ['b'], graph({ b: ['c'], c: ['b'] }))).toBeNull()
  })
})

const each = (name: string, awaits: string[] = [], group: string | null = null): Depending => ({ name, group, after: awaits })

describe('orders', () => {
  const web = each('web', ['db', 'cache'])
  const db = each('db', ['disk'])
  const cache = each('cache')
  const disk = each('disk')
  test('who is waited for starts first, the rest keeps its order', () => {
    expect(inStartOrder([web, cache, db, disk]).map(({ name }) => name)).toEqual(['disk', 'db', 'cache', 'web'])
    expect(inStartOrder([cache, disk])).toEqual([cache, disk])
  })

  test('dependents are told for each', () => {
    const dependents = dependentsAmong([web, cache, db, disk])
    expect(dependents.get(db)).toEqual([web])
    expect(dependents.get(disk)).toEqual([db])
    expect(dependents.get(web)).toBeUndefined()
  })

  test('instances are waited for by the name they share', () => {
    const first = each('api:0', [], 'api')
    const second = each('api:1', [], 'api')
    const front = each('front', ['api'])
    const dependents = dependentsAmong([front, first, second])
    expect([dependents.get(first), dependents.get(second)]).toEqual([[front], [front]])
  })
})
