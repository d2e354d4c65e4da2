/**
 * The scheduler of a fleet: it reads all jobs, decides by core/fleet/board.ts, and writes each step by comparing. It lives where
 * JetStream may be asked. Each life of it takes the next epoch in the store, and acts while the store agreed to that not long ago.
 */
import { Board, type Kept, type KnownNode } from '../../../core/fleet/board.ts'
import { claimOf, type FleetJob, type JobEffect, type JobEvent, type Refusal, step } from '../../../core/fleet/job.ts'
import type { ToNode } from '../../../core/fleet/job-questions.ts'
import { mayTake } from '../../../core/fleet/lease.ts'
import { AWAY_MS } from '../../../core/fleet/presence.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import { fleetLimits } from '../../../protocol/fleet-limits.ts'
import { monoMs } from '../../../protocol/mono.ts'
import { messageOf } from '../../errno.ts'
import type { OwnNode } from '../node.ts'
import { JobStore, type Leader } from './job-store.ts'

const TICK_MS = 500
const LEAD_MS = 15_000
const RENEW_MS = 4000
const AGAIN_MS = 1000
const ACT_MS = 2000
/** Offered again until the node has taken it, or refused. */
const OFFER_MS = 2000

export interface Scheduling {
  /** Those who are in the fleet. */
  members(): Promise<string[]>
  session: string
  say(node: string, message: ToNode): void
  connection: ConstructorParameters<typeof JobStore>[0]
}

export class JobScheduler {
  board = new Board()
  readonly store: JobStore
  private readonly own: OwnNode
  private readonly scheduling: Scheduling
  private leader: { epoch: number; revision: number; untilMono: number } | null = null
  private readonly listeningSinceMono = monoMs()
  private readonly offeredMono = new Map<string, number>()
  private limitsRevision = 0
  private stopped = false
  private acting: Promise<void> | null = null
  private again = false
  private why = 'the scheduler is just being started'

  constructor(own: OwnNode, scheduling: Scheduling) {
    this.own = own
    this.scheduling = scheduling
    this.store = new JobStore(scheduling.connection, own.membership.node)
  }

  /** Until it is stopped, which is when the connection ends. */
  serve(): () => void {
    void this.lead()
    const ticking = setInterval(() => this.poke(), TICK_MS)
    return () => {
      this.stopped = true
      this.leader = null
      clearInterval(ticking)
    }
  }

  /** Throws BUS_DOWN while it may not act. */
  ready(): void {
    if (this.leader === null || monoMs() >= this.leader.untilMono)
      throw new PtrackError('BUS_DOWN', `cannot reach the jobs of the fleet: ${this.why}`, {
        hint: '`ptrack fleet status` shows it; what runs goes on',
      })
  }

  private async lead(): Promise<void> {
    const { node } = this.own.membership
    const { session } = this.scheduling
    while (!this.stopped) {
      const sentMono = monoMs()
      try {
        if (this.leader === null) {
          // Another life of this node, if any: nobody else may write there. It is deposed by this.
          const before = await this.store.leader()
          const leader: Leader = { node, session, epoch: (before?.value.epoch ?? 0) + 1 }
          const written = await this.store.writeLeader(leader, before?.revision ?? 0)
          if (!written.ok) continue
          await this.load()
          this.leader = { epoch: leader.epoch, revision: written.revision, untilMono: sentMono + LEAD_MS }
          this.poke()
        } else {
          const { epoch, revision } = this.leader
          const written = await this.store.writeLeader({ node, session, epoch }, revision)
          if (written.ok) this.leader = { epoch, revision: written.revision, untilMono: sentMono + LEAD_MS }
          else {
            this.leader = null
            this.why = 'another life of this node schedules'
          }
        }
      } catch (error) {
        if (!(error instanceof PtrackError)) throw error
        this.why = messageOf(error)
        await sleep(AGAIN_MS)
        continue
      }
      await sleep(this.leader === null ? LEAD_MS : RENEW_MS)
    }
  }

  private async load(): Promise<void> {
    const { jobs, limits } = await this.store.all()
    const board = new Board()
    if (limits !== null) {
      board.setLimits(limits.value)
      this.limitsRevision = limits.revision
    }
    for (const { value, revision } of jobs) board.take(value, revision)
    this.board = board
  }

  async setLimits(limits: Board['limits']): Promise<void> {
    const written = await this.store.writeLimits(limits, this.limitsRevision)
    if (!written.ok) {
      const now = await this.store.limits()
      this.limitsRevision = now?.revision ?? 0
      throw new PtrackError('FAILED', 'cannot set the limits of the fleet: somebody else has just done so', {
        hint: 'try it again',
      })
    }
    this.limitsRevision = written.revision
    this.board.setLimits(limits)
    this.poke()
  }

  async submit(job: FleetJob): Promise<Kept> {
    const written = await this.store.writeJob(job, 0)
    if (!written.ok && written.now === null) throw new PtrackError('FAILED', `cannot keep ${job.name}: its record is refused`)
    const kept = written.ok ? { job, revision: written.revision } : { job: written.now!.value, revision: written.now!.revision }
    this.board.take(kept.job, kept.revision)
    this.poke()
    return kept
  }

  /** One step, written if nobody else has written meanwhile; otherwise what is there now is looked at. */
  async change(id: string, event: JobEvent): Promise<{ refused: Refusal | null; kept: Kept | null }> {
    for (;;) {
      const kept = this.board.get(id)
      if (kept === null) return { refused: 'ended', kept: null }
      const next = step(kept.job, event, { revision: kept.revision, nowMs: Date.now() })
      if ('refused' in next) return { refused: next.refused, kept }
      let now = kept
      if (next.record !== null) {
        const written = await this.store.writeJob(next.record, kept.revision)
        if (!written.ok) {
          if (written.now === null) this.board.forget(id)
          else this.board.take(written.now.value, written.now.revision)
          continue
        }
        now = { job: next.record, revision: written.revision }
        this.board.take(now.job, now.revision)
      }
      this.perform(next.effects, now)
      this.poke()
      return { refused: null, kept: now }
    }
  }

  private perform(effects: readonly JobEffect[], { job, revision }: Kept): void {
    for (const effect of effects) {
      if (effect.do === 'stop' && job.cancel !== null) this.scheduling.say(effect.node, { stop: { id: job.id, by: job.cancel } })
      if (effect.do === 'assign') this.offer(job, revision)
    }
  }

  private offer(job: FleetJob, revision: number): void {
    if (job.state.is !== 'given' || this.leader === null) return
    this.offeredMono.set(job.id, monoMs())
    this.scheduling.say(job.state.node, { offer: { job, revision, epoch: this.leader.epoch } })
  }

  /** Something may have to be done. */
  poke(): void {
    this.again = true
    this.acting ??= this.act().finally(() => {
      this.acting = null
    })
  }

  /** It has been looked at since the last change, unless that takes long. */
  async acted(): Promise<void> {
    await Promise.race([this.acting, sleep(ACT_MS)])
  }

  private async act(): Promise<void> {
    while (this.again && !this.stopped) {
      this.again = false
      try {
        this.ready()
        if (this.board.open === 0) {
          await this.forgetSurplus()
          continue
        }
        const nodes = await this.nodes()
        this.ready()
        const wishes = this.board.wishes(nodes, this.leader!.epoch)
        await Promise.all(wishes.map(({ id, event }) => this.change(id, event).finally(() => this.board.settled(id))))
        this.offerAgain()
        await this.forgetSurplus()
      } catch (error) {
        if (!(error instanceof PtrackError)) throw error
        // It is tried again by the clock.
        this.why = messageOf(error)
        return
      }
    }
  }

  private async nodes(): Promise<KnownNode[]> {
    const { presence } = this.own
    const members = await this.scheduling.members()
    const nowMono = monoMs()
    return members.map((node) => {
      const beat = presence.stateOf(node, nowMono) === 'here' ? presence.beatOf(node) : null
      const silence = { seenMono: presence.heardMono(node), listeningSinceMono: this.listeningSinceMono, nowMono }
      const takes = beat?.slots !== undefined
      return {
        node,
        session: takes ? beat.session : null,
        slots: takes ? beat.slots! : 0,
        tags: beat?.tags ?? [],
        isLost: mayTake(silence, AWAY_MS),
        isMember: true,
      }
    })
  }

  private offerAgain(): void {
    const nowMono = monoMs()
    for (const { job, revision } of this.board.all())
      if (job.state.is === 'given' && nowMono - (this.offeredMono.get(job.id) ?? 0) >= OFFER_MS) this.offer(job, revision)
      else if (job.state.is !== 'given') this.offeredMono.delete(job.id)
  }

  private async forgetSurplus(): Promise<void> {
    for (const id of this.board.surplus(fleetLimits.jobsKept)) {
      await this.store.forget(id)
      this.board.forget(id)
    }
  }

  async isMember(node: string): Promise<boolean> {
    return (await this.scheduling.members()).includes(node)
  }

  of(node: string): FleetJob[] {
    return [...this.board.all()].flatMap(({ job }) => (job.state.is !== 'ended' && claimOf(job)?.node === node ? [job] : []))
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
