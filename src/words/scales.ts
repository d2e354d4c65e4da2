/** The scales of small drawings of a load, and when there is nothing to draw. */

/** Of values that change by less than this share nothing is drawn: the figure says it all. */
const STILL = 0.06

/** Whether a line would say more than its last figure. */
export function moves(values: readonly (number | null)[], floor = 0): boolean {
  const known = values.filter((value) => value !== null)
  if (known.length < 3) return false
  const [low, high] = [Math.min(...known), Math.max(...known)]
  return high - low > Math.max(floor, Math.abs(high)) * STILL
}

export interface Scale {
  low: number
  high: number
}

/** The processor from 0 to a core at least. */
export const cpuScale = (values: readonly (number | null)[]): Scale => ({ low: 0, high: Math.max(100, ...known(values)) })

/** Memory from its least to its most, with a tenth of air. */
export function memoryScale(values: readonly (number | null)[]): Scale {
  const all = known(values)
  const [low, high] = [Math.min(...all), Math.max(...all)]
  const air = (high - low) * 0.1 || 1
  return { low: Math.max(0, low - air), high: high + air }
}

const known = (values: readonly (number | null)[]): number[] => values.filter((value) => value !== null)
