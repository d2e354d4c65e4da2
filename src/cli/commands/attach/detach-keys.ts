/** Finds the keys that leave a terminal in what is typed. */

export class DetachKeys {
  private readonly keys: readonly number[]
  private seen = 0

  constructor(keys: readonly number[]) {
    this.keys = keys
  }

  /** What is to be handed on, and whether the keys were complete after it. A beginning of them waits for what follows. */
  take(typed: Uint8Array): { through: Buffer; leaves: boolean } {
    const through: number[] = []
    for (const byte of typed) {
      if (byte !== this.keys[this.seen]) {
        through.push(...this.keys.slice(0, this.seen))
        this.seen = 0
      }
      if (byte !== this.keys[this.seen]) through.push(byte)
      else if (++this.seen === this.keys.length) return { through: Buffer.from(through), leaves: true }
    }
    return { through: Buffer.from(through), leaves: false }
  }
}
