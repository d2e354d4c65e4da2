/** The wish to end a run is on disk before its first signal; all that come together share one write. */
import { expect, test } from 'vitest'
import type { Effect } from '../../src/core/events.ts'
import { step } from '../../src/core/machine.ts'
import type { World } from '../../src/core/world.ts'
import type { Managed } from '../../src/supervisor/registry.ts'
import { nameOf } from '../../src/supervisor/registry.ts'
import { RunEnder } from '../../src/supervisor/run-ender.ts'
import { context, exitEvent, jobPolicy, running, servicePolicy } from '../core/support/tracked.ts'
import { supervisorKit } from './support/supervisor.ts'

/** A disk that writes when the test lets it, and a performer that only notes. */
function kit() {
  const writes: { resolve(): void; reject(error: Error): void }[] = []
  const flush = (): Promise<void> => new Promise((resolve, reject) => writes.push({ resolve, reject }))
  const t = supervisorKit({ store: { flush } as never })
  const done: string[] = []
  const wakeAfter = (ms: number) => void done.push(`wake ${ms}`) as never
  const world = { ...t.host.world, clock: { wakeAfter } } as unknown as World
  const trees = { end: () => void done.push('endTree'), sweep: () => {} }
  const ender = new RunEnder(
    { ...t.host, world },
    trees,
    { check: () => {} },
    { isControlled: () => false, status: async () => null, drain: async () => true },
  )
  const perform = (managed: Managed, effect: Effect): void => {
    if (!ender.holdsBack(managed, effect, false)) done.push(`${nameOf(managed)} ${effect.do}`)
  }
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  return { ...t, writes, done, perform, settle }
}
const run = { number: 1, id: 'r1' }
const grace = (afterMs: number): Effect => ({ do: 'wake', key: 'grace', afterMs, event: { kind: 'graceElapsed', run: 1 } })
const stopping = (afterMs: number): Effect[] => [
  { do: 'clearWakes' },
  { do: 'endTree', run, force: false, durable: true },
  grace(afterMs),
]

test('nothing is signalled, and no patience runs down, before the disk has the wish', async () => {
  const t = kit()
  const [web, api] = [t.add({ name: 'web' }), t.add({ name: 'api' })]
  for (const managed of [web, api]) for (const effect of stopping(10_000)) t.perform(managed, effect)
  await t.settle()
  expect(t.done).toEqual(['web clearWakes', 'api clearWakes'])
  t.writes[0]!.resolve()
  await t.settle()
  expect(t.done.slice(2)).toEqual(['endTree', 'wake 10000'])
  // A disk that takes nothing keeps nothing alive.
  t.writes[1]!.reject(new Error('full'))
  await t.settle()
  expect(t.done.slice(4)).toEqual(['endTree', 'wake 10000'])
})

test('a second stop with less patience comes behind the first, and one that was deleted is left alone', async () => {
  const t = kit()
  const [web, gone] = [t.add({ name: 'web' }), t.add({ name: 'gone' })]
  for (const managed of [web, gone]) for (const effect of stopping(10_000)) t.perform(managed, effect)
  t.perform(web, grace(0))
  t.registry.remove(gone)
  for (const write of t.writes) write.resolve()
  await t.settle()
  expect(t.writes).toHaveLength(2)
  expect(t.done).toEqual(['web clearWakes', 'gone clearWakes', 'endTree', 'wake 10000', 'wake 0'])
})

test('a person waits for the disk, policy does not', () => {
  const durable = (policy: typeof servicePolicy, event: Parameters<typeof step>[1]): boolean[] =>
    step(running(policy), event, context(policy)).effects.flatMap((effect) => (effect.do === 'endTree' ? [effect.durable] : []))
  for (const policy of [servicePolicy, jobPolicy]) {
    expect(durable(policy, { kind: 'stopRequested', timeoutMs: null })).toEqual([true])
    expect(durable(policy, { kind: 'cancelRequested' })).toEqual([true])
    expect(durable(policy, { kind: 'restartRequested' })).toEqual([true])
    const error = { code: 'UNHEALTHY', message: 'x' }
    expect(durable(policy, { kind: 'violated', run: 1, reason: 'x', error })).toEqual([false])
  }
  expect(durable(servicePolicy, exitEvent(1, { code: 1 }, { leftovers: true }))).toEqual([false])
})
