/**
 * Takes what ended long ago out of the live list: its record and environment; its results go with the record (Tracker).
 * Logs and history stay.
 */
import { expiresAtMs } from '../core/retention.ts'
import { PtrackError } from '../protocol/errors.ts'
import type { Orchestrator } from './orchestrator.ts'
import { type Managed, nameOf } from './registry.ts'

const EVERY_MS = 3_600_000

export class Janitor {
  private readonly orchestrator: Orchestrator
  private cancel: (() => void) | null = null

  constructor(orchestrator: Orchestrator) {
    this.orchestrator = orchestrator
  }

  /** Now, and then every hour. */
  start(): void {
    void this.sweep()
    this.cancel = this.orchestrator.world.clock.wakeAfter(EVERY_MS, () => this.start())
  }

  close(): void {
    this.cancel?.()
  }

  /** Answers the names that were taken out. */
  async sweep(): Promise<string[]> {
    const { world, registry } = this.orchestrator
    const nowMs = world.clock.wall()
    const expired: Managed[] = []
    // Instances share an environment, which stays as long as one of them does.
    const used = new Set<string>()
    for (const managed of registry.all()) {
      const atMs = expiresAtMs(managed.record)
      if (atMs !== null && atMs <= nowMs) expired.push(managed)
      else used.add(envNameOf(managed))
    }
    for (const managed of expired) this.orchestrator.untrack(managed)
    // All in this moment: whoever defines one of these names anew writes its environment after that.
    const envs = new Set(expired.map(envNameOf).filter((env) => !used.has(env)))
    await Promise.all([...envs].map((env) => this.removeEnv(env)))
    const names = expired.map(nameOf)
    if (names.length > 0)
      world.log.info(
        'Janitor',
        `${names.length} ended long ago and left the list: ${names.slice(0, 10).join(', ')}${names.length > 10 ? ' ...' : ''}`,
      )
    return names
  }

  /** What cannot be removed now costs some room on the disk, and nothing else. */
  private async removeEnv(name: string): Promise<void> {
    const { envs, log } = this.orchestrator.world
    try {
      await envs.remove(name)
    } catch (error) {
      if (!(error instanceof PtrackError)) throw error
      log.warn('Janitor', error.message)
    }
  }
}

const envNameOf = ({ record: { definition } }: Managed): string => definition.instance?.of ?? definition.name
