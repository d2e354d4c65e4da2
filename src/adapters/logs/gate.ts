/**
 * Readers of a live file against the moment in which its head is removed: any number of readers, or one rotation.
 * A closing gate lets no new reader in, so that a rotation is never starved.
 */
export class Gate {
  #readers = 0
  #shut = false
  #waiting: (() => void)[] = []

  async read<T>(work: () => Promise<T>): Promise<T> {
    while (this.#shut) await this.#change()
    this.#readers++
    try {
      return await work()
    } finally {
      this.#readers--
      this.#wake()
    }
  }

  async exclusive<T>(work: () => Promise<T>): Promise<T> {
    while (this.#shut) await this.#change()
    this.#shut = true
    try {
      while (this.#readers > 0) await this.#change()
      return await work()
    } finally {
      this.#shut = false
      this.#wake()
    }
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}
