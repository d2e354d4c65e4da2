/** Whether a daemon of this home is coming up or going down: it holds the lock already, or still, and listens not yet, or no more. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { generations, holderOf, LOCK_DIRECTORY } from '../protocol/lock-link.ts'

/** A hint: false where it cannot be known (no /proc, another pid namespace). Five small reads. */
export function lockIsHeld(home: string): boolean {
  const dir = join(home, LOCK_DIRECTORY)
  try {
    const holder = holderOf(dir, Math.max(...generations(dir)))
    if (holder === null) return false
    const stat = readFileSync(`/proc/${holder.pid}/stat`, 'latin1')
    // The name, in parentheses, may hold spaces and parentheses of its own.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const isZombie = fields[0] === 'Z'
    return (
      !isZombie &&
      Number(fields[19]) === holder.startTicks &&
      readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim() === holder.bootId
    )
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return false
    throw error
  }
}
