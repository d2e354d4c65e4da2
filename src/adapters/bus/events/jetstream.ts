/** The stream PT_EVENTS, by the requests of JetStream themselves: what the library makes of them stays blind for long after its server dies. */
import { readHead } from '../../../core/fleet/batches.ts'
import { EVENT_STREAM, nameIn, subjects } from '../../../core/fleet/names.ts'
import type { EventStream } from '../../../protocol/fleet.ts'
import { fleetLimits } from '../../../protocol/fleet-limits.ts'
import { type BusConnection, newAnswerId } from '../bus.ts'
import { decode, encode } from '../node.ts'
import { type Stored, unknown } from './event-store.ts'
import { pull, type StreamMessage } from './pull.ts'

const ANSWER_MS = 2000
const NANOS = 1_000_000
/** What a disk that has no room for all of it may keep at least. */
const LEAST_BYTES = 16_000_000

interface Refusal {
  code: number
  err_code: number
  description: string
}
const WRONG_LAST = 10_071
const NO_STREAM = 10_059
const NO_MESSAGE = 10_037
const NO_ROOM: readonly number[] = [10_047, 10_028, 10_023]
const EXISTS = 10_058

class Refused extends Error {
  readonly number: number
  constructor({ err_code, description }: Refusal) {
    super(description)
    this.number = err_code
  }
}

interface Info {
  created: string
  config: {
    max_age: number
    max_bytes: number
    num_replicas: number
    storage: string
    discard: string
  }
  state: { messages: number; bytes: number; first_seq: number; last_seq: number; first_ts: string }
}

export class JetStream {
  private readonly connection: BusConnection
  /** The node that asks. */
  private readonly self: string

  constructor(connection: BusConnection, self: string) {
    this.connection = connection
    this.self = self
  }

  /** From the leader, whose word alone holds: a copy may be behind. */
  async last(node: string): Promise<Stored> {
    try {
      const { message } = await this.api<{ message: { seq: number; data?: string } }>('STREAM.MSG.GET', {
        last_by_subj: subjects.events(node),
      })
      const text = Buffer.from(message.data ?? '', 'base64').toString('utf8')
      return { seq: message.seq, end: readHead(text)?.end ?? null }
    } catch (error) {
      if (error instanceof Refused && error.number === NO_MESSAGE) return { seq: 0, end: null }
      throw error
    }
  }

  async put(node: string, body: Uint8Array, expected: number): Promise<number | null> {
    const fields = { 'Nats-Expected-Last-Subject-Sequence': String(expected) }
    const reply = await this.connection.request(subjects.events(node), body, this.inbox(), ANSWER_MS, fields)
    // A subject that nobody hears: the stream is not there (any more).
    if (reply === 'nobody') await this.create()
    if (typeof reply === 'string') throw unknown('the bus does not acknowledge them')
    const { seq, error } = decode(reply.data) as { seq?: number; error?: Refusal }
    if (error?.err_code === WRONG_LAST) return null
    if (error !== undefined) throw unknown(error.description)
    return seq!
  }

  async state(): Promise<EventStream> {
    const { created, config, state } = await this.api<Info>('STREAM.INFO', {})
    return {
      made: created,
      messages: state.messages,
      bytes: state.bytes,
      first: state.messages === 0 ? state.last_seq + 1 : state.first_seq,
      last: state.last_seq,
      oldest: state.messages === 0 ? null : state.first_ts,
      keepsMs: config.max_age / NANOS,
      keepsBytes: config.max_bytes,
      replicas: config.num_replicas,
      isOnDisk: config.storage === 'file',
      dropsOldest: config.discard === 'old',
    }
  }

  /** Messages after this number: those that are there, or the first that comes in time. */
  async after(since: number, maxBytes: number, waitMs: number): Promise<StreamMessage[]> {
    const name = newAnswerId()
    const config = {
      name,
      ack_policy: 'none',
      mem_storage: true,
      num_replicas: 1,
      inactive_threshold: 30_000 * NANOS,
      deliver_policy: 'by_start_sequence',
      opt_start_seq: since + 1,
    }
    const made = await this.api<{ num_pending: number }>(
      'CONSUMER.CREATE',
      { stream_name: EVENT_STREAM, config, action: '' },
      `.${name}`,
    )
    try {
      const next = `$JS.API.CONSUMER.MSG.NEXT.${EVENT_STREAM}.${name}`
      return await pull(this.connection, { next, inbox: this.inbox(), pending: made.num_pending, maxBytes, waitMs })
    } finally {
      // It ends by itself too; nobody waits for this.
      this.connection.publish(`$JS.API.CONSUMER.DELETE.${EVENT_STREAM}.${name}`, new Uint8Array())
    }
  }

  /** As many copies as the fleet has servers: one so far. */
  private async create(): Promise<void> {
    for (let bytes: number = fleetLimits.eventsKeptBytes; ; bytes /= 4) {
      const config = {
        name: EVENT_STREAM,
        subjects: [subjects.allEvents],
        retention: 'limits',
        discard: 'old',
        storage: 'file',
        num_replicas: 1,
        max_age: fleetLimits.eventsKeptMs * NANOS,
        max_bytes: bytes,
        // Each message is found again by its number alone; duplicates are kept away by the expected sequence.
        duplicate_window: 1000 * NANOS,
        deny_delete: true,
      }
      try {
        await this.ask('STREAM.CREATE', config)
        return
      } catch (error) {
        if (!(error instanceof Refused)) throw error
        // Another node has just made it, or it is one with other settings: `fleet doctor` looks at them.
        if (error.number === EXISTS) return
        if (!NO_ROOM.includes(error.number) || bytes < LEAST_BYTES) throw unknown(`it makes no stream: ${error.message}`)
      }
    }
  }

  /** A stream that is not there is made. */
  private async api<T>(what: string, body: object, more = ''): Promise<T> {
    for (let made = false; ; made = true) {
      try {
        return await this.ask<T>(what, body, more)
      } catch (error) {
        if (!(error instanceof Refused) || error.number === NO_MESSAGE) throw error
        if (error.number !== NO_STREAM || made) throw unknown(error.message)
        await this.create()
      }
    }
  }

  private async ask<T>(what: string, body: object, more = ''): Promise<T> {
    if (!this.connection.info.jetstream) throw unknown('JetStream is off there, so the bus keeps nothing')
    const subject = `$JS.API.${what}.${EVENT_STREAM}${more}`
    const reply = await this.connection.request(subject, encode(body), this.inbox(), ANSWER_MS)
    if (reply === 'nobody') throw unknown('JetStream is not there for this account')
    if (reply === 'silent') throw unknown('the bus does not answer')
    const answer = decode(reply.data) as (T & { error?: Refusal }) | null
    if (answer === null) throw unknown('the bus answers what cannot be read')
    if (answer.error !== undefined) throw new Refused(answer.error)
    return answer
  }

  private inbox(): string {
    return subjects.answer(this.self, this.self, newAnswerId())
  }
}

/** Which node it is from, as the server vouches. */
export const nodeOf = ({ subject }: StreamMessage): string | null => nameIn(subject)
