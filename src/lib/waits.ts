/** Waiting for facts within one object, which wakes the waiters at each change. */
export class Waits {
  private readonly looks = new Set<() => void>()

  wake(): void {
    for (const look of [...this.looks]) look()
  }

  /** True once it holds, false when the time is up. */
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
