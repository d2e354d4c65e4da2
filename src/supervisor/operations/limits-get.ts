import type { LimitsView } from '../../protocol/job-requests.ts'
import type { Supervisor } from '../create-supervisor.ts'

export async function getLimits({ settings, admission }: Supervisor): Promise<LimitsView> {
  return { ...settings.now.limits, ...admission.counts }
}
