/** Leases of external processes against a clock that moves when told to. */
import { describe, expect, test } from 'vitest'
import { Leases } from '../../src/supervisor/leases.ts'
import type { Managed } from '../../src/supervisor/registry.ts'
import { moveTo, START_MS, supervisorKit } from './support/supervisor.ts'

const LEASE_MS = 60_000

const external = (run: number, status = 'running'): object => ({
  status,
  external: { run: { number: run, id: `r${run}` }, pid: 7, leaseMs: LEASE_MS, startedAtMs: START_MS, asked: null },
})

function kit() {
  const t = supervisorKit()
  const leases = new Leases(t.host)
  const begin = (name: string, run = 1): Managed => {
    const managed = t.add({ name, kind: 'external' }, { runNumber: run, state: external(run) })
    leases.added(managed)
    return managed
  }
  const move = (managed: Managed, changes: Parameters<typeof moveTo>[1]): void =>
    leases.stepped(managed, moveTo(managed, changes))
  /** Who was given up, and how long after the start. */
  const over = () => t.submitted.map(({ name, kind, atMs }) => [name, kind, Math.floor(atMs / 1000)])
  return { ...t, leases, begin, move, over }
}

describe('a lease', () => {
  test('runs out once, when its time is over since the last sign of life', async () => {
    const t = kit()
    t.begin('silent')
    const alive = t.begin('alive')
    await t.clock.advance(50_000)
    t.leases.renew(alive)
    await t.clock.advance(15_000)
    expect(t.over()).toEqual([['silent', 'leaseElapsed', 60]])
    await t.clock.advance(60_000)
    expect(t.over().slice(1)).toEqual([['alive', 'leaseElapsed', 110]])
    await t.clock.advance(600_000)
    expect(t.over()).toHaveLength(2)
  })

  test('does not run out while anybody holds it, and then has its full length again', async () => {
    const t = kit()
    const held = t.begin('held')
    const [first, second] = [t.leases.hold(held), t.leases.hold(held)]
    await t.clock.advance(200_000)
    first()
    // Letting go twice is letting go once.
    first()
    await t.clock.advance(200_000)
    expect(t.over()).toEqual([])
    second()
    await t.clock.advance(59_000)
    expect(t.over()).toEqual([])
    await t.clock.advance(LEASE_MS)
    expect(t.over()).toEqual([['held', 'leaseElapsed', 460]])
  })

  test('of a run that has ended does not run out, and that of the next run begins anew', async () => {
    const t = kit()
    const managed = t.begin('again')
    const release = t.leases.hold(managed)
    await t.clock.advance(30_000)
    t.move(managed, { state: { status: 'done', exit: null } })
    await t.clock.advance(100_000)
    t.move(managed, { runNumber: 2, state: external(2) })
    // The holder of the earlier run has nothing to do with this one.
    release()
    await t.clock.advance(59_000)
    expect(t.over()).toEqual([])
    await t.clock.advance(2000)
    expect(t.over()).toEqual([['again', 'leaseElapsed', 190]])
  })

  test('goes on over a pause and a cancel of the same run', async () => {
    const t = kit()
    const managed = t.begin('paused')
    await t.clock.advance(40_000)
    t.move(managed, { state: { ...external(1, 'paused'), sinceMono: 0 } })
    t.move(managed, { state: external(1, 'completing') })
    await t.clock.advance(21_000)
    expect(t.over()).toEqual([['paused', 'leaseElapsed', 60]])
  })

  test('of what was deleted, or never was external, is nobody’s', async () => {
    const t = kit()
    const gone = t.begin('gone')
    const release = t.leases.hold(gone)
    t.leases.removed(gone)
    const job = t.add({ name: 'job' })
    t.leases.added(job)
    t.leases.renew(job)
    t.leases.hold(job)()
    release()
    t.leases.renew(gone)
    await t.clock.advance(600_000)
    expect(t.over()).toEqual([])
  })

  test('nothing happens any more after the close', async () => {
    const t = kit()
    t.begin('left')
    t.leases.close()
    await t.clock.advance(600_000)
    expect(t.over()).toEqual([])
  })
})
