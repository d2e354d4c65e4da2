/** Rows of results in order, each once: existing ones, then new ones. */
import { useEffect, useState } from 'preact/hooks'
import type { ResultRow } from '../protocol/history.ts'
import type { ProcessView } from '../protocol/view.ts'
import { request, useApp } from './app-state.ts'

const MOST = 50_000

export function useResults({ id, results }: Pick<ProcessView, 'id' | 'results'>): { rows: ResultRow[]; error: Error | null } {
  const { known } = useApp()
  const [held, set] = useState<{ rows: ResultRow[]; next: number; error: Error | null }>({ rows: [], next: 1, error: null })
  // The view has their number, so that nothing is requested without news.
  useEffect(() => {
    let over = false
    const run = async (): Promise<void> => {
      let { rows, next } = held
      for (let more = next <= results; more && !over; ) {
        const page = await request('results', { target: id, from: next })
        rows = [...rows, ...page.rows].slice(-MOST)
        next = page.next
        more = page.more
        if (!over) set({ rows, next, error: null })
      }
    }
    if (known.link === 'here') run().catch((error: Error) => over || set((before) => ({ ...before, error })))
    return () => {
      over = true
    }
  }, [id, results, known.link === 'here'])
  return held
}
