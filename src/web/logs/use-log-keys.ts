/** `n`, `N` and `f` on a page with lines. */
import { useEffect, useRef } from 'preact/hooks'
import { useApp } from '../app-state.ts'
import { logKeyOf } from '../shortcuts.ts'
import { isWithin } from '../use-slash.ts'

export function useLogKeys(act: { hit(step: 1 | -1): void; follow(): void }): void {
  const { settings } = useApp()
  const latest = useRef({ act, letters: settings.letters })
  latest.current = { act, letters: settings.letters }
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || isWithin(event, 'dialog, .layer')) return
      const key = logKeyOf(event, latest.current.letters)
      if (key === null) return
      if (key === 'follow') latest.current.act.follow()
      else latest.current.act.hit(key === 'next' ? 1 : -1)
      event.preventDefault()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [])
}
