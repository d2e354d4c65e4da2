/** Runs the reader process: started on demand, ended when idle. Its stdin is a pipe from here: it cannot outlive the daemon. */
import { type ChildProcess, spawn } from 'node:child_process'
import { EncodedPage } from '../../../core/encoded-page.ts'
import type { Clock, DaemonLog } from '../../../core/world.ts'
import type { LogReadQuery } from '../../../core/world-logs.ts'
import { fromErrorBody, PtrackError } from '../../../protocol/errors.ts'
import type { ByteReader } from '../bytes.ts'
import type { ProcessLogs } from '../process-logs.ts'
import { factsOf, type SentIndexes } from './facts.ts'
import { BUILD, FrameReader, type FromReader, frame, type ToReader } from './frames.ts'

export interface LogReaderOptions {
  script: string
  reader: ByteReader
  look: (name: string) => ProcessLogs
  clock: Clock
  daemonLog: DaemonLog
}

/** A client that prints a page asks for the next within this time. */
const IDLE_MS = 3000
/** Each holds some megabytes there. */
const JOBS_AT_ONCE = 4
/** Many times what a page needs; beyond it something is wrong. */
const HEAP_MB = 256

interface Job {
  logs: Map<string, ProcessLogs>
  resolve(page: EncodedPage): void
  reject(error: unknown): void
}

/** The reader could not be started, or is of another release: the daemon reads by itself. */
export class CannotRead extends Error {}

class Running {
  readonly child: ChildProcess
  readonly jobs = new Map<number, Job>()
  readonly sent: SentIndexes = new WeakMap()
  ready = false
  output = ''

  constructor(script: string) {
    const env = { PATH: process.env.PATH ?? '/usr/bin:/bin', ...(process.env.TZ ? { TZ: process.env.TZ } : {}) }
    // Without the daemon's flags, which keep it small but slow.
    this.child = spawn(process.execPath, [`--max-old-space-size=${HEAP_MB}`, script], {
      cwd: '/',
      env,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    this.child.stderr?.on('data', (chunk: Buffer) => {
      if (this.output.length < 2000) this.output += chunk.toString('utf8')
    })
    // EPIPE and the like show in its exit.
    this.child.stdin?.on('error', () => {})
  }

  send(message: ToReader, data?: Buffer): void {
    for (const part of frame(message, data)) this.child.stdin?.write(part)
  }
}

export class LogReader {
  private readonly options: LogReaderOptions
  private running: Running | null = null
  private cancelIdle: (() => void) | null = null
  private number = 0
  private closed = false
  private waiting: (() => void)[] = []
  private atWork = 0

  constructor(options: LogReaderOptions) {
    this.options = options
  }

  /** Throws CannotRead, or PtrackError as a read in the daemon would. */
  async read(query: LogReadQuery, names: readonly string[], signal: AbortSignal | undefined): Promise<EncodedPage> {
    if (this.closed) throw new CannotRead()
    this.cancelIdle?.()
    while (this.atWork >= JOBS_AT_ONCE) await new Promise<void>((resolve) => this.waiting.push(resolve))
    this.atWork++
    try {
      if (signal?.aborted) throw clientGone()
      return await this.perform(query, names, signal)
    } finally {
      this.atWork--
      this.waiting.shift()?.()
      if (this.atWork === 0) this.endWhenIdle()
    }
  }

  close(): void {
    this.closed = true
    this.end()
  }

  private perform(query: LogReadQuery, names: readonly string[], signal: AbortSignal | undefined): Promise<EncodedPage> {
    const running = this.start()
    const { look } = this.options
    const number = this.number++
    const logs = new Map(names.map((name) => [name, look(name)]))
    return new Promise<EncodedPage>((resolve, reject) => {
      const gone = (): void => {
        running.jobs.delete(number)
        running.send({ kind: 'cancel', job: number })
        reject(clientGone())
      }
      signal?.addEventListener('abort', gone, { once: true })
      const ended = (): void => signal?.removeEventListener('abort', gone)
      running.jobs.set(number, {
        logs,
        resolve: (page) => {
          ended()
          resolve(page)
        },
        reject: (error) => {
          ended()
          reject(error)
        },
      })
      running.send({ kind: 'job', job: number, query, logs: [...logs.values()].map((each) => factsOf(each, running.sent)) })
    })
  }

  private start(): Running {
    if (this.running !== null) return this.running
    const running = new Running(this.options.script)
    this.running = running
    const frames = new FrameReader<FromReader>((message, data) => this.take(running, message, data))
    running.child.stdout?.on('data', (chunk: Buffer) => frames.push(chunk))
    running.child.once('error', (error) => this.lost(running, error.message))
    running.child.once('close', (code, signal) =>
      this.lost(running, signal ? `it was ended by ${signal}` : `it exited with ${code}`),
    )
    return running
  }

  private take(running: Running, message: FromReader, data: Buffer): void {
    if (message.kind === 'hello') {
      if (message.build === BUILD) running.ready = true
      else this.lost(running, `it is of another release (${message.build})`)
      return
    }
    const job = running.jobs.get(message.job)
    if (message.kind === 'find') {
      void this.find(running, job, message)
      return
    }
    running.jobs.delete(message.job)
    if (message.kind === 'page') job?.resolve(new EncodedPage(data))
    else if (message.stack === null) job?.reject(fromErrorBody(message.body))
    else job?.reject(Object.assign(new Error(message.body.message), { stack: message.stack }))
  }

  private async find(running: Running, job: Job | undefined, asked: FromReader & { kind: 'find' }): Promise<void> {
    const { ask, offset, max, to } = asked
    const nothing = (): void => running.send({ kind: 'nothing', job: asked.job, ask })
    try {
      const log = job?.logs.get(asked.name)?.streams[asked.stream]
      // Removed, and begun anew under the name.
      if (log?.life !== asked.life) return nothing()
      const found = await this.options.reader.locate(log, offset, max, to)
      if (found === null) nothing()
      else if ('data' in found) running.send({ kind: 'found', job: asked.job, ask, offset: found.offset }, found.data)
      else running.send({ kind: 'archive', job: asked.job, ask, archive: found })
    } catch (error) {
      running.jobs.delete(asked.job)
      running.send({ kind: 'cancel', job: asked.job })
      nothing()
      job?.reject(error)
    }
  }

  /** It has died, or must. */
  private lost(running: Running, why: string): void {
    if (this.running === running) this.running = null
    running.child.stdin?.destroy()
    const jobs = [...running.jobs.values()]
    running.jobs.clear()
    if (jobs.length === 0) return
    const words = running.output.trim().split('\n').at(-1) || why
    this.options.daemonLog.warn('logs', `the process that reads logs is lost: ${words}`)
    const error = running.ready
      ? new PtrackError('FAILED', `cannot read the logs: the process that reads them is lost: ${words}`, { hint: 'try again' })
      : new CannotRead()
    for (const job of jobs) job.reject(error)
  }

  private endWhenIdle(): void {
    this.cancelIdle?.()
    this.cancelIdle = this.options.clock.wakeAfter(IDLE_MS, () => {
      if (this.atWork === 0) this.end()
    })
  }

  private end(): void {
    this.cancelIdle?.()
    this.running?.child.stdin?.destroy()
    this.running = null
  }
}

const clientGone = (): PtrackError => new PtrackError('FAILED', 'cannot read the logs: the client is gone')
