/** The interface of the World for kept measurements. Nothing here rejects: what cannot be kept is missing. */
import type { MetricSample } from './metrics-ring.ts'

export interface MetricsStore {
  /** One write, of this slot as a whole. */
  write(level: number, slot: number, samples: readonly MetricSample[]): Promise<void>
  /** Slots that are there, by their number. */
  read(level: number, first: number, last: number): Promise<Map<number, MetricSample[]>>
  close(): Promise<void>
}
