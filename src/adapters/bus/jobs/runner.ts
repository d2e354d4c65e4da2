/** A node's part in the jobs of the fleet: it takes what it is offered, has its daemon run it as an ordinary job, and reports the end. */
import { availableParallelism } from 'node:os'
import type { FleetJob, JobEvent, Refusal } from '../../../core/fleet/job.ts'
import { claimOf, processOf } from '../../../core/fleet/job.ts'
import type { ToNode } from '../../../core/fleet/job-questions.ts'
import { answerTo, type LocalRun, type Offer, reconcile } from '../../../core/fleet/reconcile.ts'
import { Backoff } from '../../../protocol/backoff.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import type { FleetJobOutcome } from '../../../protocol/fleet-jobs.ts'
import { messageOf } from '../../errno.ts'
import type { OwnNode } from '../node.ts'
import type { JobDesk } from './desk.ts'
import { LocalJobs } from './local-jobs.ts'

/** Between two looks at what the scheduler takes for this node's: a claim of an earlier life may have come after the first. */
const MINE_MS = 5000
const AGAIN_MS = 1000

export class JobRunner {
  private readonly own: OwnNode
  private readonly session: string
  private readonly local: LocalJobs
  private desk: JobDesk | null = null
  /** Jobs of the fleet that are here, from the claim on; by id. `process`: it runs under this name. */
  private readonly has = new Map<string, { process: string | null }>()
  private epoch = 0
  private slots: number | null = null

  constructor(own: OwnNode, session: string, key: string) {
    this.own = own
    this.session = session
    this.local = new LocalJobs(own, key)
  }

  /** What the node says of itself; null while it takes none. */
  get room(): { slots: number; used: number } | null {
    return this.desk === null || this.slots === null ? null : { slots: this.slots, used: this.has.size }
  }

  serve(desk: JobDesk): () => void {
    this.desk = desk
    let stopped = false
    let timer: NodeJS.Timeout | undefined
    const look = async (): Promise<void> => {
      let pauseMs = MINE_MS
      try {
        const { global } = await this.local.limits()
        await this.resume(desk)
        if (!stopped) this.slots = global ?? availableParallelism()
      } catch (error) {
        report(error)
        pauseMs = AGAIN_MS
      }
      if (!stopped) timer = setTimeout(() => void look(), pauseMs)
    }
    void look()
    return () => {
      stopped = true
      clearTimeout(timer)
      if (this.desk === desk) {
        this.desk = null
        this.slots = null
      }
    }
  }

  /** From the scheduler. */
  hear(message: ToNode): void {
    if ('offer' in message) this.offered(message.offer)
    else void this.stop(message.stop.id, message.stop.by)
  }

  private offered(offer: Offer): void {
    const { slots, session } = this
    if (slots === null) return
    const { node } = this.own.membership
    const { job, revision, epoch } = offer
    const answer = answerTo(offer, { node, session, epoch: this.epoch, slots, has: new Set(this.has.keys()) })
    this.epoch = Math.max(this.epoch, epoch)
    if (answer === 'has it') return
    if (answer !== 'take') {
      this.say(job.id, { is: 'refuse', node, given: revision, why: answer.refuse }).catch(report)
      return
    }
    this.has.set(job.id, { process: null })
    void this.take(job, revision)
  }

  /** The claim is asked for until it is known, and nothing begins before. */
  private async take(job: FleetJob, fence: number): Promise<void> {
    const { node } = this.own.membership
    const refused = await this.sayUntilKnown(job.id, { is: 'claim', node, session: this.session, given: fence })
    if (refused !== null) {
      this.has.delete(job.id)
      return
    }
    const failure = await this.local.start(job, fence)
    if (failure === null) await this.watch(job, fence)
    else await this.end(job.id, fence, failure)
  }

  private async watch(job: FleetJob, fence: number): Promise<void> {
    const process = processOf(job)
    this.has.set(job.id, { process })
    await this.end(job.id, fence, await this.local.untilEnded(process, { job: job.id, fence }))
  }

  private async end(id: string, fence: number, outcome: FleetJobOutcome): Promise<void> {
    const { node } = this.own.membership
    const refused = await this.sayUntilKnown(id, { is: 'end', node, fence, outcome })
    if (refused !== null)
      process.stderr.write(`ptrackd-fleet: the end of the job ${id} (fence ${fence}) is refused: ${refused}\n`)
    this.has.delete(id)
  }

  /** What is this node's, as the scheduler sees it. */
  private async resume(desk: JobDesk): Promise<void> {
    const { node } = this.own.membership
    const begun = this.local.begun()
    const mine = await desk.ask({ ask: 'mine' })
    // One that is claimed meanwhile was no process yet when these were looked at.
    const open = new Set(mine.map(({ id }) => id))
    for (const run of begun) if (!open.has(run.job) && !this.has.has(run.job)) this.local.settled(run)
    for (const job of mine) {
      const known = this.has.get(job.id)
      const claim = claimOf(job)
      if (known === undefined && claim !== null)
        await this.resumeOne(job, await this.local.look(processOf(job), { job: job.id, fence: claim.fence }))
      else if (known !== undefined && known.process !== null && job.state.is === 'unknown') {
        const { fence } = claim!
        await this.say(job.id, { is: 'found', node, fence })
      }
      if (job.cancel !== null) await this.stop(job.id, job.cancel)
    }
  }

  private async resumeOne(job: FleetJob, local: LocalRun): Promise<void> {
    const { node } = this.own.membership
    const action = reconcile(job, local, node)
    if (action.report === null) return
    const { fence } = claimOf(job)!
    if (action.report === 'found') {
      await this.say(job.id, { is: 'found', node, fence })
      void this.watch(job, fence)
    } else if (action.report === 'neverBegan') await this.say(job.id, { is: 'neverBegan', node, fence })
    else await this.say(job.id, { is: 'end', node, fence, outcome: action.outcome })
  }

  private async stop(id: string, by: NonNullable<FleetJob['cancel']>): Promise<void> {
    const process = this.has.get(id)?.process ?? null
    if (process !== null) await this.local.cancel(process, by).catch(report)
  }

  private async say(id: string, event: JobEvent): Promise<Refusal | null> {
    if (this.desk === null) throw new PtrackError('BUS_DOWN', 'cannot reach the jobs of the fleet: this node is not on the bus')
    return (await this.desk.ask({ ask: 'change', id, event })).refused
  }

  private async sayUntilKnown(id: string, event: JobEvent): Promise<Refusal | null> {
    for (const backoff = new Backoff(); ; ) {
      try {
        return await this.say(id, event)
      } catch (error) {
        report(error)
        await new Promise((resolve) => setTimeout(resolve, backoff.next()))
      }
    }
  }
}

/** It is tried again; anything else is a bug. */
function report(error: unknown): void {
  if (!(error instanceof PtrackError)) throw error
  if (error.code !== 'BUS_DOWN') process.stderr.write(`ptrackd-fleet: ${messageOf(error)}\n`)
}
