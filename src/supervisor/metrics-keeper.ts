/**
 * What the sampler measures, kept: 15 s for an hour, 5 min for a day, an hour for a week. A round is one write, when its 15 s are
 * over; every 20th sums up 5 min in a second one, and every 240th an hour. In memory there is the present slot alone.
 */
import { type MetricSample, MetricSum, partsOf, RING_LEVELS, slotAt, summedUp } from '../core/metrics-ring.ts'
import type { World } from '../core/world.ts'

/** Sums that a daemon which was killed, or did not run, left to the next: an hour of 5 min, a day of hours. */
const OWED = [0, 12, 24]

export class MetricsKeeper {
  private readonly world: Pick<World, 'clock' | 'metrics'>
  private present: { slot: number; sum: MetricSum } | null = null
  private written: Promise<unknown> = Promise.resolve()
  private caughtUp = false

  constructor(world: Pick<World, 'clock' | 'metrics'>) {
    this.world = world
  }

  /** After each pass, however often. */
  sampled(samples: readonly MetricSample[]): void {
    const slot = slotAt(0, this.world.clock.wall())
    if (this.present !== null && this.present.slot !== slot) this.finish(slot)
    this.present ??= { slot, sum: new MetricSum() }
    this.present.sum.add(samples)
  }

  /** Those of the present slot included. */
  async read(level: number, firstMs: number, lastMs: number): Promise<Map<number, MetricSample[]>> {
    await this.written
    const slots = await this.world.metrics.read(level, slotAt(level, firstMs), slotAt(level, lastMs))
    const { present } = this
    if (level === 0 && present !== null && present.slot <= slotAt(0, lastMs)) slots.set(present.slot, present.sum.samples())
    return slots
  }

  /** What was measured until now. */
  async close(): Promise<void> {
    if (this.present !== null) this.finish(this.present.slot)
    await this.written
    await this.world.metrics.close()
  }

  /** `next`: the slot that begins. */
  private finish(next: number): void {
    const { slot, sum } = this.present!
    this.present = null
    const work = async (): Promise<void> => {
      if (!sum.isEmpty) await this.world.metrics.write(0, slot, sum.samples())
      await this.sumUp(slot, next)
    }
    this.written = this.written.then(work)
  }

  private async sumUp(slot: number, next: number): Promise<void> {
    const { slotMs } = RING_LEVELS[0]
    for (let level = 1; level < RING_LEVELS.length; level++) {
      const over = slotAt(level, slot * slotMs)
      const begun = slotAt(level, next * slotMs)
      if (!this.caughtUp) await this.catchUp(level, begun)
      else if (begun > over) await this.sumUpOne(level, over)
      else return
    }
    this.caughtUp = true
  }

  private async catchUp(level: number, begun: number): Promise<void> {
    const there = await this.world.metrics.read(level, begun - OWED[level]!, begun - 1)
    for (let slot = begun - OWED[level]!; slot < begun; slot++) if (!there.has(slot)) await this.sumUpOne(level, slot)
  }

  private async sumUpOne(level: number, slot: number): Promise<void> {
    const parts = await this.world.metrics.read(level - 1, ...partsOf(level, slot))
    if (parts.size > 0) await this.world.metrics.write(level, slot, summedUp([...parts.values()]))
  }
}
