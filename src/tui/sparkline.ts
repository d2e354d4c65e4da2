/** The last samples of a figure as blocks. */
import type { Scale } from '../words/scales.ts'

export const SAMPLES = 30

/** `width` columns, newest right. Unknown ones are blank. */
export function scaled(
  samples: readonly (number | null)[],
  width: number,
  { low, high }: Scale,
  heights: readonly string[],
): string {
  const blocks = samples.slice(-width).map((sample) => {
    if (sample === null) return ' '
    const step = high <= low ? 0 : Math.round(((sample - low) / (high - low)) * (heights.length - 1))
    return heights[Math.min(heights.length - 1, Math.max(0, step))]!
  })
  return ' '.repeat(Math.max(0, width - blocks.length)) + blocks.join('')
}

/** As many columns as are wanted: of several points in one the most, which is what is looked for. */
export function fitted(samples: readonly (number | null)[], width: number): (number | null)[] {
  if (samples.length <= width) return [...samples]
  return Array.from({ length: width }, (_, at) => {
    const part = samples.slice(Math.floor((at * samples.length) / width), Math.floor(((at + 1) * samples.length) / width))
    return part.reduce((most, each) => (each === null ? most : Math.max(most ?? each, each)), null)
  })
}

/** The same over several lines, the topmost first. */
export function blocks(
  samples: readonly (number | null)[],
  size: { width: number; height: number },
  { low, high }: Scale,
  heights: readonly string[],
): string[] {
  const shown = fitted(samples, size.width)
  const eighths = shown.map((sample) =>
    sample === null ? 0 : Math.max(1, Math.round(((sample - low) / (high - low || 1)) * size.height * heights.length)),
  )
  const pad = ' '.repeat(Math.max(0, size.width - shown.length))
  return Array.from({ length: size.height }, (_, row) => {
    const below = (size.height - 1 - row) * heights.length
    return pad + eighths.map((each) => (each <= below ? ' ' : heights[Math.min(heights.length, each - below) - 1]!)).join('')
  })
}
