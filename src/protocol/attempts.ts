/** Rows of the last attempt: a retried job reports its rows again, and a mean over all rows would count some twice. */
import type { ResultRow } from './history.ts'

type Place = Pick<ResultRow, 'run' | 'attempt'>

export const ATTEMPTS = ['all', 'last'] as const
export type Attempts = (typeof ATTEMPTS)[number]

/** Successive attempts: the difference between run number and attempt is constant. */
const seriesOf = (run: number, attempt: number): number => run - attempt

export class LastAttempts {
  /** Last run of each series that has rows of more than a first attempt. */
  private readonly lastRun = new Map<number, number>()

  static of(rows: Iterable<Place>): LastAttempts {
    const known = new LastAttempts()
    for (const row of rows) known.note(row)
    return known
  }

  note({ run, attempt }: Place): void {
    if (attempt === null || attempt === 1) return
    const series = seriesOf(run, attempt)
    this.lastRun.set(series, Math.max(run, this.lastRun.get(series) ?? run))
  }

  /** Whether no later attempt with rows is known. A row without an attempt stands for itself. */
  has({ run, attempt }: Place): boolean {
    return attempt === null || run >= (this.lastRun.get(seriesOf(run, attempt)) ?? run)
  }
}
