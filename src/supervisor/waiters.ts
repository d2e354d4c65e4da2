/** Waiters: resolve when a process satisfies a predicate, is removed, or the time is up. Checked after every step. */
import type { Clock } from '../core/world.ts'
import type { Managed } from './registry.ts'

export type WaitEnd = 'reached' | 'removed' | 'timeout' | 'aborted'

interface Waiter {
  predicate: (managed: Managed) => boolean
  resolve: (how: WaitEnd) => void
  disarm: (() => void) | null
  signal: AbortSignal | undefined
  abort: (() => void) | undefined
}

export class Waiters {
  private readonly clock: Clock
  /** Seldom more than one for a process. */
  private readonly waiters = new Map<Managed, Waiter[]>()

  constructor(clock: Clock) {
    this.clock = clock
  }

  /** `timeoutMs: null` waits for ever; `signal` ends an abandoned wait. */
  until(
    managed: Managed,
    predicate: (managed: Managed) => boolean,
    timeoutMs: number | null,
    signal?: AbortSignal,
  ): Promise<WaitEnd> {
    if (managed.removed) return Promise.resolve('removed')
    if (predicate(managed)) return Promise.resolve('reached')
    if (signal?.aborted) return Promise.resolve('aborted')
    return new Promise((resolve) => {
      const waiter: Waiter = { predicate, resolve, disarm: null, signal, abort: undefined }
      if (timeoutMs !== null) waiter.disarm = this.clock.wakeAfter(timeoutMs, () => this.finish(managed, waiter, 'timeout'))
      if (signal !== undefined) {
        waiter.abort = () => this.finish(managed, waiter, 'aborted')
        signal.addEventListener('abort', waiter.abort, { once: true })
      }
      const others = this.waiters.get(managed)
      if (others === undefined) this.waiters.set(managed, [waiter])
      else others.push(waiter)
    })
  }

  look(managed: Managed): void {
    const waiters = this.waiters.get(managed)
    if (waiters === undefined) return
    const decided = waiters.filter((waiter) => managed.removed || waiter.predicate(managed))
    for (const waiter of decided) this.finish(managed, waiter, managed.removed ? 'removed' : 'reached')
  }

  private finish(managed: Managed, waiter: Waiter, how: WaitEnd): void {
    waiter.disarm?.()
    if (waiter.abort !== undefined) waiter.signal?.removeEventListener('abort', waiter.abort)
    const left = this.waiters.get(managed)?.filter((other) => other !== waiter) ?? []
    if (left.length === 0) this.waiters.delete(managed)
    else this.waiters.set(managed, left)
    waiter.resolve(how)
  }
}
