/** What is forgotten once it is over and its caller has gone: commands of `exec`, which end with the caller, and jobs of `run --rm`. */
import { isOverForGood } from '../core/retention.ts'
import type { ProcessRecord } from '../core/world.ts'
import { AdoptedWatcher } from './adopted-watcher.ts'
import type { Companion } from './companion.ts'
import type { Host } from './host.ts'
import { type Managed, nameOf } from './registry.ts'

/** Null = its caller counts as gone; undefined = it stays until it is deleted. */
const callerOf = ({ execFor, removeFor }: ProcessRecord) => (execFor === undefined ? removeFor : execFor)

export class Temporaries implements Companion {
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

  /** After a boot: connections ended with the earlier daemon. */
  resume(managed: Managed): void {
    if (callerOf(managed.record) === null) this.abandon(managed)
  }

  /** A caller on another machine is there as long as its connection; so is one that only asks for a job in the background. */
  leaveWith(gone: AbortSignal, managed: Managed): void {
    if (callerOf(managed.record) !== null) return
    if (gone.aborted) this.abandon(managed)
    else gone.addEventListener('abort', () => this.abandon(managed), { once: true })
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
    const { id } = managed.record
    const caller = callerOf(managed.record)
    if (!caller || this.watched.has(id)) return
    this.watched.add(id)
    this.callers.watch(id, caller, () => this.abandon(managed))
  }

  private abandon(managed: Managed): void {
    const { id, execFor } = managed.record
    if (managed.removed || this.abandoned.has(id)) return
    this.abandoned.add(id)
    if (execFor !== undefined) this.host.submit(managed, { kind: 'stopRequested', timeoutMs: null })
    this.settle(managed)
  }

  /** Not within the step that ends it. */
  private settle(managed: Managed): void {
    if (!isOverForGood(managed.record)) return
    this.host.world.clock.wakeAfter(0, () => {
      if (managed.removed || !isOverForGood(managed.record)) return
      void this.forget(managed).catch((error: Error) => this.host.world.log.warn('Temporaries', error.message))
    })
  }

  private async forget(managed: Managed): Promise<void> {
    const { log } = this.host.world
    this.list.remove(managed)
    if (managed.record.removeFor !== undefined)
      log.info('Temporaries', `'${nameOf(managed)}' has ended and was deleted, as \`run --rm\` asks for`)
    await forgetTraces(this.host, managed, false)
  }
}

/** Of a process that is gone. `ownFiles`: log files in a place of the user's choice, too. */
export async function forgetTraces(
  { world, registry }: Pick<Host, 'world' | 'registry'>,
  { record }: Managed,
  ownFiles: boolean,
): Promise<void> {
  const { name } = record.definition
  await world.results.remove(record.id)
  // If the name was defined again meanwhile, environment and logs are the new process's.
  if (!registry.has('name', name)) await world.envs.remove(name)
  if (registry.named(name) === undefined) await world.logs.remove(name, ownFiles)
}

export const isTemporary = (record: ProcessRecord): boolean => callerOf(record) !== undefined
