/** Commands of `exec`: each is ended when its caller has gone, and forgotten once both are over. */
import { isEnded } from '../protocol/names.ts'
import { AdoptedWatcher } from './adopted-watcher.ts'
import type { Companion } from './companion.ts'
import type { Host } from './host.ts'
import { type Managed, nameOf } from './registry.ts'

export class Execs implements Companion {
  private readonly host: Host
  private readonly callers: AdoptedWatcher
  private readonly watched = new Set<string>()
  private readonly abandoned = new Set<string>()
  private readonly list: { remove(managed: Managed): void }

  constructor(host: Host, list: { remove(managed: Managed): void }) {
    this.host = host
    this.list = list
    this.callers = new AdoptedWatcher(host.world)
  }

  added(managed: Managed): void {
    this.follow(managed)
  }

  /** Its caller has gone. */
  abandon(managed: Managed): void {
    const { id } = managed.record
    if (managed.removed || this.abandoned.has(id)) return
    this.abandoned.add(id)
    this.host.submit(managed, { kind: 'stopRequested', timeoutMs: null })
    this.settle(managed)
  }

  stepped(managed: Managed): void {
    if (this.abandoned.has(managed.record.id)) this.settle(managed)
  }

  removed({ record }: Managed): void {
    this.abandoned.delete(record.id)
    if (this.watched.delete(record.id)) this.callers.forget(record.id)
  }

  close(): void {
    this.callers.close()
  }

  private follow(managed: Managed): void {
    const { id, execFor } = managed.record
    if (!execFor || this.watched.has(id)) return
    this.watched.add(id)
    this.callers.watch(id, execFor, () => this.abandon(managed))
  }

  /** Not within the step that ends it. */
  private settle(managed: Managed): void {
    if (!isEnded(managed.record.tracked.state.status)) return
    this.host.world.clock.wakeAfter(0, () => {
      if (managed.removed || !isEnded(managed.record.tracked.state.status)) return
      void this.forget(managed).catch((error: Error) => this.host.world.log.warn('Execs', error.message))
    })
  }

  private async forget(managed: Managed): Promise<void> {
    const { world } = this.host
    const name = nameOf(managed)
    this.list.remove(managed)
    await world.envs.remove(name)
    await world.logs.remove(name, true)
  }
}
