/** /proc/PID/stat, as far as clients need it. */
import { readFileSync } from 'node:fs'

export interface ProcStat {
  /** One letter; Z is a zombie. */
  state: string
  /** Start in ticks since boot, suspension included. */
  startTicks: number
}

/** Fields 3 and 22 of proc_pid_stat(5); null when there is no such process, or no /proc. */
export function procStat(pid: number | 'self'): ProcStat | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name, in parentheses, may itself hold spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { state: fields[0]!, startTicks: Number(fields[19]) }
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null
    throw error
  }
}
