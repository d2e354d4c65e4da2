/** The store of jobs: keys whose values change only by comparing what they were. Whatever cannot be known throws BUS_DOWN. */
import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { JobStream } from '../../../core/fleet/bus-rules.ts'
import type { FleetJob } from '../../../core/fleet/job.ts'
import { JOB_STREAM, subjects } from '../../../core/fleet/names.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import { monoMs } from '../../../protocol/mono.ts'
import type { QueueLimits } from '../../../protocol/settings.ts'
import type { BusConnection } from '../bus.ts'
import { decode } from '../node.ts'
import { StreamApi } from '../stream-api.ts'

const PAGE_BYTES = 1024 * 1024
const KEPT_BYTES = [1_000_000_000, 250_000_000, 64_000_000]
/** An answer that was lost is looked for as long. */
const KNOWN_MS = 6000
const AGAIN_MS = 50

const NANOS = 1_000_000

interface Info {
  config: {
    storage: string
    max_age: number
    max_bytes: number
    max_msgs_per_subject: number
    num_replicas: number
    discard: string
  }
  state: { bytes: number }
}

/** Who schedules: each takes the next number. */
export interface Leader {
  node: string
  session: string
  epoch: number
}

interface Keys {
  scheduler: Leader
  limits: QueueLimits
  job: FleetJob
}

export interface Present<T> {
  value: T
  revision: number
}

export class JobStore {
  private readonly stream: StreamApi

  constructor(connection: BusConnection, self: string) {
    this.stream = new StreamApi(connection, self, {
      name: JOB_STREAM,
      what: 'the jobs of the fleet',
      hint: '`ptrack fleet status` shows the bus; what runs goes on',
      configs: KEPT_BYTES.map((bytes) => ({
        subjects: [subjects.allJobs],
        retention: 'limits',
        storage: 'file',
        num_replicas: 1,
        // None is dropped to make room: a job that cannot be kept is refused.
        discard: 'new',
        max_bytes: bytes,
        max_msgs_per_subject: 1,
        allow_rollup_hdrs: true,
        deny_delete: true,
      })),
    })
  }

  /** Everything that is there. */
  async all(): Promise<{ jobs: Present<FleetJob>[]; limits: Present<QueueLimits> | null }> {
    const jobs: Present<FleetJob>[] = []
    let limits: Present<QueueLimits> | null = null
    for (let since = 0; ; ) {
      const messages = await this.stream.after(since, PAGE_BYTES, 0)
      if (messages.length === 0) return { jobs, limits }
      for (const { seq, subject, data } of messages) {
        since = Math.max(since, seq)
        const value = decode(data)
        if (subject === subjects.jobLimits) limits = { value: value as QueueLimits, revision: seq }
        else if (subject.startsWith(subjects.job('')) && value !== null) jobs.push({ value: value as FleetJob, revision: seq })
      }
    }
  }

  /** For `fleet doctor`. */
  async settings(): Promise<JobStream> {
    const { config, state } = await this.stream.api<Info>('STREAM.INFO', {})
    return {
      isOnDisk: config.storage === 'file',
      keepsMs: config.max_age / NANOS,
      keepsBytes: config.max_bytes,
      bytes: state.bytes,
      perRecord: config.max_msgs_per_subject,
      replicas: config.num_replicas,
      refusesNew: config.discard === 'new',
    }
  }

  leader(): Promise<Present<Leader> | null> {
    return this.read(subjects.scheduler)
  }

  writeLeader(leader: Leader, expected: number): Promise<Written<Leader>> {
    return this.write<'scheduler'>(subjects.scheduler, leader, expected)
  }

  writeJob(job: FleetJob, expected: number): Promise<Written<FleetJob>> {
    return this.write<'job'>(subjects.job(job.id), job, expected)
  }

  limits(): Promise<Present<QueueLimits> | null> {
    return this.read(subjects.jobLimits)
  }

  writeLimits(limits: QueueLimits, expected: number): Promise<Written<QueueLimits>> {
    return this.write<'limits'>(subjects.jobLimits, limits, expected)
  }

  async forget(id: string): Promise<void> {
    await this.stream.api('STREAM.PURGE', { filter: subjects.job(id) })
  }

  private async read<T>(subject: string): Promise<Present<T> | null> {
    const last = await this.stream.last(subject)
    if (last === null) return null
    const { nonce: _, ...value } = JSON.parse(last.text) as T & { nonce?: string }
    return { value: value as T, revision: last.seq }
  }

  /**
   * A refusal is not believed, and an answer may be lost: what is there is read from the leader of the stream, and an own write is
   * known by its nonce.
   */
  private async write<K extends keyof Keys>(subject: string, value: Keys[K], expected: number): Promise<Written<Keys[K]>> {
    const nonce = randomBytes(9).toString('base64url')
    const body = Buffer.from(JSON.stringify({ ...value, nonce }), 'utf8')
    const untilMono = monoMs() + KNOWN_MS
    for (;;) {
      try {
        const revision = await this.stream.put(subject, body, expected)
        if (revision !== null) return { ok: true, revision }
        const last = await this.stream.last(subject)
        if (last !== null && (JSON.parse(last.text) as { nonce?: string }).nonce === nonce)
          return { ok: true, revision: last.seq }
        if ((last?.seq ?? 0) !== expected) return { ok: false, now: await this.read<Keys[K]>(subject) }
      } catch (error) {
        if (!(error instanceof PtrackError) || monoMs() > untilMono) throw error
      }
      await pause(AGAIN_MS)
    }
  }
}

export type Written<T> = { ok: true; revision: number } | { ok: false; now: Present<T> | null }
