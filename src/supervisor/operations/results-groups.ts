/** results.groups: figures of a number in results, by one field or two, over all of its rows. */
import { ResultGroups } from '../../core/result-groups.ts'
import { limits } from '../../protocol/limits.ts'
import type { ResultGroupsView } from '../../protocol/overview.ts'
import type { Params } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { results } from './results.ts'

export async function resultsGroups(
  supervisor: Supervisor,
  params: Params<'results.groups'>,
  gone: AbortSignal,
): Promise<ResultGroupsView> {
  const { measure, by, and = null, attempts, ...which } = params
  const grouped = new ResultGroups({ measure, by, and, most: limits.resultGroups })
  let rows = 0
  for (let from = 1; ; ) {
    const page = await results(supervisor, { ...which, attempts: 'all', from, max: limits.resultPageRows, waitMs: 0 }, gone)
    for (const row of page.rows) grouped.add(row)
    rows += page.rows.length
    from = page.next
    if (page.more && !gone.aborted) continue
    const { id, name } = page
    const notices =
      grouped.left === 0 ? page.notices : [...page.notices, `${grouped.left} rows are of more than ${limits.resultGroups} groups`]
    return { id, name, rows, groups: grouped.groups(attempts), notices }
  }
}
