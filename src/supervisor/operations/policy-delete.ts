/** policy.delete: removes the defaults of a type. */
import { PtrackError } from '../../protocol/errors.ts'
import type { Params } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'

export async function policyDelete({ settings }: Supervisor, { type }: Params<'policy.delete'>): Promise<{ ok: boolean }> {
  const policies = new Map(Object.entries(settings.now.policies))
  if (!policies.delete(type))
    throw new PtrackError('NOT_FOUND', `cannot delete the policy of ${type}: there is none`, {
      hint: '`ptrack policy` shows those there are',
    })
  await settings.change({ policies: Object.fromEntries(policies) })
  return { ok: true }
}
