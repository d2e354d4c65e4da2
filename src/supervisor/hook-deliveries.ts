/** Delivers hooks: few at once, with retries, and a bounded number waiting. */
import { iso } from '../core/iso.ts'
import type { World } from '../core/world.ts'

export const HOOK_TIMEOUT_MS = 10_000
/** Before the second and the third try. */
const BACKOFF_MS = [1000, 5000] as const
const AT_ONCE = 4
/** Waiting and failing ones; hooks that hang for 10 s three times must not pile up. */
const WAITING = 1000

export interface Delivery {
  /** The result of the delivery is recorded for this hook. */
  hook: string
  action: string
  event: Record<string, unknown>
}

export interface LastDelivery {
  at: string
  ok: boolean
  detail: string
}

export class HookDeliveries {
  private readonly world: Pick<World, 'hooks' | 'clock' | 'log'>
  private readonly lastBy = new Map<string, LastDelivery>()
  private readonly queue: { delivery: Delivery; tries: number }[] = []
  private readonly retries = new Set<() => void>()
  private running = 0
  private overflowing = false
  private closed = false

  constructor(world: Pick<World, 'hooks' | 'clock' | 'log'>) {
    this.world = world
  }

  /** False: too many are waiting, and it is dropped. */
  send(delivery: Delivery): boolean {
    if (this.queue.length + this.retries.size >= WAITING) {
      if (!this.overflowing)
        this.world.log.error('Hooks', `${WAITING} hooks are waiting: further ones are not sent until some are done`)
      this.overflowing = true
      this.remember(delivery.hook, { ok: false, detail: `not sent: ${WAITING} hooks were waiting` })
      return false
    }
    this.overflowing = false
    this.queue.push({ delivery, tries: 0 })
    this.pump()
    return true
  }

  last(hook: string): LastDelivery | null {
    return this.lastBy.get(hook) ?? null
  }

  forget(hook: string): void {
    this.lastBy.delete(hook)
  }

  close(): void {
    this.closed = true
    const unsent = this.queue.length + this.retries.size
    if (unsent > 0) this.world.log.warn('Hooks', `the daemon ends: ${unsent} hooks were still waiting and are not sent`)
    for (const cancel of this.retries) cancel()
    this.queue.length = 0
  }

  private pump(): void {
    while (this.running < AT_ONCE && !this.closed) {
      const next = this.queue.shift()
      if (next === undefined) return
      this.running++
      void this.attempt(next.delivery, next.tries + 1)
    }
  }

  private async attempt(delivery: Delivery, tries: number): Promise<void> {
    const { ok, detail } = await this.world.hooks.run(delivery.action, delivery.event, HOOK_TIMEOUT_MS)
    this.running--
    const name = `hook ${delivery.hook} (${String(delivery.event.event)} of '${String(delivery.event.name)}')`
    this.remember(delivery.hook, { ok, detail })
    const backoffMs = BACKOFF_MS[tries - 1]
    if (ok) this.world.log.debug('Hooks', `${name}: ${detail}`)
    else if (backoffMs === undefined) this.world.log.warn('Hooks', `${name} failed after ${tries} tries: ${detail}`)
    else {
      this.world.log.info('Hooks', `${name} failed and is tried again in ${backoffMs / 1000} s: ${detail}`)
      this.tryAgain(delivery, tries, backoffMs)
    }
    this.pump()
  }

  private tryAgain(delivery: Delivery, tries: number, afterMs: number): void {
    if (this.closed) return
    const cancel = this.world.clock.wakeAfter(afterMs, () => {
      this.retries.delete(cancel)
      this.queue.push({ delivery, tries })
      this.pump()
    })
    this.retries.add(cancel)
  }

  private remember(hook: string, how: { ok: boolean; detail: string }): void {
    this.lastBy.set(hook, { at: iso(this.world.clock.wall()), ...how })
  }
}
