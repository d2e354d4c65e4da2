/** Waiters: resolve when a process satisfies a predicate, is removed, or the time is up. Looked at after every step. */
import type { Clock } from '../core/world.ts'
import type { Managed } from './registry.ts'

export type Settled = 'reached' | 'removed' | 'timeout' | 'aborted'

interface Waiter {
  predicate: (managed: Managed) => boolean
  resolve: (how: Settled) => void
  cancel: () => void
}

export class Settler {
  private readonly clock: Clock
  private readonly waiters = new Map<Managed, Set<Waiter>>()

  constructor(clock: Clock) {
    this.clock = clock
  }

  /** `timeoutMs: null` waits for ever; `signal` ends a wait that nobody is interested in any more. */
  until(
    managed: Managed,
    predicate: (managed: Managed) => boolean,
    timeoutMs: number | null,
    signal?: AbortSignal,
  ): Promise<Settled> {
    if (managed.removed) return Promise.resolve('removed')
    if (predicate(managed)) return Promise.resolve('reached')
    if (signal?.aborted) return Promise.resolve('aborted')
    return new Promise((resolve) => {
      const waiter: Waiter = { predicate, resolve: (how) => this.finish(managed, waiter, how, resolve), cancel: () => {} }
      const disarm = timeoutMs === null ? null : this.clock.wakeAfter(timeoutMs, () => waiter.resolve('timeout'))
      const onAbort = (): void => waiter.resolve('aborted')
      signal?.addEventListener('abort', onAbort, { once: true })
      waiter.cancel = () => {
        disarm?.()
        signal?.removeEventListener('abort', onAbort)
      }
      const set = this.waiters.get(managed) ?? new Set()
      set.add(waiter)
      this.waiters.set(managed, set)
    })
  }

  look(managed: Managed): void {
    const set = this.waiters.get(managed)
    if (set === undefined) return
    for (const waiter of [...set]) {
      if (managed.removed) waiter.resolve('removed')
      else if (waiter.predicate(managed)) waiter.resolve('reached')
    }
  }

  private finish(managed: Managed, waiter: Waiter, how: Settled, resolve: (how: Settled) => void): void {
    waiter.cancel()
    const set = this.waiters.get(managed)
    set?.delete(waiter)
    if (set?.size === 0) this.waiters.delete(managed)
    resolve(how)
  }
}
