/** ls --fleet: the processes of all nodes that are here, and what was last known of the others. */
import type { Filter } from '../../../protocol/requests.ts'
import type { ProcessView } from '../../../protocol/view.ts'
import { type SortKey, sortViews } from '../../../words/sort.ts'
import { clean } from '../../../words/text.ts'
import type { Context } from '../../context.ts'
import { renderList } from '../../output/render-list.ts'
import { openJobs, type Row, withJobs } from './fleet-jobs.ts'

export interface FleetListOptions {
  sort?: SortKey
  quiet?: boolean
  columns?: string[]
}

const nameOf = ({ fullName, node }: Row): string => `${fullName}@${node}`

export async function listFleet(context: Context, where: Filter, options: FleetListOptions): Promise<number> {
  const list = context.request('fleet.list', { where })
  const [{ rows: ofNodes, silent }, jobs] = await Promise.all([list, openJobs(context, list)])
  const listed = withJobs(ofNodes, jobs, where)
  const nowMs = Date.now()
  const rows = options.sort ? (sortViews(listed as unknown as ProcessView[], options.sort, nowMs) as unknown as Row[]) : listed
  if (context.json) context.printJson(options.quiet ? rows.map(nameOf) : rows)
  else if (options.quiet) for (const row of rows) context.print(nameOf(row))
  else if (rows.length === 0) context.note('no processes on the nodes that are here; `ptrack fleet ls` lists them')
  else {
    const shown = rows.map((row) => ({ ...row, name: `${nameOf(row)}${row.stale === null ? '' : ' (stale)'}` }))
    const { yellow } = context.style
    const how = {
      style: context.style,
      width: context.width,
      nowMs,
      stateOf: ({ status, reason }: Pick<Row, 'status' | 'reason'>) =>
        status === 'unknown' ? { text: clean(`unknown: ${reason}`), paint: yellow } : null,
      columns: options.columns ?? context.preferences['ls.columns'],
    }
    context.io.out(`${renderList(shown as unknown as ProcessView[], how).join('\n')}\n`)
  }
  for (const { name, since, why } of silent) {
    const last = rows.find((row) => row.node === name)?.stale
    const what = last ? `the rows of ${name} are those of ${last.since}` : `the processes of ${name} are not in the list`
    context.note(`${what}: ${clean(why)}${since === null ? '' : `, since ${since}`}`)
  }
  return 0
}
