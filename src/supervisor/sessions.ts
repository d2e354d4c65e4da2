/** What belongs to a session is stopped when the process of its caller has been gone for the linger time. */
import type { Identity } from '../core/state.ts'
import type { OwnedBySession } from '../core/world.ts'
import { PtrackError } from '../protocol/errors.ts'
import type { SessionOwner } from '../protocol/session.ts'
import { AdoptedWatcher } from './adopted-watcher.ts'
import type { Companion } from './companion.ts'
import type { Host } from './host.ts'
import { LeftBehind } from './left-behind.ts'
import type { OrphanKeeper } from './orphan-keeper.ts'
import { isOver, type Managed, nameOf } from './registry.ts'
import { inReverseOrder, stopLimitMs } from './stop-order.ts'
import type { Waiters } from './waiters.ts'
import { Wheel } from './wheel.ts'

/** Beyond the stop timeout of each. */
const MARGIN_MS = 5000

/** Two processes may give their sessions one name. */
const keyOf = ({ name, owner }: OwnedBySession): string => `${name} ${owner.pid}:${owner.startTicks}:${owner.bootId}`

export const sessionReason = ({ name }: OwnedBySession): string => `session ${name} ended`

export class Sessions implements Companion {
  private readonly host: Host
  private readonly waiters: Waiters
  private readonly orphans: OrphanKeeper
  private readonly owners: AdoptedWatcher
  private readonly lingers: Wheel
  private readonly members = new Map<string, Set<Managed>>()
  private readonly keys = new Map<Managed, string>()

  constructor(host: Host, waiters: Waiters, orphans: OrphanKeeper) {
    this.host = host
    this.waiters = waiters
    this.orphans = orphans
    this.owners = new AdoptedWatcher(host.world)
    this.lingers = new Wheel(host.world.clock)
  }

  /** Throws USAGE when its process is not seen here. */
  resolve({ name, pid, lingerMs }: SessionOwner): OwnedBySession {
    const owner = this.host.world.table.identityOf(pid)
    if (owner !== null) return { name, owner, lingerMs }
    throw new PtrackError('USAGE', `cannot start for session ${name}: the daemon does not see its process, pid ${pid}`, {
      hint: 'a session lives on the machine (and in the container) of its daemon',
    })
  }

  added(managed: Managed): void {
    const { session } = managed.record
    if (session !== undefined) this.join(managed, session)
  }

  removed(managed: Managed): void {
    this.leave(managed)
  }

  /**
   * Somebody starts it. What has ended, or was left by a session whose process is gone, belongs to the one who does; what a live
   * session has stays its own.
   */
  claim(managed: Managed, session: OwnedBySession | undefined): void {
    const { session: present } = managed.record
    if (isOver(managed) || (present !== undefined && this.isGone(present))) this.own(managed, session)
  }

  /** Somebody wants it beyond a session whose process is gone. */
  release(managed: Managed): void {
    const { session } = managed.record
    if (session !== undefined && this.isGone(session)) this.own(managed, undefined)
  }

  /** It belongs to this session from now on; undefined = to none. */
  own(managed: Managed, session: OwnedBySession | undefined): void {
    const { record } = managed
    if (record.session === undefined && session === undefined) return
    this.leave(managed)
    record.session = session
    if (session !== undefined) this.join(managed, session)
    this.host.changed(managed)
  }

  isGone({ owner }: { owner: Identity }): boolean {
    return !this.host.world.table.alive(owner)
  }

  close(): void {
    this.owners.close()
    this.lingers.close()
  }

  private join(managed: Managed, session: OwnedBySession): void {
    const key = keyOf(session)
    this.keys.set(managed, key)
    const linger = (): void => this.lingers.schedule(key, session.lingerMs, () => this.end(key, session))
    const others = this.members.get(key)
    if (others === undefined) {
      this.members.set(key, new Set([managed]))
      this.owners.watch(key, session.owner, linger)
    } else {
      others.add(managed)
      // The others may be under way to their end already.
      if (this.isGone(session)) linger()
    }
  }

  private leave(managed: Managed): void {
    const key = this.keys.get(managed)
    if (key === undefined) return
    this.keys.delete(managed)
    const others = this.members.get(key)
    others?.delete(managed)
    if (others?.size !== 0) return
    this.members.delete(key)
    this.owners.forget(key)
    this.lingers.unschedule(key)
  }

  private end(key: string, session: OwnedBySession): void {
    const all = [...(this.members.get(key) ?? [])]
    if (all.length === 0) return
    const { log } = this.host.world
    log.info('Sessions', `session ${session.name} ended (PID: ${session.owner.pid}): stopping ${all.map(nameOf).join(', ')}`)
    const turnOf = inReverseOrder(this.waiters, all)
    const left = new LeftBehind(this.host.world, this.orphans, all)
    for (const managed of all)
      void this.stop(managed, key, session, turnOf(managed), left).catch((error: Error) => log.warn('Sessions', error.message))
  }

  /** It leaves the session last: a daemon that is killed before that leaves the rest to the next one. */
  private async stop(
    managed: Managed,
    key: string,
    session: OwnedBySession,
    turn: Promise<void>,
    left: LeftBehind,
  ): Promise<void> {
    await turn
    const isMember = (): boolean => this.keys.get(managed) === key
    if (!isMember()) return
    if (!isOver(managed)) this.host.submit(managed, { kind: 'stopRequested', timeoutMs: null, reason: sessionReason(session) })
    const limitMs = stopLimitMs(managed.record.definition) + MARGIN_MS
    await this.waiters.until(managed, (each) => !isMember() || isOver(each), limitMs)
    if (!isMember() || !isOver(managed)) return
    await left.end(managed, undefined)
    if (isMember()) this.own(managed, undefined)
  }
}
