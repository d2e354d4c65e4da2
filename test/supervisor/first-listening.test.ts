/** What the start of several instances waits for, when the program may want a port of its own. */
import { expect, test } from 'vitest'
import type { Listener } from '../../src/core/world.ts'
import { FIRST_LISTENING_MS, FirstListening } from '../../src/supervisor/first-listening.ts'
import type { Managed } from '../../src/supervisor/registry.ts'
import type { Trees } from '../../src/supervisor/trees.ts'
import { liveState, moveTo, supervisorKit } from './support/supervisor.ts'

/** A set of instances, of which some listen: each instance has its number as its pid. */
function kit(count: number) {
  const listening = new Set<number>()
  let traced = 0
  /** What tracing one instance takes, ms. */
  let costMs = 0
  /** How long an instance has waited for a processor, ms. */
  let heldUpMs = 0
  let late = 0
  const table = {
    heldUpMs: () => heldUpMs,
    listeners: (): Listener[] => [...listening].map((pid) => ({ port: 80, address: '::', inode: pid })),
    holders: (inodes: ReadonlySet<number>, pids: readonly number[] | null) => {
      traced++
      late += costMs
      return new Map(pids!.filter((pid) => inodes.has(pid)).map((pid) => [pid, pid]))
    },
  }
  const made = supervisorKit({ table } as never)
  const trees = {
    index: () => ({}),
    members: ({ record }: Managed) => [{ pid: record.definition.instance!.index }],
  } as unknown as Trees
  const instances = Array.from({ length: count }, (_, index) => {
    const added = made.add({ name: `web:${index}`, kind: 'service', instance: { of: 'web', index } })
    moveTo(added, { state: liveState('running', 1, made.clock.mono()) })
    return added
  })
  const world = made.host.world
  const clock = Object.assign(Object.create(world.clock) as typeof world.clock, {
    mono: () => made.clock.mono() + late,
    wakeAfter: (ms: number, wake: () => void) => made.clock.wakeAfter(ms, wake),
  })
  const first = new FirstListening({ table: world.table, clock }, made.registry, trees)
  const answered: string[] = []
  const watch = (managed: Managed): (() => void) => first.watch(managed, () => answered.push(managed.record.definition.name))
  return {
    ...made,
    first,
    instances,
    listening,
    answered,
    watch,
    traced: () => traced,
    takes(ms: number): void {
      costMs = ms
    },
    holdUp(ms: number): void {
      heldUpMs = ms
    },
  }
}

test('one that begins to listen after two seconds is waited for, and then the others, though longer than usual', async () => {
  const { clock, instances, listening, answered, watch } = kit(3)
  for (const each of instances) watch(each)
  await clock.advance(2000)
  expect(answered).toEqual([])
  listening.add(1)
  await clock.advance(200)
  expect(answered).toEqual(['web:1'])
  await clock.advance(FIRST_LISTENING_MS)
  expect(answered).toEqual(['web:1'])
  listening.add(2)
  await clock.advance(200)
  expect(answered).toEqual(['web:1', 'web:2'])
  await clock.advance(FIRST_LISTENING_MS)
  expect(answered).toEqual(['web:1', 'web:2', 'web:0'])
})

test('where none listens, a few seconds are enough; and one that has run so long already shows it', async () => {
  const { clock, instances, answered, watch, traced } = kit(2)
  watch(instances[0]!)
  await clock.advance(FIRST_LISTENING_MS - 1)
  expect(answered).toEqual([])
  await clock.advance(101)
  expect(answered).toEqual(['web:0'])
  moveTo(instances[1]!, { state: liveState('running', 1, clock.mono()) })
  watch(instances[1]!)
  await clock.advance(1)
  expect(answered).toEqual(['web:0', 'web:1'])
  expect(traced()).toBe(0)
})

test('sockets are traced again only when there are others, and nothing is looked at once all have given up', async () => {
  const { clock, instances, listening, answered, watch, traced } = kit(2)
  listening.add(7)
  const forget = instances.map(watch)
  await clock.advance(1000)
  expect(traced()).toBe(2)
  for (const each of forget) each()
  listening.add(0)
  await clock.advance(FIRST_LISTENING_MS * 3)
  expect([answered, traced()]).toEqual([[], 2])
})

test('tracing that is dear comes less often, and the answers still come in their time', async () => {
  const { clock, instances, listening, answered, watch, traced, takes } = kit(2)
  listening.add(7)
  takes(5)
  for (const each of instances) watch(each)
  await clock.advance(100)
  expect(traced()).toBe(2)
  // 10 ms of work are 2 % of half a second.
  listening.add(8)
  await clock.advance(300)
  expect(traced()).toBe(2)
  await clock.advance(300)
  expect(traced()).toBe(4)
  await clock.advance(FIRST_LISTENING_MS - 700)
  expect(answered).toEqual(['web:0', 'web:1'])
})

test('a set is not taken for workers because the last trace is too recent for another', async () => {
  const { clock, instances, listening, answered, watch, takes } = kit(2)
  listening.add(0)
  takes(500)
  watch(instances[0]!)
  await clock.advance(100)
  expect(answered).toEqual(['web:0'])
  // Within the 2 % that tracing may take: the first listens still, and the second may yet fail to.
  await clock.advance(FIRST_LISTENING_MS)
  moveTo(instances[1]!, { state: liveState('running', 2, clock.mono()) })
  watch(instances[1]!)
  await clock.advance(1000)
  expect(answered).toEqual(['web:0'])
})

test('time in which other programs had the processors does not count, up to a limit', async () => {
  const { clock, instances, answered, watch, holdUp } = kit(2)
  watch(instances[0]!)
  holdUp(2000)
  await clock.advance(FIRST_LISTENING_MS + 1900)
  expect(answered).toEqual([])
  await clock.advance(200)
  expect(answered).toEqual(['web:0'])
  moveTo(instances[1]!, { state: liveState('running', 2, clock.mono()) })
  holdUp(1e9)
  watch(instances[1]!)
  await clock.advance(4 * FIRST_LISTENING_MS - 2200)
  expect(answered).toEqual(['web:0'])
  await clock.advance(2 * FIRST_LISTENING_MS)
  expect(answered).toEqual(['web:0', 'web:1'])
})

test('it concerns one of several', () => {
  const { first, instances, add } = kit(2)
  expect(first.concerns(instances[0]!)).toBe(true)
  expect(first.concerns(add({ name: 'api:0', instance: { of: 'api', index: 0 } }))).toBe(false)
  expect(first.concerns(add({ name: 'db', instance: null }))).toBe(false)
})
