/** limits.set: how many jobs may be live at once. */
import type { LimitsView } from '../../protocol/job-requests.ts'
import type { Params } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { limitsGet } from './limits-get.ts'

/** Changes what is named; null removes a limit. Jobs already live keep running, however low the new limit. */
export async function limitsSet(supervisor: Supervisor, params: Params<'limits.set'>): Promise<LimitsView> {
  const { settings, admission } = supervisor
  const { limits } = settings.now
  const changed = {
    global: params.global === undefined ? limits.global : params.global,
    owners: merged(limits.owners, params.owners),
    types: merged(limits.types, params.types),
  }
  const saved = settings.change({ limits: changed })
  admission.setLimits(changed)
  await saved
  return limitsGet(supervisor)
}

/** By entries: a key `__proto__` is a key like any other. */
function merged(
  present: Readonly<Record<string, number>>,
  changes: Readonly<Record<string, number | null>> = {},
): Record<string, number> {
  const all = new Map<string, number | null>([...Object.entries(present), ...Object.entries(changes)])
  return Object.fromEntries([...all].filter((entry): entry is [string, number] => entry[1] !== null))
}
