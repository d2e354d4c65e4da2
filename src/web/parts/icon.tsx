/** Icons and the marks of states, from the sprite of the page. */
import { STATES, type State } from '../../words/states.ts'
import { sentence } from '../../words/text.ts'
import { type IconName, MARKS } from '../icons.ts'

export const Icon = ({ name }: { name: IconName }) => (
  <svg class={name === 'logo' ? 'logo' : 'icon'} aria-hidden="true">
    <use href={`#i-${name}`} />
  </svg>
)

/** `named`: nothing beside it says the state. */
export function Mark({ state, named = false }: { state: State; named?: boolean }) {
  const { hue, word } = STATES[state]
  const use = <use href={`#m-${MARKS[state]}`} />
  return named ? (
    <svg class={`mark ${hue}`} role="img" aria-label={sentence(word)}>
      {use}
    </svg>
  ) : (
    <svg class={`mark ${hue}`} aria-hidden="true">
      {use}
    </svg>
  )
}
