/** limits.get: how many jobs may be live at once, and how many are. */
import type { LimitsView } from '../../protocol/job-requests.ts'
import type { Supervisor } from '../create-supervisor.ts'

export async function limitsGet({ settings, admission }: Supervisor): Promise<LimitsView> {
  return { ...settings.now.limits, ...admission.counts }
}
