/** policy.get: the defaults of each type for new definitions. */
import type { Params } from '../../protocol/requests.ts'
import type { TypePolicy } from '../../protocol/settings.ts'
import type { Supervisor } from '../create-supervisor.ts'

export interface Named {
  type: string
  policy: TypePolicy
}

export async function policyGet({ settings }: Supervisor, params: Params<'policy.get'>): Promise<Named[]> {
  const { policies } = settings.now
  return Object.entries(policies)
    .filter(([type]) => params.type === undefined || params.type === type)
    .map(([type, policy]) => ({ type, policy }))
}
