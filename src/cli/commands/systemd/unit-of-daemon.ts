/** Whether a daemon belongs to the unit that `ptrack systemd install` writes. */
import { readFileSync } from 'node:fs'

export type Scope = 'user' | 'system'
export const UNIT = 'ptrack.service'

export const INSTALL: Readonly<Record<Scope, string>> = {
  user: 'ptrack systemd install --user',
  system: 'ptrack systemd install --system',
}
export const UNINSTALL: Readonly<Record<Scope, string>> = {
  user: 'ptrack systemd uninstall --user',
  system: 'ptrack systemd uninstall --system',
}

/** From /proc; null outside a unit, without /proc, and for another user's process. */
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
