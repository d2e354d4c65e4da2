/** What `find` has to ask the daemon for: nodes, and the last lines of logs with a text, once it has stood for a moment. */
import { useEffect, useState } from 'preact/hooks'
import { worstFirst } from '../words/groups.ts'
import { request, useApp } from './app-state.ts'
import { type Beyond, isForLogs } from './find.ts'
import { literally } from './log-search.ts'
import { useAsked } from './use-asked.ts'

const STANDS_MS = 300
const LAST = 3
const HOUR_MS = 3_600_000
/** As many are read at once by the page of logs. */
const MOST_LOGS = 200

export function useBeyond(text: string): Beyond {
  const { known } = useApp()
  const [stood, setStood] = useState('')
  useEffect(() => {
    const timer = setTimeout(() => setStood(text), STANDS_MS)
    return () => clearTimeout(timer)
  }, [text])
  const wantsNodes = text.startsWith('@')
  const nodes = useAsked(`${wantsNodes}`, async () => (wantsNodes ? request('fleet.ls', {}) : [])).value
  const wanted = isForLogs(stood) ? stood.trim() : ''
  const lines = useAsked(wanted, async () => {
    const targets = [...known.views.values()]
      .sort(worstFirst)
      .slice(0, MOST_LOGS)
      .map(({ id }) => id)
    if (wanted === '' || targets.length === 0) return { of: wanted, lines: [] }
    const page = await request('logs.read', { targets, grep: literally(wanted), tail: LAST, sinceMs: Date.now() - HOUR_MS })
    return { of: wanted, lines: page.lines.slice(-LAST) }
  }).value
  return { nodes: nodes ?? [], lines: lines !== null && lines.of === text.trim() ? lines.lines : [] }
}
