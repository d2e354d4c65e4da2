/** The lines of a source, live; another source begins anew. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { useApp } from '../app-state.ts'
import { LogLines } from '../log-lines.ts'
import { LogSearch } from '../log-search.ts'
import { type Feed, feedLog, type LogSource } from './feed.ts'

export interface Log {
  log: LogLines
  search: LogSearch
  /** Nothing has been answered yet. */
  isLoading: boolean
  error: string | null
  older(): void
  newer(): void
  redraw(): void
}

/** `source`: null for none. */
export function useLog(source: LogSource | null): Log {
  const { known } = useApp()
  const key = JSON.stringify(source)
  const [, turn] = useState(0)
  const redraw = (): void => turn((n) => n + 1)
  const make = () => ({ key, log: new LogLines(), search: new LogSearch(), answered: false, error: null as string | null })
  const held = useRef(make())
  if (held.current.key !== key) held.current = make()
  const feed = useRef<Feed | null>(null)
  const isHere = known.link === 'here'
  useEffect(() => {
    if (!isHere || source === null) return
    const { current } = held
    current.error = null
    feed.current = feedLog(
      source,
      current.log,
      () => {
        current.answered = true
        redraw()
      },
      ({ message }) => {
        current.error = message
        current.answered = true
        redraw()
      },
    )
    return () => feed.current?.stop()
  }, [key, isHere])
  const { log, search, answered, error } = held.current
  return {
    log,
    search,
    isLoading: source !== null && !answered,
    error: isHere ? error : null,
    older: () => void feed.current?.older(),
    newer: () => void feed.current?.newer(),
    redraw,
  }
}
