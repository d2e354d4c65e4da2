/** retention.get: what is kept how long. */
import type { Retention } from '../../protocol/settings.ts'
import type { Supervisor } from '../create-supervisor.ts'

export async function retentionGet({ settings }: Supervisor): Promise<Retention> {
  return settings.now.retention
}
