/** What is known of the bus, and who waits to know more. */
import type { BusFacts } from '../../core/fleet/messages.ts'
import type { World } from '../../core/world.ts'

export class KnownBus {
  facts: BusFacts
  upSinceMono = 0
  private readonly clock: World['clock']
  private readonly listeners = new Set<() => void>()

  constructor(clock: World['clock'], facts: BusFacts) {
    this.clock = clock
    this.facts = facts
  }

  become(facts: BusFacts): void {
    if (facts.state === 'up' && this.facts.state !== 'up') this.upSinceMono = this.clock.mono()
    this.facts = facts
    for (const done of [...this.listeners]) done()
  }

  /** Resolves when it is up, or it is known why not. */
  async first(patienceMs: number): Promise<BusFacts> {
    const isOpen = (): boolean => this.facts.state === 'connecting' && this.facts.reason === null
    const { clock } = this
    const until = clock.mono() + patienceMs
    while (isOpen() && clock.mono() < until)
      await new Promise<void>((resolve) => {
        const done = (): void => {
          cancel()
          this.listeners.delete(done)
          resolve()
        }
        const cancel = clock.wakeAfter(until - clock.mono(), done)
        this.listeners.add(done)
      })
    return this.facts
  }
}
