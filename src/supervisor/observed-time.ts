/** Observed time (core/observed.ts) of this daemon; saved with the settings at every sweep. */
import { observedMs, passSpans, resumeSpans } from '../core/observed.ts'
import { type Cutoffs, cutoffsOf } from '../core/retention.ts'
import type { Clock } from '../core/world.ts'
import type { SettingsKeeper } from './settings-keeper.ts'

export class ObservedTime {
  private readonly clock: Clock
  private readonly settings: SettingsKeeper
  private notedMono: number

  constructor(clock: Clock, settings: SettingsKeeper) {
    this.clock = clock
    this.settings = settings
    this.notedMono = clock.mono()
  }

  begin(): void {
    const { observed } = this.settings.now
    this.notedMono = this.clock.mono()
    this.settings.note({ observed: { ...observed, spans: resumeSpans(observed.spans, this.clock.wall()) } })
  }

  /** Adds the time since the last note, also for the next daemon. */
  note(): void {
    const { observed } = this.settings.now
    const nowMono = this.clock.mono()
    const spans = passSpans(observed.spans, Math.round(nowMono - this.notedMono), this.clock.wall())
    this.notedMono = nowMono
    this.settings.note({ observed: { ...observed, spans } })
  }

  get totalMs(): number {
    return observedMs(this.settings.now.observed.spans)
  }

  cutoffs(): Cutoffs {
    const { observed, retention } = this.settings.now
    return cutoffsOf(observed.spans, retention)
  }
}
