/** retention, shown. */
import { formatDuration } from '../../../protocol/duration.ts'
import type { Retention } from '../../../protocol/settings.ts'
import type { Context } from '../../context.ts'
import { tableText } from '../../output/table.ts'

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
    tableText(context, WHAT, [
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
