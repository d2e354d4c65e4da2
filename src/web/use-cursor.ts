/** One tab stop for a whole list of rows; keys lead through them, right and left open and close. */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { ListRow } from '../words/list-rows.ts'
import { useApp } from './app-state.ts'
import { rowAfter } from './row-keys.ts'
import { isChord, isTyping, isWithin } from './use-slash.ts'

interface Options {
  /** What of the page the list is. */
  list: string
  toggle(row: ListRow): void
  /** Of the page, before those of the list: whether it took the key. */
  own?(event: KeyboardEvent, row: ListRow | undefined): boolean
}

/** Where keys belong to something else. */
const APART = 'dialog, .layer, header.top'

export function useCursor(rows: readonly ListRow[], options: Options) {
  const { settings } = useApp()
  const [cursor, setCursor] = useState<{ key: string | null; takes: boolean }>({ key: null, takes: false })
  const [goTo, setGoTo] = useState({ index: 0, turn: 0 })
  const latest = useRef({ rows, cursor, options, letters: settings.letters })
  latest.current = { rows, cursor, options, letters: settings.letters }
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const { rows, cursor, options, letters } = latest.current
      if (isTyping(event) || isChord(event) || event.defaultPrevented || isWithin(event, APART)) return
      const at = rows.findIndex(({ key }) => key === cursor.key)
      const inList = isWithin(event, options.list)
      const row = rows[at]
      if (options.own?.(event, inList ? row : undefined)) return event.preventDefault()
      if (isWithin(event, '.detail')) return
      const next = rowAfter(event.key, letters, rows, at)
      if (next !== null) {
        // The first press goes to the row that Tab would lead to.
        const index = event.key === 'e' || (at >= 0 && inList) ? next : Math.max(0, at)
        setCursor({ key: rows[index]!.key, takes: true })
        setGoTo(({ turn }) => ({ index, turn: turn + 1 }))
      } else if (inList && row && row.kind !== 'process' && (event.key === 'ArrowRight' || event.key === 'ArrowLeft')) {
        if (row.folded === (event.key === 'ArrowRight')) options.toggle(row)
      } else return
      event.preventDefault()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [])
  const arrived = (): void => setCursor(({ key }) => ({ key, takes: false }))
  return { cursor, goTo, setCursor, arrived }
}
