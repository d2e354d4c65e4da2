/** A stream of JetStream by its own requests: what the library makes of them stays blind for long after its server dies. */

import { subjects } from '../../core/fleet/names.ts'
import { PtrackError } from '../../protocol/errors.ts'
import type { BusConnection } from './bus.ts'
import { newAnswerId } from './bus.ts'
import { pull, type StreamMessage } from './events/pull.ts'
import { decode, encode } from './node.ts'

const ANSWER_MS = 2000
const NANOS = 1_000_000

interface Refusal {
  code: number
  err_code: number
  description: string
}
const WRONG_LAST = 10_071
const NO_STREAM = 10_059
const NO_MESSAGE = 10_037
const EXISTS = 10_058

class Refused extends Error {
  readonly number: number
  constructor({ err_code, description }: Refusal) {
    super(description)
    this.number = err_code
  }
}

export interface StreamKind {
  name: string
  /** What cannot be reached, in a sentence. */
  what: string
  hint: string
  /** Its settings, the most wanted first: where there is no room, the next ones. */
  configs: readonly object[]
}

const NO_ROOM: readonly number[] = [10_047, 10_028, 10_023]

export class StreamApi {
  private readonly connection: BusConnection
  /** The node that asks. */
  private readonly self: string
  private readonly kind: StreamKind

  constructor(connection: BusConnection, self: string, kind: StreamKind) {
    this.connection = connection
    this.self = self
    this.kind = kind
  }

  unknown(why: string): PtrackError {
    const { what, hint } = this.kind
    return new PtrackError('BUS_DOWN', `cannot reach ${what}: ${why}`, { hint })
  }

  /** From the leader, whose word alone holds: a copy may be behind. */
  async last(subject: string): Promise<{ seq: number; text: string } | null> {
    try {
      const { message } = await this.api<{ message: { seq: number; data?: string } }>('STREAM.MSG.GET', {
        last_by_subj: subject,
      })
      return { seq: message.seq, text: Buffer.from(message.data ?? '', 'base64').toString('utf8') }
    } catch (error) {
      if (error instanceof Refused && error.number === NO_MESSAGE) return null
      throw error
    }
  }

  /** The number that it got; null when the last one of the subject is not `expected`, or so the server says. */
  async put(subject: string, body: Uint8Array, expected: number): Promise<number | null> {
    const fields = { 'Nats-Expected-Last-Subject-Sequence': String(expected) }
    const reply = await this.connection.request(subject, body, this.inbox(), ANSWER_MS, fields)
    // A subject that nobody hears: the stream is not there (any more).
    if (reply === 'nobody') await this.create()
    if (typeof reply === 'string') throw this.unknown('the bus does not acknowledge it')
    const { seq, error } = decode(reply.data) as { seq?: number; error?: Refusal }
    if (error?.err_code === WRONG_LAST) return null
    if (error !== undefined) throw this.unknown(error.description)
    return seq!
  }

  /** Messages after this number: those that are there, or the first that comes in time. */
  async after(since: number, maxBytes: number, waitMs: number): Promise<StreamMessage[]> {
    const { name: stream } = this.kind
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
      { stream_name: stream, config, action: '' },
      `.${name}`,
    )
    try {
      const next = `$JS.API.CONSUMER.MSG.NEXT.${stream}.${name}`
      const silent = (): PtrackError => this.unknown('the bus has fallen silent')
      return await pull(this.connection, { next, inbox: this.inbox(), pending: made.num_pending, maxBytes, waitMs, silent })
    } finally {
      // It ends by itself too; nobody waits for this.
      this.connection.publish(`$JS.API.CONSUMER.DELETE.${stream}.${name}`, new Uint8Array())
    }
  }

  /** A stream that is not there is made. */
  async api<T>(what: string, body: object, more = ''): Promise<T> {
    for (let made = false; ; made = true) {
      try {
        return await this.ask<T>(what, body, more)
      } catch (error) {
        if (!(error instanceof Refused) || error.number === NO_MESSAGE) throw error
        if (error.number !== NO_STREAM || made) throw this.unknown(error.message)
        await this.create()
      }
    }
  }

  private async create(): Promise<void> {
    const { name, configs } = this.kind
    for (const [index, config] of configs.entries()) {
      try {
        await this.ask('STREAM.CREATE', { name, ...config })
        return
      } catch (error) {
        if (!(error instanceof Refused)) throw error
        // Another node has just made it, or it is one with other settings: `fleet doctor` looks at them.
        if (error.number === EXISTS) return
        if (!NO_ROOM.includes(error.number) || index === configs.length - 1)
          throw this.unknown(`it makes no stream: ${error.message}`)
      }
    }
  }

  private async ask<T>(what: string, body: object, more = ''): Promise<T> {
    if (!this.connection.info.jetstream) throw this.unknown('JetStream is off there, so the bus keeps nothing')
    const subject = `$JS.API.${what}.${this.kind.name}${more}`
    const reply = await this.connection.request(subject, encode(body), this.inbox(), ANSWER_MS)
    if (reply === 'nobody') throw this.unknown('JetStream is not there for this account')
    if (reply === 'silent') throw this.unknown('the bus does not answer')
    const answer = decode(reply.data) as (T & { error?: Refusal }) | null
    if (answer === null) throw this.unknown('the bus answers what cannot be read')
    if (answer.error !== undefined) throw new Refused(answer.error)
    return answer
  }

  private inbox(): string {
    return subjects.answer(this.self, this.self, newAnswerId())
  }
}
