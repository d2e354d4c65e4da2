/** Where a list was scrolled to, in the entry of the browser's history that shows it: Back brings it back. */
import type { RefObject } from 'preact'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'

/** Browsers bound how often a page may write there. */
const SETTLED_MS = 150

const noted = (): number | null => {
  const top = (history.state as { top?: unknown } | null)?.top
  return typeof top === 'number' ? top : null
}

/** `isThere`: the list has its height. */
export function useKeptPlace(box: RefObject<HTMLElement | null>, isOn: boolean, isThere: boolean): void {
  const restored = useRef(false)
  useLayoutEffect(() => {
    if (!isOn || !isThere || restored.current) return
    restored.current = true
    const top = noted()
    if (top !== null) box.current!.scrollTop = top
  }, [isOn, isThere])
  useEffect(() => {
    if (!isOn) return
    let later: ReturnType<typeof setTimeout> | null = null
    let entry = location.hash
    const note = (): void => {
      if (later !== null) clearTimeout(later)
      later = null
      // Of the entry that was scrolled, not of the one that a click has led to since.
      if (location.hash === entry && box.current !== null && noted() !== box.current.scrollTop)
        history.replaceState({ ...history.state, top: box.current.scrollTop }, '')
    }
    const onScroll = (): void => {
      if (later !== null) clearTimeout(later)
      later = setTimeout(note, SETTLED_MS)
    }
    // Before whatever a click or a key may lead to.
    const onAct = (): void => {
      if (later !== null) note()
    }
    // Another choice in the same list is an entry of its own, with the same place.
    const onHash = (): void => {
      entry = location.hash
      later ??= setTimeout(note, 0)
    }
    const { current } = box
    current?.addEventListener('scroll', onScroll)
    addEventListener('pointerdown', onAct, true)
    addEventListener('keydown', onAct, true)
    addEventListener('hashchange', onHash)
    return () => {
      if (later !== null) clearTimeout(later)
      current?.removeEventListener('scroll', onScroll)
      removeEventListener('pointerdown', onAct, true)
      removeEventListener('keydown', onAct, true)
      removeEventListener('hashchange', onHash)
    }
  }, [isOn])
}
