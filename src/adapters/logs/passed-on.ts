/** Output that somebody passes on as it comes (`ptrack runtime`): what was not read yet stays, in spite of `logKeep: 0`. */
import type { Clock } from '../../core/world.ts'
import type { LogStream } from './stream.ts'

/** A reader that has not asked for this long is gone. It asks every 30 s when there is nothing. */
const PATIENCE_MS = 60_000
/** A log may grow to this while its reader is slow: then a part is lost, and reported to it. */
export const UNREAD_BYTES = 64 * 1024 * 1024

export class PassedOn {
  private readonly clock: Pick<Clock, 'mono'>
  private readonly readers = new WeakMap<LogStream, { at: number; mono: number }>()

  constructor(clock: Pick<Clock, 'mono'>) {
    this.clock = clock
  }

  /** Everything before `at` was read. */
  note(log: LogStream, at: number): void {
    const now = { at, mono: this.clock.mono() }
    const known = this.readers.get(log)
    if (known !== undefined) {
      Object.assign(known, now)
      return
    }
    this.readers.set(log, now)
    log.isPassedOn = true
    log.scans.add({ position: () => (this.clock.mono() - now.mono > PATIENCE_MS ? Number.POSITIVE_INFINITY : now.at) })
  }

  has(log: LogStream): boolean {
    return this.readers.has(log)
  }
}
