/** Reads rows of history, selects them, and reports unreadable ones. */
import { knownOf, resolve } from '../../../core/targets.ts'
import type { World } from '../../../core/world.ts'
import type { HistoryRow } from '../../../protocol/history.ts'
import { isPattern } from '../../../protocol/patterns.ts'
import type { Supervisor } from '../../create-supervisor.ts'

/** Every run whose end was published has its row by then. */
export async function scanHistory(
  { historyWriter, world }: Supervisor,
  ...[query, take]: Parameters<World['history']['scan']>
): ReturnType<World['history']['scan']> {
  await historyWriter.settled()
  return world.history.scan(query, take)
}

/** By the names and tags of that time, as most of these processes are gone. Numbers and pids are those of present processes. */
export function rowsOf(supervisor: Supervisor, targets: readonly string[]): (row: HistoryRow) => boolean {
  const { registry } = supervisor
  const wanted = targets.flatMap((target) =>
    isPattern(target) || !/^\d+$/.test(target) ? [target] : [target, ...resolve(target, registry).map(({ record }) => record.id)],
  )
  return ({ id, name, tags }) => {
    const then = { id, name, number: null, tags, session: null, instanceOf: name.replace(/:\d+$/, ''), pids: [] }
    const known = knownOf([then])
    return wanted.some((target) => resolve(target, known).length > 0)
  }
}

export const noticesOf = (unreadable: number): string[] =>
  unreadable === 0
    ? []
    : [`${unreadable} ${unreadable === 1 ? 'line' : 'lines'} of the history could not be read and are left out`]
