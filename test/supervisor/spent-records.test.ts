/** An exit record is the only witness of an end until the state has it on disk. */
import { expect, test } from 'vitest'
import type { PastRun } from '../../src/core/world.ts'
import { SpentRecords } from '../../src/supervisor/spent-records.ts'
import { supervisorKit } from './support/supervisor.ts'

const past = (number: number) => ({ ref: { number, id: `r${number}` } }) as PastRun

function kit() {
  const retired: string[] = []
  const flushes: PromiseWithResolvers[] = []
  const store = { takeNumber: () => 0, flush: () => new Promise<void>((resolve, reject) => flushes.push({ resolve, reject })) }
  const made = supervisorKit({
    store: store as never,
    spawner: {
      retireRecord: (file: string) => retired.push(file.split('/').at(-1)!),
      removeCgroup: (name: string, { id }: { id: string }) => retired.push(`cgroup ${name} ${id}`),
    } as never,
  })
  return { ...made, retired, flushes, spent: new SpentRecords(made.host.world) }
}
interface PromiseWithResolvers {
  resolve(): void
  reject(error: Error): void
}

test('they are given back together, when the state that has these ends is on disk', async () => {
  const { clock, add, spent, flushes, retired } = kit()
  const job = add({ name: 'job' })
  for (const number of [1, 2]) spent.runEnded(job, past(number))
  await clock.advance(4999)
  expect(flushes).toHaveLength(0)
  await clock.advance(1)
  expect(flushes).toHaveLength(1)
  expect(retired).toEqual([])
  flushes[0]!.resolve()
  await clock.advance(0)
  expect(retired).toEqual([`${job.record.id}.1`, `${job.record.id}.2`])
})

test('where the state cannot be written they stay, and are given back by the first flush that succeeds', async () => {
  const { clock, add, spent, flushes, retired } = kit()
  spent.runEnded(add({ name: 'job' }), past(1))
  await clock.advance(5000)
  flushes[0]!.reject(new Error('disk full'))
  await clock.advance(4999)
  expect(retired).toEqual([])
  await clock.advance(1)
  flushes[1]!.resolve()
  await clock.advance(0)
  expect(retired).toHaveLength(1)
})

test('a service without a recorder has none', async () => {
  const { clock, add, spent, flushes } = kit()
  spent.runEnded(add({ name: 'web', kind: 'service', recordExit: false }), past(1))
  await clock.advance(10_000)
  expect(flushes).toHaveLength(0)
})

test('a cgroup goes with them, also without a recorder: what the kernel counted in it is read until the end is on disk', async () => {
  const { clock, add, spent, flushes, retired } = kit()
  spent.runEnded(add({ name: 'web', kind: 'service', recordExit: false, cgroup: true }), past(1))
  spent.runEnded(add({ name: 'few', kind: 'service', recordExit: false, pids: 5 }), past(2))
  await clock.advance(5000)
  expect(retired).toEqual([])
  flushes[0]!.resolve()
  await clock.advance(0)
  expect(retired).toEqual(['cgroup web r1', 'cgroup few r2'])
})
