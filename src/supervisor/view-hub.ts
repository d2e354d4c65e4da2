/** Present views of processes, and pushes of changed ones. Nothing is built while nobody watches. */
import type { JobQueue } from '../core/queue.ts'
import { means } from '../core/targets.ts'
import { toView } from '../core/to-view.ts'
import type { World } from '../core/world.ts'
import type { ViewsPush } from '../protocol/events.ts'
import type { ProcessView } from '../protocol/view.ts'
import type { Forecasts } from './forecasts.ts'
import { liveRunOf, type Managed, type Registry } from './registry.ts'

/** Changes within this time are published together. */
const GATHER_MS = 20

export class ViewHub {
  private readonly world: World
  private readonly registry: Registry
  private readonly queue: Pick<JobQueue, 'positionOf'>
  private readonly forecasts: Pick<Forecasts, 'queueOf'>
  private readonly listeners = new Set<(push: ViewsPush) => void>()
  private readonly changed = new Set<Managed>()
  private readonly removed = new Set<string>()
  private armed = false
  /** Changes whenever a view may have changed by more than the time. */
  revision = 0

  constructor(world: World, registry: Registry, queue: Pick<JobQueue, 'positionOf'>, forecasts: Pick<Forecasts, 'queueOf'>) {
    this.world = world
    this.registry = registry
    this.queue = queue
    this.forecasts = forecasts
  }

  of(managed: Managed): ProcessView {
    const live = liveRunOf(managed)
    const started = live === null ? null : this.world.table.startedAtMs(live.program ?? live.leader)
    return toView(
      managed.record,
      managed.observed,
      this.world.clock.wall(),
      this.world.clock.mono(),
      started,
      this.queue.positionOf(managed.record.id),
      this.forecasts.queueOf(managed),
    )
  }

  all(): ProcessView[] {
    return [...this.registry.all()].map((managed) => this.of(managed))
  }

  match(targets: readonly string[]): (name: string, id: string) => boolean {
    return (name, id) => {
      const managed = this.registry.get(id)
      const candidate =
        managed === undefined
          ? { id, name, number: null, tags: [], session: null, instanceOf: null, pids: [] }
          : this.registry.candidate(managed)
      return targets.some((target) => means(target, candidate, this.registry))
    }
  }

  onViews(listener: (push: ViewsPush) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  get watched(): boolean {
    return this.listeners.size > 0
  }

  touch(managed: Managed): void {
    this.revision++
    if (this.listeners.size === 0) return
    if (managed.removed) {
      this.changed.delete(managed)
      this.removed.add(managed.record.id)
    } else this.changed.add(managed)
    if (this.armed) return
    this.armed = true
    this.world.clock.wakeAfter(GATHER_MS, () => this.push())
  }

  private push(): void {
    this.armed = false
    const push: ViewsPush = { changed: [...this.changed].map((managed) => this.of(managed)), removed: [...this.removed] }
    this.changed.clear()
    this.removed.clear()
    for (const listener of this.listeners) listener(push)
  }
}
