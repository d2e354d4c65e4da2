/** policy.set: changes the defaults of a type; existing definitions keep their own. */
import { PtrackError } from '../../protocol/errors.ts'
import type { Params } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import type { Named } from './policy-get.ts'

/** Fields that are not named stay as they were. */
export async function policySet({ settings }: Supervisor, { type, policy }: Params<'policy.set'>): Promise<Named> {
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
