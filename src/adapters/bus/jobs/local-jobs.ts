/** Jobs of the fleet in this node's daemon: ordinary jobs, begun with the rights of their submitter, under a name that begins once. */
import { setTimeout as pause } from 'node:timers/promises'
import { type FleetJob, processOf } from '../../../core/fleet/job.ts'
import { deletedUnseen, type LocalRun } from '../../../core/fleet/reconcile.ts'
import type { FleetRun } from '../../../core/fleet/run-of.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import type { FleetJobOutcome } from '../../../protocol/fleet-jobs.ts'
import type { LimitsView } from '../../../protocol/job-requests.ts'
import { isEnded } from '../../../protocol/names.ts'
import type { Input, Method, Reply } from '../../../protocol/requests.ts'
import { messageOf } from '../../errno.ts'
import type { OwnNode } from '../node.ts'
import { askDaemon } from '../own-daemon.ts'
import { forgetBegun, listBegun } from './begun-files.ts'

const ANSWER_MS = 10_000
const AGAIN_MS = 500
/** The longest time that a timer takes. */
const LONG_MS = 2_147_483_000

type Person = NonNullable<FleetJob['cancel']>

export class LocalJobs {
  private readonly own: OwnNode
  private readonly key: string

  constructor(own: OwnNode, key: string) {
    this.own = own
    this.key = key
  }

  limits(): Promise<LimitsView> {
    return this.ask('limits.get', {})
  }

  /** What the daemon has of this run, or had. */
  async look(name: string, run: FleetRun): Promise<LocalRun> {
    const [view] = await unlessUnknown(this.ask('list', { targets: [name], all: true }), [])
    if (view !== undefined) {
      const { status, exitCode, signal, reason, error } = view
      if (!isEnded(status)) return { is: 'alive' }
      return { is: 'ended', outcome: { status, exitCode, signal, reason: reason ?? error?.message ?? null } }
    }
    const { rows } = await unlessUnknown(this.ask('history', { targets: [name], max: 1 }), {
      rows: [],
      cursor: null,
      notices: [],
    })
    const [row] = rows
    if (row === undefined) return { is: 'absent', hasBegun: this.hasBegun(run) }
    const { outcome: status, exitCode, signal, reason } = row
    return { is: 'ended', outcome: { status, exitCode, signal, reason } }
  }

  private hasBegun({ job, fence }: FleetRun): boolean {
    return listBegun(this.own.home).some((begun) => begun.job === job && begun.fence === fence)
  }

  /** Runs whose end is not known to the fleet, as far as this node knows. */
  begun(): FleetRun[] {
    return listBegun(this.own.home)
  }

  settled(run: FleetRun): void {
    forgetBegun(this.own.home, run)
  }

  /** null = it has begun, now or before; otherwise how it has ended without beginning. */
  async start(job: FleetJob, fence: number): Promise<FleetJobOutcome | null> {
    const name = processOf(job)
    const { metadata } = job.definition
    const definition = {
      ...job.definition,
      name,
      kind: 'job',
      metadata: { ...(metadata as object | undefined), fleet: { job: job.id, onLost: job.onLost, attempt: job.attempt, fence } },
    } as unknown as Input<'start'>['definition']
    const set = { ...job.env, PTRACK_FENCE: String(fence), PTRACK_FLEET_JOB: job.id }
    const person = { user: job.owner, role: job.role, node: job.from }
    for (;;) {
      try {
        const [result] = await this.ask('start', { definition, env: { set }, owner: job.owner, noWait: true }, person)
        if (result?.error == null) return null
        if (result.error.code === 'DUPLICATE_NAME') return null
        return failure(result.error.message)
      } catch (error) {
        if (error instanceof PtrackError) return error.code === 'DUPLICATE_NAME' ? null : failure(error.message)
        // The daemon is slow, or gone: a name begins once, so it may be asked again.
        process.stderr.write(`ptrackd-fleet: ${messageOf(error)}\n`)
        await pause(AGAIN_MS)
      }
    }
  }

  async untilEnded(name: string, run: FleetRun): Promise<FleetJobOutcome> {
    for (;;) {
      // It throws for a job that has failed; what counts is what it is afterwards.
      await this.ask('wait', { targets: [name], for: 'ended' }, undefined, LONG_MS).catch(() => {})
      const found = await this.look(name, run).catch((): LocalRun => ({ is: 'alive' }))
      if (found.is === 'ended') return found.outcome
      if (found.is === 'absent') return deletedUnseen(this.own.membership.node)
      await pause(AGAIN_MS)
    }
  }

  async cancel(name: string, by: Person): Promise<void> {
    await this.ask('cancel', { targets: [name], noWait: true }, by)
  }

  /** As its own user, where nobody else is named. */
  private ask<M extends Method>(method: M, params: Input<M>, person?: Person, ms = ANSWER_MS): Promise<Reply<M>> {
    const { user, membership, home } = this.own
    const as = person ?? { user, role: 'admin', node: membership.node }
    return askDaemon(home, { method: 'admit', params: { ...as, key: this.key } }, { method, params }, ms).catch(
      (error: unknown) => {
        if (!(error instanceof PtrackError) || error.code !== 'FENCED') throw error
        // Whatever it believes to know is the next one's to find out; the end of its channel says the same in a moment.
        process.stderr.write(`ptrackd-fleet: ${error.message}\n`)
        process.exit(0)
      },
    )
  }
}

const failure = (reason: string): FleetJobOutcome => ({ status: 'failed', exitCode: null, signal: null, reason })

async function unlessUnknown<T>(answer: Promise<T>, none: T): Promise<T> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof PtrackError && error.code === 'NOT_FOUND') return none
    throw error
  }
}
