/** hooks, shown. */
import { timeWords } from '../../../words/time.ts'
import type { Context } from '../../context.ts'
import { tableText } from '../../output/table.ts'

export async function hooks(context: Context): Promise<number> {
  const reply = await context.request('hooks.list', {})
  const nowMs = Date.now()
  if (context.json) context.printJson(reply)
  else if (reply.length === 0) context.note('there are no hooks; `ptrack hooks add --on failed exec:COMMAND` makes one')
  else
    context.io.out(
      tableText(context, reply, [
        { title: 'id', of: (row) => row.id, shrinkTo: 6, shrinkLast: true },
        { title: 'on', of: (row) => row.on.join(','), shrinkTo: 10 },
        { title: 'action', of: (row) => row.run, shrinkTo: 10 },
        {
          title: 'last time',
          of: ({ last }) =>
            last === null ? 'never' : `${timeWords(last.at, nowMs)} ${last.ok ? 'ok' : `failed: ${last.detail}`}`,
          dropOrder: 1,
        },
      ]),
    )
  return 0
}
