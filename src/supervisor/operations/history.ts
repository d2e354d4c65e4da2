/** history and stats: what is kept of ended runs. */
import { HistoryStats } from '../../core/history-stats.ts'
import { knownOf, resolve } from '../../core/targets.ts'
import type { HistoryPage, HistoryRow, StatsView } from '../../protocol/history.ts'
import { isPattern } from '../../protocol/patterns.ts'
import type { Params } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'

/**
 * By names and tags as they were then: most of what history knows is no process any more. Numbers and pids are those of
 * the processes there are.
 */
function rowsOf(supervisor: Supervisor, targets: readonly string[]): (row: HistoryRow) => boolean {
  const { registry } = supervisor
  const wanted = targets.flatMap((target) =>
    isPattern(target) || !/^\d+$/.test(target) ? [target] : [target, ...resolve(target, registry).map(({ record }) => record.id)],
  )
  return ({ id, name, tags }) => {
    const then = { id, name, number: null, tags, instanceOf: name.replace(/:\d+$/, ''), pids: [] }
    const known = knownOf([then])
    return wanted.some((target) => resolve(target, known).length > 0)
  }
}

export async function history(supervisor: Supervisor, params: Params<'history'>): Promise<HistoryPage> {
  const { targets, type, owner, outcome, sinceMs, max } = params
  const isWanted = targets === undefined ? null : rowsOf(supervisor, targets)
  const rows: HistoryRow[] = []
  let last: string | null = null
  let more = false
  const { unreadable } = await supervisor.world.history.scan({ sinceMs, cursor: params.cursor }, (row, cursor) => {
    if (type !== undefined && row.type !== type) return true
    if (owner !== undefined && row.owner !== owner) return true
    if (outcome !== undefined && !outcome.includes(row.outcome)) return true
    if (isWanted !== null && !isWanted(row)) return true
    // One row further than asked for tells that there is more.
    more = rows.length === max
    if (more) return false
    rows.push(row)
    last = cursor
    return true
  })
  return { rows, cursor: more ? last : null, notices: noticesOf(unreadable) }
}

export async function stats(supervisor: Supervisor, params: Params<'stats'>): Promise<StatsView> {
  const { type, name, owner, sinceMs } = params
  const isWanted = name === undefined ? null : rowsOf(supervisor, [name])
  const counted = new HistoryStats(sinceMs ?? null, supervisor.world.clock.wall())
  const { unreadable } = await supervisor.world.history.scan({ sinceMs }, (row) => {
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

const noticesOf = (unreadable: number): string[] =>
  unreadable === 0
    ? []
    : [`${unreadable} ${unreadable === 1 ? 'line' : 'lines'} of the history could not be read and are left out`]
