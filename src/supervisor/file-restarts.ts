/** `--watch-files`: a change restarts a process, or runs an ended job again, while it is wanted up and not paused. */
import type { Event } from '../core/events.ts'
import type { Lifecycle } from '../core/state.ts'
import { logFilesOf } from '../protocol/log-files.ts'
import type { Companion } from './companion.ts'
import type { Host } from './host.ts'
import { type Managed, nameOf } from './registry.ts'

/** After the last change of a burst: an editor writes in several steps, a checkout many files. */
const QUIET_MS = 300
/** A constant stream of changes does not postpone the restart for ever. */
const BURST_MS = 3000
/** A program that writes what it watches would restart endlessly. */
const LOOP_RESTARTS = 20
const LOOP_MS = 60_000

interface Watch {
  globs: readonly string[]
  cwd: string
  /** Its own logs, wherever they are. */
  ignored: string[]
  close(): void
  /** The current burst: its first path, its start, and the files. */
  burst: { first: string; paths: Set<string>; atMono: number; cancel: () => void } | null
  restarts: number[]
  errors: number
}

export class FileRestarts implements Companion {
  private readonly host: Host
  private readonly watches = new Map<Managed, Watch>()

  constructor(host: Host) {
    this.host = host
  }

  added(managed: Managed): void {
    this.follow(managed)
  }

  redefined(managed: Managed): void {
    this.follow(managed)
  }

  stepped(managed: Managed, before: Lifecycle, event: Event): void {
    if (managed.record.definition.watchFiles.length === 0) return
    // A person who starts or restarts it ends a stopped loop.
    const asked = (event.kind === 'startRequested' || event.kind === 'restartRequested') && event.reason === undefined
    if (asked && (this.watches.get(managed)?.restarts.length ?? 0) > LOOP_RESTARTS) this.drop(managed)
    if (asked || before.wanted !== managed.record.tracked.wanted) this.follow(managed)
  }

  removed(managed: Managed): void {
    this.drop(managed)
  }

  close(): void {
    for (const managed of [...this.watches.keys()]) this.drop(managed)
  }

  private follow(managed: Managed): void {
    const { definition } = managed.record
    const { watchFiles: globs, cwd } = definition
    const watch = this.watches.get(managed)
    if (globs.length === 0 || managed.record.tracked.wanted === 'down') return this.drop(managed)
    const { world } = this.host
    const { outFile, errFile } = logFilesOf(definition)
    const ignored = [world.home, outFile, errFile].filter((path) => path !== null)
    const isSame = (one: readonly string[], other: readonly string[]): boolean => one.join('\0') === other.join('\0')
    if (watch && isSame(watch.globs, globs) && watch.cwd === cwd && isSame(watch.ignored, ignored)) return
    this.drop(managed)
    const fresh: Watch = { globs, cwd, ignored, close: () => {}, burst: null, restarts: [], errors: 0 }
    this.watches.set(managed, fresh)
    const watcher = world.files.watch(
      { cwd, globs, ignored },
      { change: (path) => this.changed(managed, fresh, path), error: (why) => this.failed(managed, fresh, why) },
    )
    fresh.close = () => watcher.close()
  }

  private drop(managed: Managed): void {
    const watch = this.watches.get(managed)
    if (watch === undefined) return
    this.watches.delete(managed)
    watch.burst?.cancel()
    watch.close()
  }

  private changed(managed: Managed, watch: Watch, path: string): void {
    if (this.watches.get(managed) !== watch) return
    const { clock } = this.host.world
    const burst = watch.burst ?? { first: path, paths: new Set<string>(), atMono: clock.mono(), cancel: () => {} }
    burst.paths.add(path)
    burst.cancel()
    const leftMs = burst.atMono + BURST_MS - clock.mono()
    burst.cancel = clock.wakeAfter(Math.max(0, Math.min(QUIET_MS, leftMs)), () => {
      watch.burst = null
      this.restart(managed, watch, wordsOf(burst))
    })
    watch.burst = burst
  }

  private restart(managed: Managed, watch: Watch, reason: string): void {
    const { clock } = this.host.world
    if (managed.record.tracked.state.status === 'paused') return
    const nowMono = clock.mono()
    watch.restarts = [...watch.restarts.filter((atMono) => atMono > nowMono - LOOP_MS), nowMono]
    if (watch.restarts.length > LOOP_RESTARTS) {
      watch.close()
      this.report(
        managed,
        'WATCH_LOOP',
        `its files changed ${LOOP_RESTARTS} times within a minute, perhaps by its own doing: they are watched again after \`ptrack restart ${nameOf(managed)}\``,
      )
      return
    }
    this.host.submit(managed, { kind: 'restartRequested', reason })
  }

  /** The process keeps running, whatever happens to the watching. */
  private failed(managed: Managed, watch: Watch, why: string): void {
    if (this.watches.get(managed) !== watch) return
    // Reported once: every further directory meets the same limit.
    if (watch.errors++ === 0) this.report(managed, 'WATCH_FAILED', `cannot watch all of its files: ${why}`)
  }

  private report(managed: Managed, code: string, message: string): void {
    const { events, world } = this.host
    events.publish(
      'processError',
      { name: nameOf(managed), id: managed.record.id },
      { run: managed.record.tracked.runNumber, code, message },
    )
    world.log.warn('FileRestarts', `'${nameOf(managed)}': ${message}`)
  }
}

function wordsOf({ first, paths }: { first: string; paths: ReadonlySet<string> }): string {
  return paths.size === 1 ? `${first} changed` : `${first} and ${paths.size - 1} more files changed`
}
