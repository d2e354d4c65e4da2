/** The last samples of a figure as a row of blocks. */

export const SAMPLES = 30

/** `width` columns, newest right; scaled from 0 to `top` (at least the highest sample). Unknown ones are blank. */
export function sparkline(samples: readonly (number | null)[], width: number, top: number, heights: readonly string[]): string {
  const shown = samples.slice(-width)
  const most = Math.max(top, ...shown.map((sample) => sample ?? 0))
  const blocks = shown.map((sample) => {
    if (sample === null) return ' '
    const step = most === 0 ? 0 : Math.round((sample / most) * (heights.length - 1))
    return heights[Math.min(heights.length - 1, Math.max(0, step))]!
  })
  return ' '.repeat(width - blocks.length) + blocks.join('')
}
