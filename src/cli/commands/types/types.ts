/** types, as a table. */
import type { TypeView } from '../../../protocol/job-requests.ts'
import { UNKNOWN } from '../../../words/status.ts'
import type { Context } from '../../context.ts'
import { policyWords } from '../../output/policy-words.ts'
import { tableText } from '../../output/table.ts'

export async function types(context: Context): Promise<number> {
  const reply = await context.request('types', {})
  if (context.json) context.printJson(reply)
  else if (reply.length === 0) context.note('there are no types yet; `ptrack run --type TYPE -- COMMAND` makes one')
  else
    context.io.out(
      tableText<TypeView>(context, reply, [
        { title: 'type', of: (row) => row.type, shrinkTo: 8, shrinkLast: true },
        { title: 'kinds', of: (row) => row.kinds.join(','), dropOrder: 1 },
        { title: 'live', of: (row) => String(row.live), align: 'right' },
        { title: 'waiting', of: (row) => String(row.waiting), align: 'right' },
        { title: 'ended', of: (row) => String(row.ended), align: 'right' },
        { title: 'limit', of: (row) => (row.limit === null ? UNKNOWN : String(row.limit)), align: 'right' },
        { title: 'policy', of: (row) => (row.policy === null ? UNKNOWN : policyWords(row.policy)), shrinkTo: 10, dropOrder: 2 },
      ]),
    )
  return 0
}
