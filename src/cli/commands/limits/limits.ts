/** limits, shown. */
import type { LimitsView } from '../../../protocol/job-requests.ts'
import type { Context } from '../../context.ts'
import { tableText } from '../../output/table.ts'

export function showLimits(context: Context, told: LimitsView): number {
  if (context.json) {
    context.printJson(told)
    return 0
  }
  const rows = [
    { of: 'all jobs', limit: told.global === null ? 'none' : String(told.global) },
    ...Object.entries(told.owners).map(([owner, limit]) => ({ of: `owner ${owner}`, limit: String(limit) })),
    ...Object.entries(told.types).map(([type, limit]) => ({ of: `type ${type}`, limit: String(limit) })),
  ]
  context.io.out(
    tableText(context, rows, [
      { title: 'for', of: (row) => row.of, shrinkTo: 10 },
      { title: 'limit', of: (row) => row.limit, align: 'right' },
    ]),
  )
  context.print(`${told.live} live, ${told.queued} queued`)
  return 0
}
