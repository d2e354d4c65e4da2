/** stats: the history summed up. */
import { HistoryStats } from '../../core/history-stats.ts'
import type { StatsView } from '../../protocol/history.ts'
import type { Params } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { noticesOf, rowsOf, scanHistory } from './shared/history-rows.ts'

export async function stats(supervisor: Supervisor, params: Params<'stats'>): Promise<StatsView> {
  const { type, name, owner, sinceMs } = params
  const isWanted = name === undefined ? null : rowsOf(supervisor, [name])
  const counted = new HistoryStats(sinceMs ?? null, supervisor.world.clock.wall())
  const { unreadable } = await scanHistory(supervisor, { sinceMs }, (row) => {
    const passes =
      (type === undefined || row.type === type) &&
      (owner === undefined || row.owner === owner) &&
      (isWanted === null || isWanted(row))
    if (passes) counted.add(row)
    return true
  })
  const view = counted.view()
  return { ...view, notices: [...noticesOf(unreadable), ...view.notices] }
}
