/** Shared sockets of each set of instances: opened before the first start, held over every death, closed with the last stop. */
import { addressOf, type OpenSockets, type SocketHolder, socketsNameOf } from '../protocol/sockets.ts'
import type { Companion } from './companion.ts'
import type { Host } from './host.ts'
import { isOver, liveRunOf, type Managed } from './registry.ts'
import { acceptMayBlock } from './socket-env.ts'

/** As often as the monitor looks at programs. */
const LOOK_MS = 3000
/** One may die at any time, and then the other starts its successor. */
const HOLDERS = 2
const DIR_DIGITS = 12

/** Why a start has to fail; `message` follows `cannot start NAME: `. */
export interface SocketTrouble {
  code: string
  message: string
}

export class SocketKeeper implements Companion {
  private readonly host: Host
  private readonly opening = new Map<string, Promise<SocketTrouble | null>>()
  private readonly reviving = new Map<string, Promise<void>>()
  private cancelLook: (() => void) | null = null

  constructor(host: Host) {
    this.host = host
  }

  /** At boot, before any process begins. */
  begin(): void {
    this.host.world.sockets.endStrays(Object.values(this.host.settings.now.sockets ?? {}))
    this.schedule()
  }

  /** At boot, when every process is where it belongs. */
  settle(): void {
    for (const name of Object.keys(this.host.settings.now.sockets ?? {})) this.closeUnused(name)
  }

  close(): void {
    this.cancelLook?.()
  }

  /** Null: none are open. */
  of(name: string): OpenSockets | null {
    const open = this.host.settings.now.sockets?.[name]
    return open === undefined || open.sockets.length === 0 ? null : open
  }

  /** Resolves when a run of it may begin; with the trouble if it may not. */
  async ready(managed: Managed): Promise<SocketTrouble | null> {
    const name = socketsNameOf(managed.record.definition)
    const open = this.of(name)
    if (open?.holders.some((holder) => this.host.world.sockets.alive(holder))) return null
    const coming = this.opening.get(name)
    if (coming !== undefined) return coming
    if (open !== null && this.members(name).some((each) => liveRunOf(each) !== null)) {
      await this.revive(name, open)
      return this.of(name)?.lost === false ? null : lostSockets(name)
    }
    const opened = this.openAnew(name, managed)
    this.opening.set(name, opened)
    const trouble = await opened
    this.opening.delete(name)
    // A stop may have come meanwhile.
    this.closeUnused(name)
    return trouble
  }

  stepped(managed: Managed): void {
    const { definition } = managed.record
    if (definition.sockets.length > 0 && isOver(managed)) this.closeUnused(socketsNameOf(definition))
  }

  observed(managed: Managed): void {
    this.stepped(managed)
  }

  removed(managed: Managed): void {
    if (managed.record.definition.sockets.length > 0) this.closeUnused(socketsNameOf(managed.record.definition))
  }

  private async openAnew(name: string, managed: Managed): Promise<SocketTrouble | null> {
    const { world, settings, events } = this.host
    const earlier = settings.now.sockets?.[name]
    if (earlier !== undefined) world.sockets.close(earlier)
    const fifos = Array.from({ length: HOLDERS }, (_, index) => `hold.${index + 1}`)
    const intent: OpenSockets = { dir: world.newId(DIR_DIGITS), sockets: [], holders: [], made: HOLDERS, lost: false }
    await this.save(name, intent)
    const { sockets: declared, command } = managed.record.definition
    const opened = await world.sockets.open(intent.dir, declared, fifos, acceptMayBlock(command))
    if (!opened.ok) {
      await this.save(name, null)
      return opened
    }
    const { sockets, holders } = opened
    await this.save(name, { ...intent, sockets, holders })
    events.publish('socketOpened', null, { set: name, addresses: sockets.map(addressOf) })
    this.schedule()
    return null
  }

  private closeUnused(name: string): void {
    const open = this.host.settings.now.sockets?.[name]
    if (open === undefined || this.opening.has(name)) return
    if (this.members(name).some((managed) => !isOver(managed))) return
    this.host.world.sockets.close(open)
    void this.save(name, null)
    if (open.sockets.length > 0)
      this.host.events.publish('socketClosed', null, { set: name, addresses: open.sockets.map(addressOf) })
  }

  /** Both holders are gone at once. A Node instance that has the sockets can start one; another follows at the next look. */
  private revive(name: string, open: OpenSockets): Promise<void> {
    const present = this.reviving.get(name)
    if (present !== undefined) return present
    const coming = this.reviveNow(name, open).finally(() => this.reviving.delete(name))
    this.reviving.set(name, coming)
    return coming
  }

  private async reviveNow(name: string, open: OpenSockets): Promise<void> {
    const { world, events, notices } = this.host
    let { made } = open
    let holder: SocketHolder | null = null
    for (const { record } of this.members(name)) {
      const { state } = record.tracked
      if (holder !== null || !('run' in state) || !record.definition.preload) continue
      made++
      holder = await world.sockets.revive(open, `hold.${made}`, state.run.id)
    }
    if (this.host.settings.now.sockets?.[name]?.dir !== open.dir) return
    if (holder !== null) events.publish('holderReplaced', null, { set: name, pid: holder.pid })
    else if (!open.lost) {
      events.publish('socketsLost', null, { set: name, addresses: open.sockets.map(addressOf) })
      notices.add(`${name}: ${LOST}; \`ptrack stop ${name}\` and \`ptrack start ${name}\` open them anew`)
    }
    void this.save(name, { ...open, made, lost: holder === null, holders: holder === null ? [] : [holder] })
  }

  private members(name: string): Managed[] {
    return this.host.registry.find('name', name).filter(({ record }) => record.definition.sockets.length > 0)
  }

  private save(name: string, open: OpenSockets | null): Promise<void> {
    const { [name]: _, ...others } = this.host.settings.now.sockets ?? {}
    const sockets = open === null ? others : { ...others, [name]: open }
    // A full disk opens and closes nothing less; the store reports it.
    return this.host.settings.change({ sockets }).catch(() => undefined)
  }

  private schedule(): void {
    if (this.cancelLook !== null || Object.keys(this.host.settings.now.sockets ?? {}).length === 0) return
    this.cancelLook = this.host.world.clock.wakeAfter(LOOK_MS, () => {
      this.cancelLook = null
      for (const [name, open] of Object.entries(this.host.settings.now.sockets ?? {})) this.look(name, open)
      this.schedule()
    })
  }

  private look(name: string, open: OpenSockets): void {
    const { world, events } = this.host
    if (open.sockets.length === 0 || this.opening.has(name)) return
    if (world.sockets.mendNames(open)) world.log.info('SocketKeeper', `restored the names of the sockets of ${name}`)
    const living = open.holders.filter((holder) => world.sockets.alive(holder))
    if (living.length >= HOLDERS) return
    if (living.length === 0) return void this.revive(name, open)
    const made = open.made + 1
    const holder = world.sockets.replace({ ...open, holders: living }, `hold.${made}`)
    void this.save(name, { ...open, made, holders: holder === null ? living : [...living, holder] })
    if (holder !== null) events.publish('holderReplaced', null, { set: name, pid: holder.pid })
  }
}

const LOST = 'what held its sockets is gone, and only the instances that serve have them'

const lostSockets = (name: string): SocketTrouble => ({
  code: 'SOCKETS_LOST',
  message: `${LOST}; \`ptrack stop ${name}\` and \`ptrack start ${name}\` open them anew`,
})
