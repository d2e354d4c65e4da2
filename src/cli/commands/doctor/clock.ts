/** doctor's check of the clock: whether it is plausible, and whether it was set while the daemon ran. */
import { procStat } from '../../../client/proc-stat.ts'
import { formatDuration } from '../../../protocol/duration.ts'
import type { DaemonStatus } from '../../../protocol/view.ts'
import { type Check, ok, warn } from './check.ts'

/** More than a daemon needs from its start to its first look at the clock on a busy machine. */
const JUMP_MS = 30_000
const TICK_MS = 10

export function clockCheck(): Check {
  // This code is newer than that.
  return Date.now() > Date.UTC(2025, 0, 1)
    ? ok('clock', new Date().toISOString())
    : warn('clock', `the clock says ${new Date().toISOString()}`, 'set it: times in logs and views follow it (timers do not)')
}

/** Compares the clock with the kernel's age of the daemon. (In some containers /proc/uptime disagrees with start times.) */
export function jumpChecks(status: Pick<DaemonStatus, 'pid' | 'startedAt'>): Check[] {
  const [daemon, self] = [procStat(status.pid), procStat('self')]
  if (daemon === null || self === null) return []
  const elapsedMs = (self.startTicks - daemon.startTicks) * TICK_MS
  const clockMs = Date.now() - process.uptime() * 1000 - Date.parse(status.startedAt)
  // A process starts some moments before its first look at the clock.
  const jumpMs = Math.round((clockMs - elapsedMs) / 10_000) * 10_000
  if (!(Math.abs(jumpMs) >= JUMP_MS)) return []
  return [
    warn(
      'clock jump',
      `the clock was set ${formatDuration(Math.abs(jumpMs))} ${jumpMs > 0 ? 'forward' : 'back'} since the daemon started: times told before it, such as ages and --since, are off by that`,
      'nothing is lost, timers and restarts do not follow the clock; keep it right with a time daemon, and cron times hold',
    ),
  ]
}
