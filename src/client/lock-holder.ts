/** Whether a daemon of this home is starting or stopping: it holds the lock but does not listen. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { generations, holderOf, LOCK_DIRECTORY } from '../protocol/lock-link.ts'
import { procStat } from './proc-stat.ts'

/** The pid of the daemon; also null where it cannot be known (no /proc, another pid namespace). Five small reads. */
export function lockHolder(home: string): number | null {
  const dir = join(home, LOCK_DIRECTORY)
  try {
    const holder = holderOf(dir, Math.max(...generations(dir)))
    const stat = holder && procStat(holder.pid)
    if (holder === null || stat === null || stat.ended || stat.startTicks !== holder.startTicks) return null
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim() === holder.bootId ? holder.pid : null
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return null
    throw error
  }
}
