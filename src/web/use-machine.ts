/** The load of the machine, programs outside of ptrack included: one request for all parts of the page that show it. */
import type { Reply } from '../protocol/requests.ts'
import { request, useNow, useSelected } from './app-state.ts'
import { useAsked } from './use-asked.ts'

const LOAD_MS = 5000

let last: { key: string; answer: Promise<Reply<'daemon.status'>> } | null = null

function askOnce(key: string): Promise<Reply<'daemon.status'>> {
  if (last?.key !== key) last = { key, answer: request('daemon.status', {}) }
  return last.answer
}

export function useMachine() {
  const link = useSelected(({ known }) => known.link)
  const nowMs = useNow(LOAD_MS)
  const key = link === 'here' ? `${nowMs}` : link
  return useAsked(key, () => askOnce(key)).value?.system ?? null
}
