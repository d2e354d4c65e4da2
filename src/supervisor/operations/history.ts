/** history: kept rows of ended runs, newest first. */
import type { HistoryPage, HistoryRow } from '../../protocol/history.ts'
import type { Params } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { noticesOf, rowsOf, scanHistory } from './shared/history-rows.ts'

export async function history(supervisor: Supervisor, params: Params<'history'>): Promise<HistoryPage> {
  const { targets, type, owner, outcome, sinceMs, max } = params
  const isWanted = targets === undefined ? null : rowsOf(supervisor, targets)
  const rows: HistoryRow[] = []
  let last: string | null = null
  let more = false
  const { unreadable } = await scanHistory(supervisor, { sinceMs, cursor: params.cursor }, (row, cursor) => {
    if (type !== undefined && row.type !== type) return true
    if (owner !== undefined && row.owner !== owner) return true
    if (outcome !== undefined && !outcome.includes(row.outcome)) return true
    if (isWanted !== null && !isWanted(row)) return true
    // One extra row shows that there is more.
    more = rows.length === max
    if (more) return false
    rows.push(row)
    last = cursor
    return true
  })
  return { rows, cursor: more ? last : null, notices: noticesOf(unreadable) }
}
