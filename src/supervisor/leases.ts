/** How long external processes count as alive: signs of life, and open connections, renew the lease; so does a new daemon. */
import type { Lifecycle } from '../core/state.ts'
import type { Companion } from './companion.ts'
import type { Host } from './host.ts'
import type { Managed } from './registry.ts'
import { Wheel } from './wheel.ts'

interface Lease {
  run: number
  signMono: number
  holders: number
}

export class Leases implements Companion {
  private readonly host: Host
  private readonly wheel: Wheel
  private readonly leases = new Map<Managed, Lease>()

  constructor(host: Host) {
    this.host = host
    this.wheel = new Wheel(host.world.clock)
  }

  added(managed: Managed): void {
    this.follow(managed)
  }

  stepped(managed: Managed, _before: Lifecycle): void {
    this.follow(managed)
  }

  removed(managed: Managed): void {
    this.drop(managed)
  }

  renew(managed: Managed): void {
    const lease = this.leases.get(managed)
    if (lease !== undefined) lease.signMono = this.host.world.clock.mono()
  }

  /** The lease does not run out before the returned function is called; from then on it has its full length. */
  hold(managed: Managed): () => void {
    const lease = this.leases.get(managed)
    if (lease === undefined) return () => {}
    lease.holders++
    let held = true
    return () => {
      if (!held) return
      held = false
      lease.holders--
      lease.signMono = this.host.world.clock.mono()
    }
  }

  close(): void {
    this.wheel.close()
  }

  private follow(managed: Managed): void {
    const { state, runNumber } = managed.record.tracked
    if (!('external' in state)) return this.drop(managed)
    if (this.leases.get(managed)?.run === runNumber) return
    const lease = { run: runNumber, signMono: this.host.world.clock.mono(), holders: 0 }
    this.leases.set(managed, lease)
    this.lookAfter(managed, lease, state.external.leaseMs)
  }

  private drop(managed: Managed): void {
    if (this.leases.delete(managed)) this.wheel.unschedule(managed.record.id)
  }

  /** One timer per lease time, however many signs of life come in between. */
  private lookAfter(managed: Managed, lease: Lease, ms: number): void {
    this.wheel.schedule(managed.record.id, ms, () => {
      const { state } = managed.record.tracked
      if (!('external' in state) || this.leases.get(managed) !== lease) return
      const { leaseMs } = state.external
      const leftMs = lease.holders > 0 ? leaseMs : lease.signMono + leaseMs - this.host.world.clock.mono()
      if (leftMs > 0) this.lookAfter(managed, lease, leftMs)
      else this.host.submit(managed, { kind: 'leaseElapsed', run: lease.run })
    })
  }
}
