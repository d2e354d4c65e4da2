/** /proc/PID/stat, as far as clients need it. */
import { readFileSync } from 'node:fs'

export interface ProcStat {
  /** Its last thread has ended; only its parent has not reaped it, and some never do (a container without an init). */
  ended: boolean
  /** Start in ticks since boot, suspension included. */
  startTicks: number
}

/** Whether the terminal is this process group's to read: another one is stopped for it (SIGTTIN). True where that is unknown. */
export function foregroundHere(): boolean {
  const fields = fieldsOf('self')
  // Fields 5 (pgrp) and 8 (tpgid) of proc_pid_stat(5).
  return fields === null || fields[2] === fields[5]
}

/** Fields 3, 20 and 22 of proc_pid_stat(5); null when there is no such process, or no /proc. */
export function procStat(pid: number | 'self'): ProcStat | null {
  const fields = fieldsOf(pid)
  if (fields === null) return null
  // While other threads run, a first one that has ended (Z) is not the end of the process: its lock and ports are still held.
  return { ended: /[ZXx]/.test(fields[0]!) && Number(fields[17]) <= 1, startTicks: Number(fields[19]) }
}

/** From the third on. */
function fieldsOf(pid: number | 'self'): string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name, in parentheses, may itself hold spaces and parentheses.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null
    throw error
  }
}
