/** A gap in a feed of events. */
export const gapWords = (seq: number): string =>
  seq === 0
    ? 'another daemon answers: its events follow from the first one on; what the former one told last may be missing'
    : `some events before ${seq} were missed`
