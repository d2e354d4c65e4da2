/** How a log can be rotated where it is: asked once for each directory. */
import { statfsSync, statSync } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import type { DaemonLog } from '../../core/world.ts'
import { errnoOf, messageOf, unless } from '../errno.ts'
import { openFile } from '../regular-file.ts'
import { helperEnd, startHelper } from './helper.ts'
import { newToken } from './rotation.ts'

export type Way = 'collapse' | 'freeze' | 'unknown'

export interface RotationPlace {
  way: Way
  /** Unit in which this file system collapses. */
  block: number
}

export class RotationWays {
  private readonly dir: string
  private readonly daemonLog: DaemonLog
  private readonly places = new Map<string, RotationPlace>()
  private readonly probing = new Map<string, Promise<void>>()

  /** @param dir of the logs themselves; marks helpers, wherever the log is. */
  constructor(dir: string, daemonLog: DaemonLog) {
    this.dir = dir
    this.daemonLog = daemonLog
  }

  /** What is known of a directory so far. */
  known(directory: string): RotationPlace {
    const known = this.places.get(directory)
    if (known) return known
    const block = unless(['ENOENT'], 4096, () => statfsSync(directory).bsize)
    const place: RotationPlace = { way: 'unknown', block: Math.max(4096, block) }
    this.places.set(directory, place)
    return place
  }

  /** Learns whether its file system can remove the head of a file in place. */
  async of(directory: string, scratch = `${directory}/.probe.${newToken()}.tmp`): Promise<RotationPlace> {
    const place = this.known(directory)
    if (place.way === 'unknown') {
      let probe = this.probing.get(directory)
      if (!probe) {
        probe = this.probe(directory, place, scratch).finally(() => this.probing.delete(directory))
        this.probing.set(directory, probe)
      }
      await probe
    }
    return place
  }

  /** Resolves when no probe is running. */
  async idle(): Promise<void> {
    await Promise.all(this.probing.values())
  }

  private async probe(directory: string, place: RotationPlace, scratch: string): Promise<void> {
    const { block } = place
    try {
      const file = await openFile(scratch, 'wx')
      await file.writeFile(Buffer.alloc(2 * block)).finally(() => file.close())
      const words = ['--collapse-range', '--offset', '0', '--length', String(block), scratch]
      const failure = await helperEnd(startHelper(this.dir, 'probe', ['fallocate', ...words], ['ignore', 'ignore', 'pipe']))
      place.way = failure === null && (await stat(scratch)).size === block ? 'collapse' : 'freeze'
      this.daemonLog.debug('logs', `rotation in ${directory} by ${place.way}${failure ? ` (${failure})` : ''}`)
    } catch (error) {
      if (errnoOf(error) === undefined) throw error
      // A full disk says nothing about the file system: ask again next time.
      this.daemonLog.warn('logs', `cannot find out how to rotate logs in ${directory}: ${messageOf(error)}`)
    } finally {
      await rm(scratch, { force: true })
    }
  }
}

/**
 * Whether another user could put a link to any file in the place of this one, between two steps of a daemon that runs as root.
 */
export function isExchangeable(directory: string): boolean {
  if (process.geteuid?.() !== 0) return false
  const stats = statSync(directory, { throwIfNoEntry: false })
  return stats !== undefined && (stats.uid !== 0 || (stats.mode & 0o022) !== 0)
}
