/** policy.get, policy.set and policy.delete: defaults for what is defined from now on, by type. */
import { PtrackError } from '../../protocol/errors.ts'
import type { Params } from '../../protocol/requests.ts'
import type { TypePolicy } from '../../protocol/settings.ts'
import type { Supervisor } from '../create-supervisor.ts'

interface Named {
  type: string
  policy: TypePolicy
}

export async function getPolicies({ settings }: Supervisor, params: Params<'policy.get'>): Promise<Named[]> {
  const { policies } = settings.now
  return Object.entries(policies)
    .filter(([type]) => params.type === undefined || params.type === type)
    .map(([type, policy]) => ({ type, policy }))
}

/** Fields that are not named stay as they were. What is defined already keeps what it was defined with. */
export async function setPolicy({ settings }: Supervisor, { type, policy }: Params<'policy.set'>): Promise<Named> {
  const policies = new Map(Object.entries(settings.now.policies))
  const changed = { ...policies.get(type), ...policy }
  if ((changed.retryMaxMs ?? Number.POSITIVE_INFINITY) < (changed.retryInitialMs ?? 0))
    throw new PtrackError('USAGE', `cannot set the policy of ${type}: the longest delay is below the initial one`, {
      hint: 'give a --max of at least --initial',
    })
  policies.set(type, changed)
  await settings.change({ policies: Object.fromEntries(policies) })
  return { type, policy: changed }
}

export async function deletePolicy({ settings }: Supervisor, { type }: Params<'policy.delete'>): Promise<{ ok: boolean }> {
  const policies = new Map(Object.entries(settings.now.policies))
  if (!policies.delete(type))
    throw new PtrackError('NOT_FOUND', `cannot delete the policy of ${type}: there is none`, {
      hint: '`ptrack policy` shows those there are',
    })
  await settings.change({ policies: Object.fromEntries(policies) })
  return { ok: true }
}
