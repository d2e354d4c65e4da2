/** Runs and loads of all rows in sight: one request each for all of them. */
import { useRef } from 'preact/hooks'
import type { RunBar } from '../protocol/overview.ts'
import type { ProcessView } from '../protocol/view.ts'
import { request, useApp, useNow } from './app-state.ts'
import { useAsked } from './use-asked.ts'

/** Without a change they are asked for again after this time: the one that lives grows. */
const AGAIN_MS = 30_000

export function useStrips(inSight: readonly ProcessView[]): Map<string, readonly RunBar[]> {
  const { known } = useApp()
  const nowMs = useNow(AGAIN_MS)
  const held = useRef(new Map<string, readonly RunBar[]>())
  const ids = inSight.map(({ id }) => id)
  const turns = inSight.map(({ id, run, status }) => `${id} ${run} ${status}`).join()
  const key = known.link === 'here' ? `${turns} ${nowMs}` : known.link
  const { value } = useAsked(key, () => (ids.length === 0 ? Promise.resolve(null) : request('runs', { targets: ids })))
  // What was in sight before keeps its strip until the next answer.
  // The same runs stay the same list: its row is not drawn for it.
  for (const { id, runs } of value?.processes ?? [])
    if (JSON.stringify(held.current.get(id)) !== JSON.stringify(runs)) held.current.set(id, runs)
  return held.current
}
