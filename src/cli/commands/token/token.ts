/** token create and token ls, shown. */
import type { Input } from '../../../protocol/requests.ts'
import type { TokenView } from '../../../protocol/token-requests.ts'
import { timeWords } from '../../../words/time.ts'
import type { Context } from '../../context.ts'
import { tableText } from '../../output/table.ts'

/** Only the value on stdout, for `$(ptrack token create ci)`. */
export async function createToken(context: Context, params: Input<'token.create'>): Promise<number> {
  const reply = await context.request('token.create', params)
  if (context.json) {
    context.printJson(reply)
    return 0
  }
  context.note(
    `token ${reply.name}: ${reply.role}, owner ${reply.owner}, expires ${expiryWords(reply, Date.now())}; shown only this once`,
  )
  context.print(reply.token)
  return 0
}

export async function tokens(context: Context): Promise<number> {
  const reply = await context.request('token.ls', {})
  const nowMs = Date.now()
  if (context.json) context.printJson(reply)
  else if (reply.length === 0) context.note('there are no tokens; `ptrack token create NAME` makes one')
  else
    context.io.out(
      tableText(context, reply, [
        { title: 'name', of: (row) => row.name, shrinkTo: 8, shrinkLast: true },
        { title: 'role', of: (row) => row.role },
        { title: 'owner', of: (row) => row.owner, shrinkTo: 6 },
        { title: 'expires', of: (row) => expiryWords(row, nowMs) },
        { title: 'created', of: (row) => timeWords(row.createdAt, nowMs), dropOrder: 2 },
        { title: 'by', of: (row) => row.createdBy, shrinkTo: 6, dropOrder: 1 },
      ]),
    )
  return 0
}

function expiryWords({ expiresAt, expired }: TokenView, nowMs: number): string {
  if (expiresAt === null) return 'never'
  return expired ? `expired ${timeWords(expiresAt, nowMs)}` : timeWords(expiresAt, nowMs)
}
