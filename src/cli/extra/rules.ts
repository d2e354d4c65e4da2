/** policy, limits, hooks: what holds for more than one process, shown. */
import { PtrackError } from '../../protocol/errors.ts'
import type { LimitsView } from '../../protocol/job-requests.ts'
import type { Input } from '../../protocol/requests.ts'
import { clean } from '../../words/text.ts'
import { timeWords } from '../../words/time.ts'
import type { Context } from '../context.ts'
import { policyWords } from '../output/policy-words.ts'
import { plainColumns } from './reports.ts'

type Policy = Input<'policy.set'>['policy']

export async function policies(context: Context, type: string | undefined): Promise<number> {
  const told = await context.request('policy.get', { type })
  if (type !== undefined && told.length === 0)
    throw new PtrackError('NOT_FOUND', `cannot show the policy of ${type}: it has none, so the standard holds`, {
      hint: `\`ptrack policy set ${type} --retries 3\` gives it one`,
    })
  if (context.json) context.printJson(type === undefined ? told : told[0])
  else if (told.length === 0)
    context.note('no type has a policy; jobs are not retried and end after 2h unless they say otherwise')
  else
    context.io.out(
      plainColumns(context, told, [
        { title: 'type', of: (row) => row.type, shrinkTo: 8, shrinkLast: true },
        { title: 'policy', of: (row) => policyWords(row.policy), shrinkTo: 20 },
      ]),
    )
  return 0
}

export async function setPolicy(context: Context, type: string, policy: Policy): Promise<number> {
  const told = await context.request('policy.set', { type, policy })
  if (context.json) context.printJson(told)
  else context.print(`${clean(told.type)}: ${policyWords(told.policy)}`)
  return 0
}

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
    plainColumns(context, rows, [
      { title: 'for', of: (row) => row.of, shrinkTo: 10 },
      { title: 'limit', of: (row) => row.limit, align: 'right' },
    ]),
  )
  context.print(`${told.live} live, ${told.queued} queued`)
  return 0
}

export async function hooks(context: Context): Promise<number> {
  const told = await context.request('hooks.list', {})
  const nowMs = Date.now()
  if (context.json) context.printJson(told)
  else if (told.length === 0) context.note('there are no hooks; `ptrack hooks add --on failed exec:COMMAND` makes one')
  else
    context.io.out(
      plainColumns(context, told, [
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
