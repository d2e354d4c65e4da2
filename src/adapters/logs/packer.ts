/** Compression of archives. */
import { closeSync, renameSync, statSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import type { Duplex } from 'node:stream'
import type { DaemonLog } from '../../core/world.ts'
import { errnoOf, messageOf, unless } from '../errno.ts'
import { openFile, openFileSync } from '../regular-file.ts'
import { helperEnd, startHelper } from './helper.ts'
import { newToken } from './rotation.ts'
import type { Archive, LogStream } from './stream.ts'

export interface PackerOptions {
  dir: string
  daemonLog: DaemonLog
  onStep(step: string): void
  saved(bytes: number): void
}

/** Keeps the archive open until the daemon has unlinked it, so that the helper frees it: 100 ms of CPU for a gigabyte. */
const PACK = `gzip -1 -c || exit 10
echo packed >&3
read -r end <&3`

/** Compresses archives in a niced helper, one at a time, oldest first, so that file times follow the order of archives. */
export class Packer {
  private readonly options: PackerOptions
  private readonly unpacked: { log: LogStream; archive: Archive }[] = []
  private packing = false
  private packs = true
  private closed = false

  constructor(options: PackerOptions) {
    this.options = options
  }

  pack(log: LogStream, archive: Archive): void {
    if (!this.packs || archive.gz || this.unpacked.some((each) => each.archive === archive)) return
    this.unpacked.push({ log, archive })
    if (this.packing) return
    this.packing = true
    void this.work()
  }

  /** Starts no more; a running one ends by itself. */
  close(): void {
    this.closed = true
  }

  private async work(): Promise<void> {
    const { daemonLog } = this.options
    try {
      for (let next = this.unpacked.shift(); next && !this.closed && this.packs; next = this.unpacked.shift()) {
        const failure = await this.packOne(next.log, next.archive)
        if (failure !== null)
          daemonLog.warn('logs', `cannot compress an archive of ${next.log.paths.live}: ${failure}; it is kept as it is`)
      }
    } catch (error) {
      daemonLog.error('logs', 'compressing archives met an error', error)
    } finally {
      this.packing = false
    }
  }

  private async packOne(log: LogStream, archive: Archive): Promise<string | null> {
    if (archive.gz) return null
    const { onStep } = this.options
    const temporary = log.paths.temporary(newToken())
    let letGo = (): void => {}
    try {
      const target = await openFile(temporary, 'wx')
      // Looked up after the wait and opened at once: in any turn it may be dropped or renumbered.
      const source = log.archives.includes(archive)
        ? unless(['ENOENT'], null, () => openFileSync(log.archivePath(archive), 'r'))
        : null
      if (source === null) {
        await target.close()
        return null
      }
      const helper = this.start(source, target.fd)
      letGo = helper.letGo
      const failure = await helper.packed.finally(() => target.close())
      if (failure !== null) {
        if (failure.startsWith('cannot run')) this.packs = false
        return failure
      }
      const packed = await openFile(temporary, 'r+')
      await packed.datasync().finally(() => packed.close())
      onStep('packed')
      // Dropped or flushed meanwhile.
      if (!log.archives.includes(archive)) return null
      const plain = log.paths.archive(archive.number, false)
      renameSync(temporary, log.paths.archive(archive.number, true))
      archive.gz = true
      onStep('renamed')
      // Releases its number at once.
      renameSync(plain, temporary)
      const { size } = statSync(log.archivePath(archive))
      this.options.saved(archive.to - archive.from - size)
      onStep('unlinked')
      return null
    } catch (error) {
      if (errnoOf(error) === undefined) throw error
      return messageOf(error)
    } finally {
      await rm(temporary, { force: true })
      letGo()
    }
  }

  /** @returns why it failed, or null; and how to report that the plain archive is unlinked */
  private start(source: number, target: number): { packed: Promise<string | null>; letGo: () => void } {
    try {
      const child = startHelper(
        this.options.dir,
        'gzip',
        ['nice', '-n', '19', '/bin/sh', '-c', PACK],
        [source, target, 'pipe', 'pipe'],
      )
      const control = child.stdio[3] as Duplex
      // EPIPE and the like show in the helper's end.
      control.on('error', () => {})
      const done = new Promise<null>((resolve) => control.once('data', () => resolve(null)))
      return { packed: Promise.race([helperEnd(child), done]), letGo: () => control.destroy() }
    } finally {
      closeSync(source)
    }
  }
}
