/** metrics.history: what processes and the machine used, from the kept measurements. */
import { iso } from '../../core/iso.ts'
import { MACHINE, type MetricSample, RING_LEVELS, slotAt } from '../../core/metrics-ring.ts'
import { limits } from '../../protocol/limits.ts'
import type { MetricSeries, MetricsHistory } from '../../protocol/overview.ts'
import { namesOf } from '../../protocol/project.ts'
import type { Params } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { nameOf } from '../registry.ts'
import { chosen } from './shared/chosen.ts'
import { pastTime } from './shared/past-time.ts'

export async function metricsHistory(supervisor: Supervisor, params: Params<'metrics.history'>): Promise<MetricsHistory> {
  const { nowMs, sinceMs, untilMs } = pastTime(supervisor, params, 'show measurements')
  const level =
    params.stepMs === undefined ? finestFor(nowMs - sinceMs) : RING_LEVELS.findIndex(({ slotMs }) => slotMs === params.stepMs)
  const { slotMs, slots } = RING_LEVELS[level]!
  const last = slotAt(level, untilMs)
  const first = Math.max(slotAt(level, sinceMs), last - slots + 1)
  const points = last - first + 1
  const all = chosen(supervisor, params)
  const fitting = all.slice(0, Math.max(1, Math.floor(limits.metricValues / (2 * points))))
  const wanted = new Map<number, Columns>()
  for (const { record } of fitting) wanted.set(record.number, new Columns(points, slotAt(level, record.createdAtMs) - first))
  const machine = new Columns(points, 0)
  wanted.set(MACHINE, machine)
  for (const [slot, samples] of await supervisor.metricsKeeper.read(level, first * slotMs, last * slotMs))
    for (const sample of samples) wanted.get(sample.series)?.set(slot - first, sample)
  return {
    since: iso(first * slotMs),
    stepMs: slotMs,
    points,
    machine: machine.series(),
    processes: fitting.flatMap((managed) => {
      const columns = wanted.get(managed.record.number)!
      return columns.isEmpty ? [] : [{ id: managed.record.id, ...namesOf(nameOf(managed)), ...columns.series() }]
    }),
    more: fitting.length < all.length,
  }
}

/** That still holds all of it. */
function finestFor(agoMs: number): number {
  const level = RING_LEVELS.findIndex(({ slotMs, slots }) => agoMs <= slotMs * slots)
  return level < 0 ? RING_LEVELS.length - 1 : level
}

class Columns {
  isEmpty = true
  private readonly cpu: (number | null)[]
  private readonly memory: (number | null)[]
  private readonly from: number

  /** `from`: in a home whose state was lost, a number may have been another's before the process was made. */
  constructor(points: number, from: number) {
    this.cpu = new Array<number | null>(points).fill(null)
    this.memory = new Array<number | null>(points).fill(null)
    this.from = from
  }

  set(at: number, { cpuPercent, memoryBytes }: MetricSample): void {
    if (at < this.from) return
    this.isEmpty = false
    this.cpu[at] = cpuPercent === null ? null : Math.round(cpuPercent * 10) / 10
    this.memory[at] = memoryBytes === null ? null : Math.round(memoryBytes)
  }

  series(): MetricSeries {
    return { cpuPercent: this.cpu, memoryBytes: this.memory }
  }
}
