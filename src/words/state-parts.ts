/** A group as parts of a bar, one for each state. */
import { type Hue, STATES, type State } from './states.ts'

const round = (n: number): number => Math.round(n * 10) / 10

export interface StatePart {
  state: State
  hue: Hue
  count: number
  /** Of the whole, 0 to 100. */
  from: number
  width: number
}

/** Parts of a group, worst first. */
export function stateParts(states: readonly State[]): StatePart[] {
  const order = Object.keys(STATES) as State[]
  let from = 0
  return order
    .map((state) => ({ state, count: states.filter((each) => each === state).length }))
    .filter(({ count }) => count > 0)
    .map(({ state, count }) => {
      const width = round((count / states.length) * 100)
      const part = { state, hue: STATES[state].hue, count, from: round(from), width }
      from += (count / states.length) * 100
      return part
    })
}

export const isBad = (hue: Hue): boolean => hue === 'bad' || hue === 'lost'
