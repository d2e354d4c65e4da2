/** limits, shown. */
import type { LimitsView } from '../../../protocol/job-requests.ts'
import type { Context } from '../../context.ts'
import { tableText } from '../../output/table.ts'

export function showLimits(context: Context, reply: LimitsView): number {
  if (context.json) {
    context.printJson(reply)
    return 0
  }
  const rows = [
    { of: 'all jobs', limit: reply.global === null ? 'none' : String(reply.global) },
    ...Object.entries(reply.owners).map(([owner, limit]) => ({ of: `owner ${owner}`, limit: String(limit) })),
    ...Object.entries(reply.types).map(([type, limit]) => ({ of: `type ${type}`, limit: String(limit) })),
  ]
  context.io.out(
    tableText(context, rows, [
      { title: 'for', of: (row) => row.of, shrinkTo: 10 },
      { title: 'limit', of: (row) => row.limit, align: 'right' },
    ]),
  )
  context.print(`${reply.live} live, ${reply.queued} queued`)
  return 0
}
