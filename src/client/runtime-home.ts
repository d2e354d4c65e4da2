/** The home of a container's daemon, which commands beside it (`docker exec`) find without naming it. */
import { statSync } from 'node:fs'
import { readDaemonInfo } from '../protocol/daemon-info.ts'
import { procStat } from './proc-stat.ts'

/** Where `ptrack runtime` may put its home, in order, behind PTRACK_HOME. */
export function runtimeHomes(uid: number | undefined = process.getuid?.()): string[] {
  return uid === undefined ? [] : ['/run/ptrack', `/tmp/ptrack-${uid}`, `/dev/shm/ptrack-${uid}`]
}

/** The first of them that is ours and whose daemon lives, or null. */
export function runningRuntimeHome(): string | null {
  const uid = process.getuid?.()
  for (const home of runtimeHomes(uid)) {
    // Anybody may make a directory in /tmp.
    if (statSync(home, { throwIfNoEntry: false })?.uid !== uid) continue
    const info = readDaemonInfo(home)
    if (info?.runtime && procStat(info.pid)?.startTicks === info.startTicks) return home
  }
  return null
}
