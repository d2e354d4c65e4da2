/** What a process outside the daemon knows of logs: sent with each request for a page. */
import type { StreamName } from '../paths.ts'
import { STREAMS } from '../paths.ts'
import type { ProcessLogs } from '../process-logs.ts'
import { type Entry, entriesOf } from '../time-index.ts'
import type { LogsView, StreamView } from '../view.ts'

interface StreamFacts {
  life: number
  archives: { from: number; to: number; gz: boolean }[]
  base: number
  end: number
  flushedAt: number
  modifiedMs: number | null
}

export interface LogsFacts {
  name: string
  live: boolean
  /** Null when unchanged since the last time. */
  index: string | null
  streams: Record<StreamName, StreamFacts>
}

/** The version of each index that the reader process has. */
export type SentIndexes = WeakMap<ProcessLogs, number>

export function factsOf(logs: ProcessLogs, sent: SentIndexes): LogsFacts {
  const { version } = logs.index
  const index = sent.get(logs) === version ? null : logs.index.text()
  sent.set(logs, version)
  const factsOfStream = (stream: StreamName): StreamFacts => {
    const { life, archives, base, end, flushedAt, modifiedMs } = logs.streams[stream]
    return { life, archives: archives.map(({ from, to, gz }) => ({ from, to, gz })), base, end, flushedAt, modifiedMs }
  }
  return { name: logs.name, live: logs.live, index, streams: { out: factsOfStream('out'), err: factsOfStream('err') } }
}

/** One stream; the same object for as long as it is the same log. */
export class FarStream implements StreamView {
  readonly name: string
  readonly stream: StreamName
  readonly life: number
  archives: StreamFacts['archives'] = []
  base = 0
  end = 0
  flushedAt = 0
  modifiedMs: number | null = null

  constructor(name: string, stream: StreamName, life: number) {
    this.name = name
    this.stream = stream
    this.life = life
  }

  get oldest(): number {
    return this.archives.at(-1)?.from ?? this.base
  }
}

export class FarLogs implements LogsView {
  readonly name: string
  live = false
  readonly streams: Record<StreamName, FarStream>
  private entries: readonly Entry[] = []

  constructor(facts: LogsFacts) {
    this.name = facts.name
    this.streams = {
      out: new FarStream(facts.name, 'out', facts.streams.out.life),
      err: new FarStream(facts.name, 'err', facts.streams.err.life),
    }
    this.learn(facts)
  }

  learn(facts: LogsFacts): void {
    this.live = facts.live
    if (facts.index !== null) this.entries = entriesOf(facts.index)
    for (const stream of STREAMS) {
      const { life, ...rest } = facts.streams[stream]
      if (this.streams[stream].life !== life) this.streams[stream] = new FarStream(this.name, stream, life)
      Object.assign(this.streams[stream], rest)
    }
  }

  entriesFrom(): readonly Entry[] {
    return this.entries
  }
}
