/** The folders of `logs/`, made again where somebody has removed them. */
import { existsSync } from 'node:fs'
import type { Clock, DaemonLog } from '../../core/world.ts'
import { projectOf } from '../../protocol/project.ts'
import { makeFolder } from '../project-folders.ts'

/** A folder seen this recently is assumed to exist. */
const SEEN_MS = 50

/** Before a run of this name opens its logs. */
export function folders(dir: string, clock: Pick<Clock, 'mono'>, log: DaemonLog): (name: string) => void {
  /** null = `logs` itself. */
  const seenMono = new Map<string | null, number>()
  return (name) => {
    const project = projectOf(name)
    if (clock.mono() - (seenMono.get(project) ?? Number.NEGATIVE_INFINITY) < SEEN_MS) return
    if (!existsSync(dir)) log.warn('logs', `${dir} was missing and is made again`)
    makeFolder(dir, name)
    seenMono.set(project, clock.mono())
  }
}
