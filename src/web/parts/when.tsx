/** A time in relation to now; exact, with its date, for who points at it. */

import { agoWords } from '../../words/short.ts'
import { useApp } from '../app-state.ts'

export function When({ at, class: name }: { at: string; class?: string }) {
  const { nowMs } = useApp()
  return (
    <time class={name} dateTime={at} title={exactly(at)}>
      {agoWords(at, nowMs)}
    </time>
  )
}

const exact = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'long' })
export const exactly = (at: string): string => exact.format(new Date(at))
