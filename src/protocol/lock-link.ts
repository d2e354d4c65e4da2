/** daemon.lock/: numbered links, the highest of which is the lock and names its holder (see adapters/daemon-lock.ts). */
import { readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'

export const LOCK_DIRECTORY = 'daemon.lock'

/** Exactly one process: a pid is reused, but never with the same start on the same boot. */
export interface LockHolder {
  pid: number
  /** Start in ticks since boot: field 22 of proc_pid_stat(5). */
  startTicks: number
  bootId: string
}

export const linkTarget = ({ pid, startTicks, bootId }: LockHolder): string => `${pid}:${startTicks}:${bootId}`

export const generations = (dir: string): number[] =>
  readdirSync(dir)
    .filter((name) => /^\d{1,15}$/.test(name))
    .map(Number)

/** null = released, or not written by a daemon. Throws the errno error of readlink. */
export function holderOf(dir: string, generation: number): LockHolder | null {
  const match = /^(\d+):(\d+):(.+)$/.exec(readlinkSync(join(dir, String(generation))))
  return match ? { pid: Number(match[1]), startTicks: Number(match[2]), bootId: match[3]! } : null
}
