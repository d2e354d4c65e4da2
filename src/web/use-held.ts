/** Keeps rows in their places while the pointer or the focus is in the list. */
import { useRef, useState } from 'preact/hooks'
import { held, type ListRow } from '../words/list-rows.ts'

export interface Held {
  rows: readonly ListRow[]
  /** How many would stand elsewhere. */
  moved: number
  /** Lets them go to their places. */
  release(): void
  handlers: {
    onMouseEnter(): void
    onMouseLeave(): void
    onFocusIn(): void
    onFocusOut(event: FocusEvent): void
  }
}

/** `layout`: what the user chose; a choice of his own orders the list at once. */
export function useHeld(rows: readonly ListRow[], layout: string): Held {
  const places = useRef<{ layout: string; keys: readonly string[] }>({ layout, keys: [] })
  const over = useRef({ pointer: false, focus: false })
  const [, turn] = useState(0)
  const isHeld = (over.current.pointer || over.current.focus) && places.current.layout === layout
  const last = useRef<{ of: readonly ListRow[]; layout: string; isHeld: boolean; shown: Pick<Held, 'rows' | 'moved'> } | null>(
    null,
  )
  // The same rows again while nothing of this has changed: what is drawn from them is the same, too.
  if (last.current?.of !== rows || last.current.layout !== layout || last.current.isHeld !== isHeld)
    last.current = { of: rows, layout, isHeld, shown: isHeld ? held(rows, places.current.keys) : { rows, moved: 0 } }
  const { shown } = last.current
  places.current = { layout, keys: shown.rows.map(({ key }) => key) }
  const release = (): void => {
    places.current = { layout: '', keys: [] }
    turn((n) => n + 1)
  }
  const leave = (what: 'pointer' | 'focus'): void => {
    over.current[what] = false
    turn((n) => n + 1)
  }
  return {
    ...shown,
    release,
    handlers: {
      onMouseEnter: () => {
        over.current.pointer = true
      },
      onMouseLeave: () => leave('pointer'),
      onFocusIn: () => {
        over.current.focus = true
      },
      onFocusOut: ({ currentTarget, relatedTarget }) => {
        if (!(currentTarget as Node).contains(relatedTarget as Node | null)) leave('focus')
      },
    },
  }
}
