/** Any number of readers of a live file, or one rotation. A closing gate admits no reader, so that rotation never starves. */
export class Gate {
  private readers = 0
  private shut = false
  private waiting: (() => void)[] = []

  async read<T>(work: () => Promise<T>): Promise<T> {
    while (this.shut) await this.change()
    this.readers++
    try {
      return await work()
    } finally {
      this.readers--
      this.wake()
    }
  }

  async exclusive<T>(work: () => Promise<T>): Promise<T> {
    while (this.shut) await this.change()
    this.shut = true
    try {
      while (this.readers > 0) await this.change()
      return await work()
    } finally {
      this.shut = false
      this.wake()
    }
  }

  private change(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve))
  }

  private wake(): void {
    for (const resolve of this.waiting.splice(0)) resolve()
  }
}
