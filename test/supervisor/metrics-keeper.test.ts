/** What is kept of the samples, and how often it is written, by a clock that moves when told to. */
import { expect, test } from 'vitest'
import { type MetricSample, RING_LEVELS, slotAt } from '../../src/core/metrics-ring.ts'
import type { MetricsStore } from '../../src/core/world-metrics.ts'
import { MetricsKeeper } from '../../src/supervisor/metrics-keeper.ts'
import { FakeClock } from './support/supervisor.ts'

function kit() {
  const clock = new FakeClock()
  const kept = new Map<string, MetricSample[]>()
  const writes: string[] = []
  const metrics: MetricsStore = {
    write: async (level, slot, samples) => {
      writes.push(`${level}`)
      kept.set(`${level} ${slot}`, [...samples])
    },
    read: async (level, first, last) =>
      new Map(
        Array.from({ length: last - first + 1 }, (_, n) => first + n).flatMap((slot) => {
          const samples = kept.get(`${level} ${slot}`)
          return samples === undefined ? [] : [[slot, samples] as const]
        }),
      ),
    close: async () => {},
  }
  const keeper = () => new MetricsKeeper({ clock, metrics })
  return { clock, kept, writes, keeper }
}
const samples = (cpuPercent: number, count = 1) =>
  Array.from({ length: count }, (_, series) => ({ series, cpuPercent, memoryBytes: 1000 }))
const ROUND_MS = RING_LEVELS[0].slotMs

test('a round is one write however many processes and passes it has; a day of them is as many, and the sums', async () => {
  const { clock, writes, keeper } = kit()
  const one = keeper()
  // A day from a full hour on.
  await clock.advance(3_600_000 - (clock.wall() % 3_600_000))
  for (let round = 0; round < 5760; round++) {
    for (let pass = 0; pass < 2; pass++) one.sampled(samples(1, 3))
    await clock.advance(ROUND_MS)
  }
  one.sampled(samples(1))
  await one.read(0, 0, 0)
  const count = (level: string): number => writes.filter((each) => each === level).length
  expect([count('0'), count('1'), count('2')]).toEqual([5760, 288, 24])
})

test('passes of one round are a mean, and the present round is read too', async () => {
  const { clock, keeper } = kit()
  const one = keeper()
  one.sampled(samples(10))
  one.sampled(samples(20))
  const nowMs = clock.wall()
  expect(await one.read(0, nowMs, nowMs)).toEqual(new Map([[slotAt(0, nowMs), samples(15)]]))
  await clock.advance(ROUND_MS)
  one.sampled(samples(30))
  expect([...(await one.read(0, nowMs, clock.wall())).values()]).toEqual([samples(15), samples(30)])
})

test('a daemon that is killed leaves all rounds but the present one, and the next one makes the sums that it owed', async () => {
  const { clock, kept, keeper } = kit()
  const first = keeper()
  await clock.advance(3_600_000 - (clock.wall() % 3_600_000))
  const hour = slotAt(2, clock.wall())
  for (let round = 0; round < 239; round++) {
    first.sampled(samples(4))
    await clock.advance(ROUND_MS)
  }
  await first.read(0, 0, 0)
  expect([...kept.keys()].filter((key) => key.startsWith('0 '))).toHaveLength(238)
  expect(kept.has(`2 ${hour}`)).toBe(false)
  await clock.advance(40 * 60_000)
  const next = keeper()
  next.sampled(samples(9))
  await clock.advance(ROUND_MS)
  next.sampled(samples(9))
  await next.read(0, 0, 0)
  expect(kept.get(`2 ${hour}`)).toEqual(samples(4))
})

test('a daemon that stops leaves the present round too', async () => {
  const { clock, kept, keeper } = kit()
  const one = keeper()
  one.sampled(samples(7))
  await one.close()
  expect(kept.get(`0 ${slotAt(0, clock.wall())}`)).toEqual(samples(7))
})

test('without samples nothing is written', async () => {
  const { clock, writes, keeper } = kit()
  const one = keeper()
  for (let round = 0; round < 50; round++) {
    one.sampled([])
    await clock.advance(ROUND_MS)
  }
  await one.read(0, 0, 0)
  expect(writes).toEqual([])
})
