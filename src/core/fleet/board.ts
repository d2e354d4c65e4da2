/** All jobs of the fleet as a scheduler sees them, and what it wants to do next. What it wants is done only if the store agrees. */
import type { QueueLimits } from '../../protocol/settings.ts'
import { JobQueue, type LimitHit } from '../queue.ts'
import type { FleetJob, JobEvent } from './job.ts'
import { noLimits } from './job-questions.ts'
import { type Placement, place, type Room } from './place.ts'

export interface Kept {
  job: FleetJob
  revision: number
}

/** What the scheduler knows of a node. */
export interface KnownNode {
  node: string
  /** Of the life of it that is here; null = it is not here. */
  session: string | null
  slots: number
  tags: readonly string[]
  /** Silent for so long that its jobs are taken for lost. */
  isLost: boolean
  /** It is in the fleet. */
  isMember: boolean
}

export interface Wish {
  id: string
  event: JobEvent
}

export class Board {
  limits: QueueLimits = noLimits
  private readonly kept = new Map<string, Kept>()
  private readonly queue = new JobQueue()
  /** Waiting for others to be done. */
  private readonly waiting = new Set<string>()
  /** Of each node. */
  private readonly held = new Map<string, Set<string>>()
  /** On their way to a node, and not written yet. */
  private readonly underWay = new Map<string, string>()
  private newest = 0

  setLimits(limits: QueueLimits): void {
    this.limits = limits
    this.queue.setLimits(limits)
  }

  get size(): number {
    return this.kept.size
  }

  /** Those that have not ended. */
  get open(): number {
    return this.queue.live + this.queue.size + this.waiting.size
  }

  get counts(): { live: number; queued: number } {
    return { live: this.queue.live, queued: this.queue.size + this.waiting.size }
  }

  all(): Iterable<Kept> {
    return this.kept.values()
  }

  get(id: string): Kept | null {
    return this.kept.get(id) ?? null
  }

  /** By id or name; of several of one name the newest. */
  find(word: string): Kept | null {
    const known = this.kept.get(word)
    if (known !== undefined) return known
    let found: Kept | null = null
    for (const each of this.kept.values())
      if (each.job.name === word && (found === null || each.job.turn > found.job.turn)) found = each
    return found
  }

  nextTurn(): number {
    return ++this.newest
  }

  positionOf(id: string): number | null {
    return this.queue.positionOf(id)
  }

  heldBackBy(id: string): LimitHit | null {
    return this.queue.heldBackBy(id)
  }

  /** As it is in the store; what is older than what is known counts for nothing. */
  take(job: FleetJob, revision: number): void {
    const before = this.kept.get(job.id)
    if (before !== undefined && before.revision >= revision) return
    this.kept.set(job.id, { job, revision })
    this.newest = Math.max(this.newest, job.turn)
    this.sort(job)
    if (job.state.is === 'ended') this.release(job.id)
  }

  forget(id: string): void {
    const kept = this.kept.get(id)
    if (kept === undefined) return
    this.kept.delete(id)
    this.unsort(kept.job)
  }

  /** What was wanted of it is settled, one way or another. */
  settled(id: string): void {
    this.underWay.delete(id)
    const kept = this.kept.get(id)
    if (kept !== undefined) this.sort(kept.job)
  }

  wishes(nodes: readonly KnownNode[], epoch: number): Wish[] {
    const known = new Map(nodes.map((node) => [node.node, node]))
    const wishes: Wish[] = []
    for (const { job } of this.heldJobs()) {
      const event = this.lossOf(job, known)
      if (event !== null) wishes.push({ id: job.id, event })
    }
    for (const id of this.waiting) {
      const why = this.neverDone(this.kept.get(id)!.job)
      if (why !== null) wishes.push({ id, event: { is: 'skip', why } })
    }
    for (const { id, node, session } of this.placements(nodes)) {
      this.underWay.set(id, node)
      wishes.push({ id, event: { is: 'give', node, session, epoch } })
    }
    return wishes
  }

  private placements(nodes: readonly KnownNode[]): Placement[] {
    const coming = new Map<string, number>()
    for (const node of this.underWay.values()) coming.set(node, (coming.get(node) ?? 0) + 1)
    const rooms: Room[] = []
    for (const { node, session, slots, tags } of nodes)
      if (session !== null)
        rooms.push({ node, session, tags, free: Math.max(0, slots - (this.held.get(node)?.size ?? 0) - (coming.get(node) ?? 0)) })
    return place(this.queue, rooms, (id) => this.kept.get(id)!.job.where)
  }

  private *heldJobs(): Iterable<Kept> {
    for (const ids of this.held.values()) for (const id of ids) yield this.kept.get(id)!
  }

  private lossOf({ state }: FleetJob, nodes: ReadonlyMap<string, KnownNode>): JobEvent | null {
    if (state.is !== 'given' && state.is !== 'running' && state.is !== 'unknown') return null
    const node = nodes.get(state.node)
    if (node === undefined || !node.isMember)
      return { is: 'gone', why: `nobody saw how it ended: ${state.node} has left the fleet` }
    // It was meant for a life of the node that is over.
    if (state.is === 'given' && node.session !== null && node.session !== state.session)
      return { is: 'lost', why: `${state.node} was started anew` }
    return node.isLost && state.is !== 'unknown' ? { is: 'lost', why: `the node ${state.node} is not heard of` } : null
  }

  /** Why it will never begin; null while it may. */
  private neverDone({ after }: FleetJob): string | null {
    for (const id of after) {
      const other = this.kept.get(id)?.job
      if (other === undefined) return `a job that it waits for (${id}) is known no more`
      if (other.state.is === 'ended' && other.state.outcome.status !== 'done')
        return `${other.name} (${id}), which it waits for, is ${other.state.outcome.status}`
    }
    return null
  }

  private mayBegin({ after }: FleetJob): boolean {
    return after.every((id) => {
      const state = this.kept.get(id)?.job.state
      return state?.is === 'ended' && state.outcome.status === 'done'
    })
  }

  private sort(job: FleetJob): void {
    const { id, owner, type, priority, turn } = job
    this.unsort(job)
    const { state } = job
    if (state.is === 'pending') {
      if (this.underWay.has(id)) this.queue.hold(id, { owner, type })
      else if (this.mayBegin(job)) this.queue.add({ id, owner, type, priority, turn })
      else this.waiting.add(id)
    } else if (state.is !== 'ended') {
      this.underWay.delete(id)
      this.queue.hold(id, { owner, type })
      const node = state.node
      this.held.set(node, (this.held.get(node) ?? new Set()).add(id))
    }
  }

  private unsort({ id }: FleetJob): void {
    this.queue.remove(id)
    this.queue.release(id)
    this.waiting.delete(id)
    for (const [node, ids] of this.held) {
      ids.delete(id)
      if (ids.size === 0) this.held.delete(node)
    }
  }

  /** Those that wait for it may begin. */
  private release(id: string): void {
    for (const other of [...this.waiting]) {
      const { job } = this.kept.get(other)!
      if (job.after.includes(id)) this.sort(job)
    }
  }

  /** Ended ones beyond `most`, oldest first, that none waits for. */
  surplus(most: number): string[] {
    const ended = [...this.kept.values()].filter(({ job }) => job.state.is === 'ended')
    if (ended.length <= most) return []
    const needed = new Set([...this.waiting].flatMap((id) => this.kept.get(id)!.job.after))
    return ended
      .sort((a, b) => a.job.sinceMs - b.job.sinceMs)
      .slice(0, ended.length - most)
      .flatMap(({ job }) => (needed.has(job.id) ? [] : [job.id]))
  }
}
