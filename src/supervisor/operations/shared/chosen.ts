/** Requests about many processes, the past included: which of those that are there, and which rows of history, they mean. */
import { resolve } from '../../../core/targets.ts'
import type { HistoryRow } from '../../../protocol/history.ts'
import type { Kind } from '../../../protocol/names.ts'
import { isPattern } from '../../../protocol/patterns.ts'
import type { Supervisor } from '../../create-supervisor.ts'
import type { Managed } from '../../registry.ts'
import { rowsOf } from './history-rows.ts'
import { selectAll } from './select.ts'

interface Wanted {
  targets?: string[] | undefined
  owner?: string | undefined
  type?: string | undefined
  kind?: Kind | undefined
}

export function chosen(supervisor: Supervisor, { targets, owner, type, kind }: Wanted): Managed[] {
  const all = targets === undefined ? [...supervisor.registry.all()] : selectAll(supervisor, targets)
  return all.filter(
    ({ record }) =>
      (owner === undefined || record.owner === owner) &&
      (type === undefined || record.definition.type === type) &&
      (kind === undefined || record.definition.kind === kind),
  )
}

export function chosenRows(supervisor: Supervisor, { targets, owner, type, kind }: Wanted): (row: HistoryRow) => boolean {
  const isWanted = targets === undefined ? () => true : rowsOf(supervisor, targets)
  return (row) =>
    (owner === undefined || row.owner === owner) &&
    (type === undefined || row.type === type) &&
    (kind === undefined || row.kind === kind) &&
    isWanted(row)
}

/** Without those that are gone: the history knows them. */
export const present = ({ registry }: Supervisor, targets: string[] | undefined): string[] | undefined =>
  targets?.filter((target) => isPattern(target) || resolve(target, registry).length > 0)
