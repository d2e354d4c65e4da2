/** policy, shown. */
import { PtrackError } from '../../../protocol/errors.ts'
import type { Input } from '../../../protocol/requests.ts'
import { clean } from '../../../words/text.ts'
import type { Context } from '../../context.ts'
import { policyWords } from '../../output/policy-words.ts'
import { tableText } from '../../output/table.ts'

type Policy = Input<'policy.set'>['policy']

export async function policies(context: Context, type: string | undefined): Promise<number> {
  const reply = await context.request('policy.get', { type })
  if (type !== undefined && reply.length === 0)
    throw new PtrackError('NOT_FOUND', `cannot show the policy of ${type}: it has none, so the standard holds`, {
      hint: `\`ptrack policy set ${type} --retries 3\` gives it one`,
    })
  if (context.json) context.printJson(type === undefined ? reply : reply[0])
  else if (reply.length === 0)
    context.note('no type has a policy; jobs are not retried and end after 2h unless they say otherwise')
  else
    context.io.out(
      tableText(context, reply, [
        { title: 'type', of: (row) => row.type, shrinkTo: 8, shrinkLast: true },
        { title: 'policy', of: (row) => policyWords(row.policy), shrinkTo: 20 },
      ]),
    )
  return 0
}

export async function setPolicy(context: Context, type: string, policy: Policy): Promise<number> {
  const reply = await context.request('policy.set', { type, policy })
  if (context.json) context.printJson(reply)
  else context.print(`${clean(reply.type)}: ${policyWords(reply.policy)}`)
  return 0
}
