/** `/` focuses the search of a page. */
import type { RefObject } from 'preact'
import { useEffect } from 'preact/hooks'

export const isTyping = ({ target }: Event): boolean =>
  target instanceof HTMLInputElement || target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement

/** It came from an element of such a part. */
export const isWithin = ({ target }: Event, part: string): boolean => target instanceof Element && target.closest(part) !== null

/** A key combination of the browser or the system. */
export const isChord = ({ ctrlKey, metaKey, altKey }: KeyboardEvent): boolean => ctrlKey || metaKey || altKey

export function useSlash(search: RefObject<HTMLInputElement | null>): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== '/' || isTyping(event) || isChord(event)) return
      event.preventDefault()
      search.current?.focus()
      search.current?.select()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [])
}
