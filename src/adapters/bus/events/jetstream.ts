/** The stream PT_EVENTS: one message after the other of each node, and pages of all. */
import { readHead } from '../../../core/fleet/batches.ts'
import { EVENT_STREAM, nameIn, subjects } from '../../../core/fleet/names.ts'
import type { EventStream } from '../../../protocol/fleet.ts'
import { fleetLimits } from '../../../protocol/fleet-limits.ts'
import type { BusConnection } from '../bus.ts'
import { StreamApi } from '../stream-api.ts'
import { eventsHint, eventsOfFleet, type Stored } from './event-store.ts'
import type { StreamMessage } from './pull.ts'

const NANOS = 1_000_000
/** What a disk that has no room for all of it may keep at least. */
const LEAST_BYTES = 16_000_000

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

/** As many copies as the fleet has servers: one so far. */
const configOf = (bytes: number): object => ({
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
})

function configs(): object[] {
  const all: object[] = []
  for (let bytes: number = fleetLimits.eventsKeptBytes; all.length === 0 || bytes * 4 >= LEAST_BYTES; bytes /= 4)
    all.push(configOf(bytes))
  return all
}

export class JetStream {
  private readonly stream: StreamApi

  constructor(connection: BusConnection, self: string) {
    this.stream = new StreamApi(connection, self, {
      name: EVENT_STREAM,
      what: eventsOfFleet,
      hint: eventsHint,
      configs: configs(),
    })
  }

  async last(node: string): Promise<Stored> {
    const last = await this.stream.last(subjects.events(node))
    return last === null ? { seq: 0, end: null } : { seq: last.seq, end: readHead(last.text)?.end ?? null }
  }

  put(node: string, body: Uint8Array, expected: number): Promise<number | null> {
    return this.stream.put(subjects.events(node), body, expected)
  }

  async state(): Promise<EventStream> {
    const { created, config, state } = await this.stream.api<Info>('STREAM.INFO', {})
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

  after(since: number, maxBytes: number, waitMs: number): Promise<StreamMessage[]> {
    return this.stream.after(since, maxBytes, waitMs)
  }
}

/** Which node it is from, as the server vouches. */
export const nodeOf = ({ subject }: StreamMessage): string | null => nameIn(subject)
