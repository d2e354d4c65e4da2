/** Whether a daemon is one of the unit that `ptrack systemd install` writes. */
import { readFileSync } from 'node:fs'

/** Whose systemd. */
export type Scope = 'user' | 'system'
export const UNIT = 'ptrack.service'

/** Read of /proc; null where it is in no unit, where there is no /proc, and for a process of somebody else. */
export function unitOfDaemon(pid: number): Scope | null {
  try {
    const cgroups = readFileSync(`/proc/${pid}/cgroup`, 'latin1').split('\n')
    if (!cgroups.some((line) => line.split('/').includes(UNIT))) return null
    // A user's manager names itself to all that it starts.
    return /(?:^|\0)MANAGERPID=/.test(readFileSync(`/proc/${pid}/environ`, 'latin1')) ? 'user' : 'system'
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return null
    throw error
  }
}
