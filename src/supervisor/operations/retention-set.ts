/** retention.set: changes what is kept how long. */
import type { Params } from '../../protocol/requests.ts'
import type { Retention } from '../../protocol/settings.ts'
import type { Supervisor } from '../create-supervisor.ts'

/** Holds from the next sweep on, within the hour. */
export async function retentionSet({ settings }: Supervisor, params: Params<'retention.set'>): Promise<Retention> {
  const named = Object.fromEntries(Object.entries(params).filter(([, keepMs]) => keepMs !== undefined))
  await settings.change({ retention: { ...settings.now.retention, ...named } })
  return settings.now.retention
}
