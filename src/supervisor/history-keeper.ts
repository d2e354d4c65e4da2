/** Removes old history and results. Results of no process and no row of history are garbage, whatever a crash interrupted. */
import { historyStep, soonMs } from '../core/retention.ts'
import { formatDuration } from '../protocol/duration.ts'
import type { HistoryWriter } from './history-writer.ts'
import type { Host } from './host.ts'
import type { ObservedTime } from './observed-time.ts'

export class HistoryKeeper {
  private readonly host: Host
  private readonly historyWriter: HistoryWriter
  private readonly observed: ObservedTime
  /** Nothing in the history is older (epoch ms), so it need not be read; null before the first look. */
  private oldestMs: number | null = null

  constructor(host: Host, historyWriter: HistoryWriter, observed: ObservedTime) {
    this.host = host
    this.historyWriter = historyWriter
    this.observed = observed
  }

  async sweep(): Promise<number> {
    this.historyWriter.saveMarks()
    const { world, settings } = this.host
    const { observed, retention } = settings.now
    const soon = soonMs(observed.spans, retention)
    if (soon === Number.NEGATIVE_INFINITY || (this.oldestMs !== null && this.oldestMs >= soon)) return 0
    const { oldestMs, withResults } = await world.history.before(soon)
    this.oldestMs = Number.isFinite(oldestMs) ? oldestMs : null
    if (oldestMs >= soon) return 0
    const step = historyStep(observed.spans, observed.announcedMs, withResults.size > 0)
    if (step === 'announce') this.announce(withResults.size)
    if (step !== 'remove') return 0
    const removed = await world.history.removeBefore(this.observed.cutoffs().historyMs)
    if (removed === 0) return 0
    this.oldestMs = null
    world.log.info('HistoryKeeper', `${removed} rows of history were kept long enough and are removed`)
    for (const id of (await this.unowned()).keys()) await world.results.remove(id)
    return removed
  }

  /** Results files of no known process and no row of history, and their sizes. */
  async unowned(): Promise<Map<string, number>> {
    const { world, registry } = this.host
    const files = await world.results.list()
    for (const id of files.keys()) if (registry.get(id) !== undefined) files.delete(id)
    // Rows of recent ends may be on their way to the history.
    await this.historyWriter.settled()
    if (files.size > 0)
      await world.history.scan({}, (row) => {
        files.delete(row.id)
        return files.size > 0
      })
    return files
  }

  private announce(processes: number): void {
    const { settings, events, notices, world } = this.host
    settings.note({ observed: { ...settings.now.observed, announcedMs: this.observed.totalMs } })
    const keptMs = settings.now.retention.historyMs ?? 0
    events.publish('resultsExpire', null, { processes, keptMs })
    notices.add(expiryWords(processes, keptMs))
    world.log.warn('HistoryKeeper', expiryWords(processes, keptMs))
  }
}

const expiryWords = (processes: number, keptMs: number): string =>
  `in 24h the results of ${processes} ${processes === 1 ? 'process' : 'processes'} go that were kept for ${formatDuration(keptMs)}; \`ptrack retention set history TIME\` keeps them longer`
