/** retention and gc, shown. */
import { formatDuration, formatSize } from '../../protocol/duration.ts'
import type { GarbageItem, GarbageReport } from '../../protocol/job-requests.ts'
import { garbageName } from '../../protocol/names.ts'
import type { Retention } from '../../protocol/settings.ts'
import type { Context } from '../context.ts'
import { plainColumns } from './reports.ts'

const WHAT: [string, keyof Retention, string][] = [
  ['ended', 'endedMs', 'jobs that ended done, cancelled or stopped, in the list'],
  ['failed', 'failedMs', 'jobs that ended failed, timeout or interrupted, in the list'],
  ['history', 'historyMs', 'runs in the history, and the results of their processes'],
  ['logs', 'logsMs', 'logs of processes that are gone'],
]

export function showRetention(context: Context, retention: Retention): number {
  if (context.json) {
    context.printJson(retention)
    return 0
  }
  context.io.out(
    plainColumns(context, WHAT, [
      { title: 'key', of: ([key]) => key },
      {
        title: 'kept',
        of: ([, field]) => (retention[field] === null ? 'for ever' : formatDuration(retention[field])),
        align: 'right',
      },
      { title: 'what', of: ([, , what]) => what, shrinkTo: 20 },
    ]),
  )
  return 0
}

export function showGarbage(context: Context, report: GarbageReport): number {
  const { dryRun, items, count, bytes, notices } = report
  for (const notice of notices) context.note(notice)
  if (context.json) context.printJson(report)
  else if (count === 0) context.note('nothing is left of processes that are gone')
  else {
    context.io.out(
      plainColumns<GarbageItem>(context, items, [
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
