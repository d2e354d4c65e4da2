/** retention.set: changes how long things are kept. */
import type { Params } from '../../protocol/requests.ts'
import type { Retention } from '../../protocol/settings.ts'
import type { Supervisor } from '../create-supervisor.ts'

/** Takes effect with the next sweep, within the hour. */
export async function retentionSet({ settings }: Supervisor, params: Params<'retention.set'>): Promise<Retention> {
  const named = Object.fromEntries(Object.entries(params).filter(([, keepMs]) => keepMs !== undefined))
  await settings.change({ retention: { ...settings.now.retention, ...named } })
  return settings.now.retention
}
