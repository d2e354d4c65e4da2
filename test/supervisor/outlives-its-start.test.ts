/** When a program that nothing probes counts as started. */
import { expect, test } from 'vitest'
import { outlivesItsStart } from '../../src/supervisor/operations/shared/outlives-its-start.ts'
import { Waiters } from '../../src/supervisor/waiters.ts'
import { liveState, moveTo, supervisorKit } from './support/supervisor.ts'

/** `share`: of the time, in which it is ready and other programs run. */
function kit(share: number) {
  const made = supervisorKit()
  const { clock } = made
  const web = made.add({ name: 'web', kind: 'service' })
  moveTo(web, { runNumber: 1, state: liveState('running', 1) })
  const waiters = new Waiters(clock)
  const beganMono = clock.mono()
  let tookMs: number | null = null
  const asked = {
    waiters,
    firstListening: { concerns: () => false } as never,
    world: { table: { heldUpMs: () => (clock.mono() - beganMono) * share } },
  }
  void outlivesItsStart(asked, web, { run: 1, isFirst: true }).then(() => {
    tookMs = clock.mono() - beganMono
  })
  const ends = (): void => {
    moveTo(web, { state: { status: 'retrying', dueMono: 0, delayMs: 0, exit: null } })
    waiters.look(web)
  }
  return { clock, ends, took: () => tookMs }
}

test('0.4 s on a machine that has time for it', async () => {
  const { clock, took } = kit(0)
  await clock.advance(10_000)
  expect(took()).toBe(400)
})

test('0.4 s of its own time where others take half of it; and 5 s at most, however busy the machine is', async () => {
  const half = kit(0.5)
  await half.clock.advance(10_000)
  expect(half.took()).toBeGreaterThan(780)
  expect(half.took()).toBeLessThanOrEqual(800)
  const starved = kit(1)
  await starved.clock.advance(10_000)
  expect(starved.took()).toBe(5000)
})

test('no longer than it lives', async () => {
  const { clock, ends, took } = kit(0.5)
  await clock.advance(500)
  expect(took()).toBe(null)
  ends()
  await clock.advance(0)
  expect(took()).toBe(500)
})
