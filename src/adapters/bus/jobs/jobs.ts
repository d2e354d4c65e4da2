/** The jobs of the fleet in ptrackd-fleet: what this node runs of them, and on the node that made the fleet the scheduler. */

import type { JobStream } from '../../../core/fleet/bus-rules.ts'
import type { JobAnswers, ToNode } from '../../../core/fleet/job-questions.ts'
import type { FromAgent, ToAgent } from '../../../core/fleet/messages.ts'
import { subjects } from '../../../core/fleet/names.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import type { Role } from '../../../protocol/names.ts'
import type { BusConnection } from '../bus.ts'
import { RemoteDesk } from '../events/desk.ts'
import { decode, encode, type OwnNode } from '../node.ts'
import type { Founder } from '../own/founder.ts'
import { answerOf } from './answers.ts'
import type { AnyQuestion, JobDesk } from './desk.ts'
import { JobRunner } from './runner.ts'
import { JobScheduler } from './scheduler.ts'

/** How long a bus that is just being connected may keep a request waiting, and a scheduler that has just begun. */
const PATIENCE_MS = 3000

export class Jobs {
  private readonly own: OwnNode
  private readonly founder: Founder | null
  private readonly session: string
  private readonly runner: JobRunner
  private desk: JobDesk | null = null
  private scheduler: JobScheduler | null = null

  constructor(own: OwnNode, founder: Founder | null, session: string, key: string) {
    this.own = own
    this.founder = founder
    this.session = session
    this.runner = new JobRunner(own, session, key)
  }

  get room(): { slots: number; used: number } | null {
    return this.runner.room
  }

  serve(connection: BusConnection): (() => void)[] {
    const { founder } = this
    const { node, own } = this.own.membership
    // On a bus that others run nobody vouches for who gives a job.
    if (own === null) return []
    const stops: (() => void)[] = []
    if (founder === null) {
      this.desk = new RemoteDesk(connection, node, own.founder)
      stops.push(
        connection.subscribe(subjects.jobs(node, own.founder), ({ data }) => {
          const message = decode(data) as ToNode | null
          if (message !== null) this.runner.hear(message)
        }),
      )
    } else {
      const say = (to: string, message: ToNode): void => {
        if (to === node) queueMicrotask(() => this.runner.hear(message))
        else connection.publish(subjects.jobs(to, node), encode(message))
      }
      const scheduler = new JobScheduler(this.own, { members: () => founder.members(), session: this.session, say, connection })
      this.scheduler = scheduler
      this.desk = { ask: (question) => this.answer(node, 'admin', question) as never }
      stops.push(scheduler.serve(), () => {
        if (this.scheduler === scheduler) this.scheduler = null
      })
    }
    const { desk } = this
    stops.push(this.runner.serve(desk), () => {
      if (this.desk === desk) this.desk = null
    })
    return stops
  }

  /** Of a node, on the one that schedules. */
  async answer(node: string, role: Role, question: AnyQuestion): Promise<unknown> {
    if (this.scheduler === null) throw away('its scheduler is not on the bus')
    return answerOf(this.scheduler, node, role, question)
  }

  /** How they are kept; null where that cannot be seen. */
  async settings(): Promise<JobStream | null> {
    if (this.founder === null) return null
    if (this.scheduler === null) throw away('its scheduler is not on the bus')
    return this.scheduler.store.settings()
  }

  async ask({ id, question }: ToAgent & { kind: 'jobs' }): Promise<FromAgent> {
    const { own, node } = this.own.membership
    if (own === null)
      throw new PtrackError(
        'BAD_REQUEST',
        'cannot run jobs in the fleet: it is on a bus that others run, where nobody vouches for who gives them',
        {
          hint: `\`ptrack run --node NODE\` runs one on another node than ${node}; \`ptrack fleet create\` makes a fleet that has jobs`,
        },
      )
    await this.own.onBus(PATIENCE_MS)
    for (const untilMs = Date.now() + PATIENCE_MS; ; ) {
      try {
        if (this.desk === null) throw away(this.own.facts.reason ?? 'this node is not on the bus yet')
        const answer: JobAnswers[typeof question.ask] = await this.desk.ask(question)
        return { kind: 'jobs', id, answer }
      } catch (error) {
        // The scheduler may just be beginning; what is asked twice is done once.
        if (!(error instanceof PtrackError) || error.code !== 'BUS_DOWN' || Date.now() > untilMs) throw error
        await new Promise((resolve) => setTimeout(resolve, 200))
      }
    }
  }
}

const away = (why: string): PtrackError =>
  new PtrackError('BUS_DOWN', `cannot reach the jobs of the fleet: ${why}`, {
    hint: '`ptrack fleet status` shows it; what runs goes on',
  })
