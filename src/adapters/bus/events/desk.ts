/** In a fleet that a node has made that one keeps events and jobs: others ask it, so that nobody else may ask JetStream (core/fleet/permissions.ts). */
import { gunzipSync, gzipSync } from 'node:zlib'
import type { JobAnswers } from '../../../core/fleet/job-questions.ts'
import type { Asker, WantedEvents } from '../../../core/fleet/messages.ts'
import { isAnswerTo, nameIn, subjects } from '../../../core/fleet/names.ts'
import { type ErrorBody, fromErrorBody, PtrackError, toErrorBody } from '../../../protocol/errors.ts'
import type { EventStream, FleetEventsPage } from '../../../protocol/fleet.ts'
import { fleetLimits } from '../../../protocol/fleet-limits.ts'
import { monoMs } from '../../../protocol/mono.ts'
import { ROLES, type Role } from '../../../protocol/names.ts'
import { type BusConnection, type BusMessage, newAnswerId } from '../bus.ts'
import type { AnyQuestion, JobDesk } from '../jobs/desk.ts'
import { decode, encode } from '../node.ts'
import { asPtrackError } from '../own-daemon.ts'
import { DirectStore } from './direct.ts'
import { type EventStore, type Stored, unknown } from './event-store.ts'

const ANSWER_MS = 2000
/** One question waits so long at most: the node that was asked may have died meanwhile, and nobody says so. */
const SLICE_MS = 2000
/** A change of a job is on disk when it is answered. */
const JOB_MS = 6000
const MOST_BYTES = 64 * 1024 * 1024
const NEWLINE = 10

type Question =
  | { ask: 'last' }
  | { ask: 'state' }
  /** The lines follow. */
  | { ask: 'put'; expected: number }
  | { ask: 'page'; wanted: WantedEvents; asker: Asker }
  | { ask: 'job'; question: AnyQuestion }

/** As another node of the fleet reaches it. */
export class RemoteStore implements EventStore {
  private readonly connection: BusConnection
  private readonly self: string
  private readonly keeper: string

  constructor(connection: BusConnection, self: string, keeper: string) {
    this.connection = connection
    this.self = self
    this.keeper = keeper
  }

  last(): Promise<Stored> {
    return this.ask({ ask: 'last' })
  }

  state(): Promise<EventStream> {
    return this.ask({ ask: 'state' })
  }

  put(body: Buffer, expected: number): Promise<number | null> {
    return this.ask({ ask: 'put', expected }, body)
  }

  async page(wanted: WantedEvents, asker: Asker): Promise<FleetEventsPage> {
    const untilMono = monoMs() + wanted.waitMs
    for (;;) {
      const waitMs = Math.max(0, Math.min(SLICE_MS, Math.round(untilMono - monoMs())))
      const page = await this.ask<FleetEventsPage>({ ask: 'page', wanted: { ...wanted, waitMs }, asker }, undefined, waitMs)
      // Others' events are waited over, and not asked for again.
      if (page.events.length > 0 || page.gap !== null || page.more || monoMs() >= untilMono) return page
      wanted = { ...wanted, since: page.next, stream: page.stream }
    }
  }

  private ask<T>(question: Question, body: Uint8Array = Buffer.alloc(0), waitMs = 0): Promise<T> {
    return askKeeper(this.connection, this.self, this.keeper, question, unknown, body, waitMs)
  }
}

/** The jobs, as another node of the fleet reaches them. */
export class RemoteDesk implements JobDesk {
  private readonly connection: BusConnection
  private readonly self: string
  private readonly keeper: string

  constructor(connection: BusConnection, self: string, keeper: string) {
    this.connection = connection
    this.self = self
    this.keeper = keeper
  }

  ask<Q extends AnyQuestion>(question: Q): Promise<JobAnswers[Q['ask']]> {
    const { connection, self, keeper } = this
    return askKeeper(connection, self, keeper, { ask: 'job', question }, noJobs, Buffer.alloc(0), JOB_MS)
  }
}

const noJobs = (why: string): PtrackError =>
  new PtrackError('BUS_DOWN', `cannot reach the jobs of the fleet: ${why}`, {
    hint: '`ptrack fleet status` shows it; what runs goes on',
  })

async function askKeeper<T>(
  connection: BusConnection,
  self: string,
  keeper: string,
  question: Question,
  unknown: (why: string) => PtrackError,
  body: Uint8Array,
  waitMs: number,
): Promise<T> {
  const sent = Buffer.concat([encode(question), Buffer.from('\n'), body])
  const place = subjects.answer(self, keeper, newAnswerId())
  const reply = await connection.request(subjects.store(self), sent, place, ANSWER_MS + waitMs)
  if (reply === 'nobody') throw unknown(`${keeper}, which keeps them, is not on the bus`)
  if (reply === 'silent') throw unknown(`${keeper}, which keeps them, does not answer`)
  const answer = decode(gunzipSync(reply.data, { maxOutputLength: MOST_BYTES })) as { is: T } | { error: ErrorBody } | null
  if (answer === null) throw unknown(`${keeper} answers what cannot be read`)
  if ('error' in answer) throw fromErrorBody(answer.error)
  return answer.is
}

/** `roleOf`: what people of a member may do on others; null for who is none. */
export function serveStore(
  connection: BusConnection,
  self: string,
  roleOf: (node: string) => Promise<Role | null>,
  jobs: (node: string, role: Role, question: AnyQuestion) => Promise<unknown>,
): () => void {
  let reading = 0

  async function answer({ subject, data }: BusMessage): Promise<unknown> {
    const node = nameIn(subject)!
    const role = await roleOf(node)
    if (role === null) throw new PtrackError('DENIED', `cannot answer ${node}: it is no node of this fleet`)
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    const end = bytes.indexOf(NEWLINE)
    const question = decode(bytes.subarray(0, Math.max(0, end))) as Question | null
    if (question?.ask === 'job') return jobs(node, role, question.question)
    const store = new DirectStore(connection, self, node, role)
    switch (question?.ask) {
      case 'last':
        return store.last()
      case 'state':
        return store.state()
      case 'put':
        return store.put(Buffer.from(bytes.subarray(end + 1)), question.expected)
      case 'page': {
        const { wanted, asker } = question
        if (!isWanted(wanted) || !isAsker(asker)) break
        if (reading >= fleetLimits.readers)
          throw new PtrackError('FAILED', `cannot read the events of the fleet: ${reading} others do so already`)
        reading++
        try {
          return await store.page(wanted, asker)
        } finally {
          reading--
        }
      }
    }
    throw new PtrackError('BAD_REQUEST', `cannot answer ${node}: it cannot read the request`, {
      hint: 'install the same version on both',
    })
  }

  return connection.subscribe(subjects.stores, (message) => {
    const { subject, reply } = message
    const node = nameIn(subject)
    if (node === null || !isAnswerTo(reply, node, self)) return
    void answer(message)
      .then((is) => ({ is }))
      .catch((error: unknown) => ({ error: toErrorBody(asPtrackError(error, 'reach what the fleet keeps')) }))
      .then((said) => connection.publish(reply, gzipSync(encode(said), { level: 1 })))
  })
}

const isWanted = (wanted: Partial<WantedEvents> | undefined): wanted is WantedEvents =>
  (wanted?.since === null || Number.isSafeInteger(wanted?.since)) &&
  (wanted?.stream === null || typeof wanted?.stream === 'string') &&
  typeof wanted?.waitMs === 'number' &&
  wanted.waitMs >= 0 &&
  wanted.waitMs <= fleetLimits.eventsWaitMs

const isAsker = (asker: Partial<Asker> | undefined): asker is Asker =>
  typeof asker?.user === 'string' && (ROLES as readonly unknown[]).includes(asker.role)
