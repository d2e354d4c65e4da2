/** A time in relation to now; exact, with its date, for who points at it. */

import { agoWords } from '../../words/short.ts'
import { useSelected } from '../app-state.ts'

export function When({ at, class: name }: { at: string; class?: string }) {
  const words = useSelected(({ nowMs }) => agoWords(at, nowMs))
  return (
    <time class={name} dateTime={at} title={exactly(at)}>
      {words}
    </time>
  )
}

const exact = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'long' })
export const exactly = (at: string): string => exact.format(new Date(at))
