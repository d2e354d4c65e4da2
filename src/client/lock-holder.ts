/** Whether a daemon of this home is coming up or going down: it holds the lock already, or still, and listens not yet, or no more. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { generations, holderOf, LOCK_DIRECTORY } from '../protocol/lock-link.ts'
import { procStat } from './proc-stat.ts'

/** A hint: false where it cannot be known (no /proc, another pid namespace). Five small reads. */
export function lockIsHeld(home: string): boolean {
  const dir = join(home, LOCK_DIRECTORY)
  try {
    const holder = holderOf(dir, Math.max(...generations(dir)))
    const stat = holder && procStat(holder.pid)
    return (
      stat !== null &&
      stat.state !== 'Z' &&
      stat.startTicks === holder?.startTicks &&
      readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim() === holder.bootId
    )
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return false
    throw error
  }
}
