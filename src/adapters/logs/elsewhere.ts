/** Logs in files of their own (`--out-file`): which process writes to which, across daemons, and the one stream of each file. */
import { lstatSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { isStandard, STANDARD } from '../../protocol/log-files.ts'
import { unless } from '../errno.ts'
import { pathsElsewhere, type StreamName } from './paths.ts'
import { newToken } from './rotation.ts'
import { LogStream } from './stream.ts'

/** `made`: the file was not there before. */
const LINKS = ['at', 'made'] as const

/** A link in `logs/` names the file, so that a daemon finds it without the definition; it is renamed and removed with the rest. */
export class Elsewhere {
  private readonly dir: string
  private readonly runtimePid: number | null
  /** Never removed: an archive may still be compressed. */
  private readonly streams = new Map<string, LogStream>()

  /** @param runtimePid of the `ptrack runtime` that it serves; null = there is none. */
  constructor(dir: string, runtimePid: number | null = null) {
    this.dir = dir
    this.runtimePid = runtimePid
  }

  /** To be opened in place of a file that a definition names. Not its name alone: that would be the opener's own. */
  toOpen(file: string): string {
    if (this.runtimePid === null || !isStandard(file)) return file
    return `/proc/${this.runtimePid}/fd/${file === STANDARD.out ? 1 : 2}`
  }

  /** The file that the last run of this name wrote to; null = its own in `logs/`. */
  fileOf(name: string, stream: StreamName): string | null {
    for (const link of LINKS) {
      const file = unless(['ENOENT', 'EINVAL'], null, () => readlinkSync(this.link(name, stream, link)))
      if (file !== null) return file
    }
    return null
  }

  /** Several processes with one file share its stream: one rotation, one count of bytes. */
  streamOf(file: string, name: string, indexedEnd: number | null): { stream: LogStream; note: string | null } {
    const known = this.streams.get(file)
    if (known !== undefined) {
      known.names.add(name)
      known.refresh()
      known.endedAt(indexedEnd)
      return { stream: known, note: null }
    }
    const stream = new LogStream(pathsElsewhere(file), name)
    this.streams.set(file, stream)
    return { stream, ...stream.load(indexedEnd, null) }
  }

  /** Before a run writes there; null = into `logs/` again. */
  note(name: string, stream: StreamName, file: string | null): void {
    if (file === null) return this.forget(name, stream)
    const link = this.link(name, stream, lstatSync(file, { throwIfNoEntry: false }) === undefined ? 'made' : 'at')
    const fresh = `${this.dir}/${name}.${stream}.log.${newToken()}.tmp`
    symlinkSync(file, fresh)
    this.forget(name, stream)
    renameSync(fresh, link)
  }

  /** Removes what was made there for this process alone: archives, and the file itself unless it was there before. */
  async purge(log: LogStream, name: string, stream: StreamName): Promise<void> {
    if (log.names.size > 1) return
    const made = lstatSync(this.link(name, stream, 'made'), { throwIfNoEntry: false }) !== undefined
    await log.removeFiles(log.archives.splice(0))
    await rm(log.paths.meta, { force: true })
    if (made) await rm(log.paths.live, { force: true })
    log.reset()
  }

  private forget(name: string, stream: StreamName): void {
    for (const link of LINKS) rmSync(this.link(name, stream, link), { force: true })
  }

  private link(name: string, stream: StreamName, link: (typeof LINKS)[number]): string {
    return `${this.dir}/${name}.${stream}.${link}`
  }
}
