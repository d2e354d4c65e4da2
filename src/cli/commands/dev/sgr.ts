/** Colours that a program has switched on and not off yet: its next line has them too, and lines of others have not. Pure. */
const ONE = /\x1b\[([0-9;:]*)m/g

/** What each code belongs to; null ends it. */
const PLACES: readonly [from: number, to: number, place: string, on: boolean][] = [
  [1, 2, 'weight', true],
  [22, 22, 'weight', false],
  [3, 3, 'italic', true],
  [23, 23, 'italic', false],
  [4, 4, 'underline', true],
  [21, 21, 'underline', true],
  [24, 24, 'underline', false],
  [5, 6, 'blink', true],
  [25, 25, 'blink', false],
  [7, 7, 'inverse', true],
  [27, 27, 'inverse', false],
  [8, 8, 'hidden', true],
  [28, 28, 'hidden', false],
  [9, 9, 'strike', true],
  [29, 29, 'strike', false],
  [30, 38, 'front', true],
  [90, 97, 'front', true],
  [39, 39, 'front', false],
  [40, 48, 'back', true],
  [100, 107, 'back', true],
  [49, 49, 'back', false],
]

export class Colours {
  private readonly on = new Map<string, string>()

  read(text: string): void {
    for (const [, codes] of text.matchAll(ONE)) this.take(codes!)
  }

  /** Switches on what is on; empty where nothing is. */
  get now(): string {
    return this.on.size === 0 ? '' : `\x1b[${[...this.on.values()].join(';')}m`
  }

  private take(codes: string): void {
    const parts = codes.split(';')
    for (let i = 0; i < parts.length; i++) {
      const code = Number.parseInt(parts[i] || '0', 10)
      if (code === 0) this.on.clear()
      const place = PLACES.find(([from, to]) => code >= from && code <= to)
      if (place === undefined) continue
      // `38;5;N` and `38;2;R;G;B`; with colons it is one part already.
      const isLong = (code === 38 || code === 48) && !parts[i]!.includes(':')
      const length = !isLong ? 1 : parts[i + 1] === '5' ? 3 : parts[i + 1] === '2' ? 5 : 1
      const whole = parts.slice(i, i + length).join(';')
      i += length - 1
      if (place[3]) this.on.set(place[2], whole)
      else this.on.delete(place[2])
    }
  }
}
