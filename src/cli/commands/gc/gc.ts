/** gc: what was removed, or would be. */
import { formatSize } from '../../../protocol/duration.ts'
import type { GarbageItem, GarbageReport } from '../../../protocol/job-requests.ts'
import { garbageName } from '../../../protocol/names.ts'
import type { Context } from '../../context.ts'
import { tableText } from '../../output/table.ts'

export function showGarbage(context: Context, report: GarbageReport): number {
  const { dryRun, items, count, bytes, notices } = report
  for (const notice of notices) context.note(notice)
  if (context.json) context.printJson(report)
  else if (count === 0) context.note('nothing is left of processes that are gone')
  else {
    context.io.out(
      tableText<GarbageItem>(context, items, [
        { title: 'kind', of: (item) => item.kind },
        { title: 'of', of: garbageName, shrinkTo: 10 },
        { title: 'files', of: (item) => String(item.files), align: 'right' },
        { title: 'size', of: (item) => formatSize(item.bytes), align: 'right' },
      ]),
    )
    if (count > items.length) context.print(`and ${count - items.length} smaller ones`)
    context.print(`${formatSize(bytes)} ${dryRun ? 'would be removed' : 'removed'}`)
  }
  return notices.length > 0 ? 1 : 0
}
