/** Waiting for facts that come about elsewhere in the same object: whoever changes something wakes those who wait. */
export class Waits {
  private readonly looks = new Set<() => void>()

  wake(): void {
    for (const look of [...this.looks]) look()
  }

  /** True once it is so, false when the time is over. */
  until(fact: () => boolean, ms: number): Promise<boolean> {
    if (fact()) return Promise.resolve(true)
    return new Promise((resolve) => {
      const done = (value: boolean): void => {
        clearTimeout(timer)
        this.looks.delete(look)
        resolve(value)
      }
      const look = (): void => {
        if (fact()) done(true)
      }
      const timer = setTimeout(() => done(false), Math.max(0, ms))
      this.looks.add(look)
    })
  }
}
