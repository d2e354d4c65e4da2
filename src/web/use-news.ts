/** What went wrong since this user last looked: kept by the daemon, so that all his browsers agree. */
import type { NewsPage } from '../protocol/overview.ts'
import { needsSomebody } from '../words/states.ts'
import { complain, request, useApp, useNow } from './app-state.ts'
import { useAsked } from './use-asked.ts'

/** As long as another browser may not know that it was looked at in this one. */
const AGAIN_MS = 5000

export function useNews(): NewsPage | null {
  const { known } = useApp()
  const nowMs = useNow(AGAIN_MS)
  const bad = [...known.views.values()].filter((view) => needsSomebody(view) || view.status === 'retrying')
  const key = known.link === 'here' ? nowMs : known.link
  return useAsked(`${key} ${bad.map(({ id, status, health }) => `${id} ${status} ${health}`)}`, () => request('news.list', {}))
    .value
}

/** Up to the newest that is shown: what happens meanwhile is new. */
export async function lookedAt({ entries: [newest] }: NewsPage): Promise<void> {
  if (newest === undefined) return
  try {
    await request('news.seen', { untilMs: Date.parse(newest.at) })
  } catch (error) {
    complain(error)
  }
}
