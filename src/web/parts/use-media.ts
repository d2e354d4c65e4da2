/** Whether a media query holds, live. */
import { useEffect, useState } from 'preact/hooks'

/** The list has room beside it for a process. */
export const WIDE = '(min-width: 74rem)'
/** A finger, or a phone. */
export const TOUCH = '(pointer: coarse), (max-width: 40rem)'

export function useMedia(query: string): boolean {
  const [is, set] = useState(() => matchMedia(query).matches)
  useEffect(() => {
    const list = matchMedia(query)
    const listener = (): void => set(list.matches)
    listener()
    list.addEventListener('change', listener)
    return () => list.removeEventListener('change', listener)
  }, [query])
  return is
}
