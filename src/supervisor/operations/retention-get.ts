/** retention.get: how long things are kept. */
import type { Retention } from '../../protocol/settings.ts'
import type { Supervisor } from '../create-supervisor.ts'

export async function retentionGet({ settings }: Supervisor): Promise<Retention> {
  return settings.now.retention
}
