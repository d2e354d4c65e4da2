/** Removes long-ended processes from the live list, and sweeps results, logs and history, which have their own retention. */
import { leavesList } from '../core/retention.ts'
import { PtrackError } from '../protocol/errors.ts'
import type { Garbage } from './garbage.ts'
import type { HistoryKeeper } from './history-keeper.ts'
import type { Host } from './host.ts'
import type { ObservedTime } from './observed-time.ts'
import type { Orchestrator } from './orchestrator.ts'
import { type Managed, nameOf } from './registry.ts'

const EVERY_MS = 3_600_000
const LOG_ROUNDS = 24

interface Keepers {
  list: Pick<Orchestrator, 'remove'>
  history: Pick<HistoryKeeper, 'sweep'>
  garbage: Pick<Garbage, 'sweepLogs'>
}

export class Janitor {
  private readonly host: Host
  private readonly observed: ObservedTime
  private readonly keepers: Keepers
  private rounds = 0
  private cancel: (() => void) | null = null

  constructor(host: Host, observed: ObservedTime, keepers: Keepers) {
    this.host = host
    this.observed = observed
    this.keepers = keepers
  }

  /** Now, and then every hour. */
  start(): void {
    this.observed.note()
    void this.sweep()
    void this.tried(() => this.keepers.history.sweep())
    // Listing a directory with thousands of files is too costly for every hour.
    if (this.rounds++ % LOG_ROUNDS === 0) void this.tried(() => this.keepers.garbage.sweepLogs(this.observed.cutoffs().logsMs))
    this.cancel = this.host.world.clock.wakeAfter(EVERY_MS, () => this.start())
  }

  close(): void {
    this.cancel?.()
  }

  /** Answers the names removed. */
  async sweep(): Promise<string[]> {
    const { world, registry } = this.host
    const cutoffs = this.observed.cutoffs()
    const expired: Managed[] = []
    // Instances share an environment, which stays as long as one of them does.
    const used = new Set<string>()
    for (const managed of registry.all()) {
      if (leavesList(managed.record, cutoffs)) expired.push(managed)
      else used.add(envNameOf(managed))
    }
    for (const managed of expired) this.keepers.list.remove(managed)
    // Synchronously: if one of these names is defined anew, its environment is written after this.
    const envs = new Set(expired.map(envNameOf).filter((env) => !used.has(env)))
    await Promise.all([...envs].map((env) => this.tried(() => world.envs.remove(env))))
    const names = expired.map(nameOf)
    if (names.length > 0)
      world.log.info(
        'Janitor',
        `${names.length} ended long ago and left the list: ${names.slice(0, 10).join(', ')}${names.length > 10 ? ' ...' : ''}`,
      )
    return names
  }

  /** What cannot be removed now only takes room on the disk. */
  private async tried(act: () => Promise<unknown>): Promise<void> {
    try {
      await act()
    } catch (error) {
      if (!(error instanceof PtrackError)) throw error
      this.host.world.log.warn('Janitor', error.message)
    }
  }
}

const envNameOf = ({ record: { definition } }: Managed): string => definition.instance?.of ?? definition.name
