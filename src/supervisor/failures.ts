/** The last lines of runs that failed, for lists; read while somebody watches, so that a crash loop nobody looks at costs nothing. */
import { failureOf } from '../core/attention.ts'
import type { Lifecycle } from '../core/state.ts'
import { limits } from '../protocol/limits.ts'
import type { Companion } from './companion.ts'
import type { Host } from './host.ts'
import { lastLines } from './last-output.ts'
import type { Managed } from './registry.ts'

/** Characters of a line in a view, which every watcher gets with each change. */
const LINE_CHARS = 500
/** When somebody begins to watch: the newest ones. */
const READ_AT_FIRST = 200

export class Failures implements Companion {
  private readonly host: Host
  private watched = false
  /** One after the other: a thousand jobs that fail at once are a thousand small reads. */
  private reading: Promise<void> = Promise.resolve()
  private readonly waiting = new Set<Managed>()

  constructor(host: Host) {
    this.host = host
  }

  stepped(managed: Managed, before: Lifecycle): void {
    const { record } = managed
    if (before.crashLoop && !record.tracked.crashLoop && record.seen?.crashLoop) {
      record.seen = undefined
      this.host.changed(managed)
    }
    if (this.watched) this.read(managed)
  }

  removed(managed: Managed): void {
    this.waiting.delete(managed)
  }

  setWatched(watched: boolean): void {
    if (watched && !this.watched) {
      const failing = [...this.host.registry.all()].filter((managed) => this.lacks(managed))
      const newest = failing.sort((a, b) => (b.record.endedAtMs ?? 0) - (a.record.endedAtMs ?? 0)).slice(0, READ_AT_FIRST)
      this.watched = true
      for (const managed of newest) this.read(managed)
    }
    this.watched = watched
  }

  private lacks({ record, observed }: Managed): boolean {
    const failure = failureOf(record, null)
    return failure !== null && observed.failureLines?.run !== failure.run
  }

  private read(managed: Managed): void {
    if (this.waiting.has(managed) || !this.lacks(managed)) return
    this.waiting.add(managed)
    this.reading = this.reading.then(async () => {
      if (!this.waiting.delete(managed)) return
      const run = failureOf(managed.record, null)?.run
      if (run === undefined) return
      managed.observed.failureLines = { run, lines: await this.lastLines(managed, run) }
      if (!managed.removed) this.host.views.touch(managed)
    })
  }

  /** As `why` shows them, cut last: of half a secret nobody would know that it is one. */
  private async lastLines(managed: Managed, run: number): Promise<string[]> {
    const lines = await lastLines(this.host, managed, { run, stream: 'err' }, limits.failureLines)
    return lines.map((line) => line.slice(0, LINE_CHARS))
  }
}
