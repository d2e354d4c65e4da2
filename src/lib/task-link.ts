/** One task's link to the daemon: registers, sends the outbox, learns of pause and cancel; reconnects, and never throws. */
import { randomBytes } from 'node:crypto'
import type { Client } from '../client/client.ts'
import { type FinalRequest, sendFinal } from '../client/final-requests.ts'
import { Backoff } from '../protocol/backoff.ts'
import { PtrackError } from '../protocol/errors.ts'
import { limits } from '../protocol/limits.ts'
import { monoMs } from '../protocol/mono.ts'
import type { Input } from '../protocol/requests.ts'
import type { ExternalOutcome } from '../protocol/tracking.ts'
import type { ProcessView } from '../protocol/view.ts'
import { TaskCancelled } from './cancelled.ts'
import { rowJson } from './json.ts'
import { isUnreachable, type Link } from './link.ts'
import { type Entry, Outbox } from './outbox.ts'
import type { RunPlace } from './place.ts'
import { attach, type Registered, register } from './registration.ts'
import { Waits } from './waits.ts'
import { isOver, sentence, warn } from './warn.ts'

/** Longest wait of a promise, or of the program's end, for a daemon that is away or does not answer. */
const AWAY_LIMIT_MS = 5000
/** Longest delay of a program's exit, which blocks everything. */
const END_SYNC_MS = 1000

/** starting: never registered yet; away: between two daemons; off: over, or tracking is impossible. */
type State = 'starting' | 'on' | 'away' | 'off'

export interface Known {
  id: string
  name: string
  run: number
}

export class TaskLink {
  /** null when it cannot be tracked. */
  readonly ready: Promise<Known | null>
  /** The supervised run that we are part of; null = an external process, whose end we report. */
  readonly place: RunPlace | null
  private readonly link: Link
  private readonly external: Omit<Input<'track.start'>, 'resume' | 'hold' | 'pid'>
  private readonly outbox = new Outbox()
  private readonly cancelling = new AbortController()
  private readonly waits = new Waits()
  private state: State = 'starting'
  private client: Client | null = null
  private who: RunPlace | null = null
  /** Unlike that of all others that report for this run. */
  private readonly keyPrefix = randomBytes(6).toString('base64url')
  private rowCount = 0
  private awaySince = 0
  private paused = false
  private endSent = false
  private resolveReady: (known: Known | null) => void = () => undefined

  constructor(link: Link, place: RunPlace | null, external: Omit<Input<'track.start'>, 'resume' | 'hold' | 'pid'>) {
    this.link = link
    this.place = place
    this.external = external
    this.ready = new Promise((resolve) => {
      this.resolveReady = resolve
    })
    void this.stayConnected()
  }

  get signal(): AbortSignal {
    return this.cancelling.signal
  }

  get over(): boolean {
    return this.state === 'off'
  }

  cancel(): void {
    if (!this.signal.aborted) this.cancelling.abort(new TaskCancelled())
  }

  report(entry: Exclude<Entry, { kind: 'result' }>): void {
    if (this.over) return
    if (!this.outbox.add(entry)) warn('cannot keep all updates: the daemon is away; some are left out')
    this.pump()
  }

  /** Index of the row once stored; null when unknown within AWAY_LIMIT_MS (it is still sent), or for good. */
  result(row: unknown): Promise<number | null> {
    const json = rowJson(row)
    if (this.over || json === null) return Promise.resolve(null)
    return new Promise((resolve) => {
      const release = this.link.hold()
      const settle = (index: number | null): void => {
        clearTimeout(timer)
        release()
        resolve(index)
      }
      const timer = setTimeout(() => settle(null), AWAY_LIMIT_MS)
      // Parsed again: later changes of the program's object must not affect what is sent.
      if (
        !this.outbox.add({ kind: 'result', row: JSON.parse(json), json, key: `${this.keyPrefix}-${++this.rowCount}`, settle })
      ) {
        warn('cannot keep all results: too many wait for the daemon, some are lost; await task.result(...) to wait for each')
        settle(null)
      }
      this.pump()
    })
  }

  /** Returns when the work may continue. Throws TaskCancelled. */
  async checkpoint(): Promise<void> {
    const release = this.link.hold()
    try {
      await this.until(() => this.state !== 'starting', AWAY_LIMIT_MS)
      while (!this.over && !this.signal.aborted) {
        const action = await this.askCheckpoint()
        if (action === 'cancel') this.cancel()
        if (action === 'go') break
        // A known pause outlasts its daemon; otherwise the work takes precedence over the question.
        if (action === 'away' && !(await this.until(() => this.state !== 'away', AWAY_LIMIT_MS)) && !this.paused) break
      }
    } finally {
      release()
    }
    this.signal.throwIfAborted()
  }

  /** Sends what is left and (external) reports the outcome; nothing is sent afterwards. */
  async end(outcome: ExternalOutcome, error?: string): Promise<void> {
    const release = this.link.hold()
    await this.until(() => this.state !== 'starting', 2 * AWAY_LIMIT_MS)
    // One time limit for all of it, from when the daemon went away.
    const deadline = (this.state === 'away' ? this.awaySince : monoMs()) + AWAY_LIMIT_MS
    const empty = await this.until(() => this.outbox.size === 0, deadline - monoMs())
    if (!this.over) {
      if (this.place === null && !(await this.sendEnd(outcome, error, deadline)))
        warn('cannot tell how the task ended: the daemon is away; it will be shown as interrupted')
      const lost = empty ? 0 : this.outbox.clear()
      if (lost > 0) warn(`cannot deliver ${lost} results: the daemon is away`)
      this.shut()
    }
    release()
  }

  /** As end(), at the exit of the program, synchronously. */
  endSync(outcome: ExternalOutcome, error?: string): void {
    const { client, who } = this
    if (!client || !who || this.over) return
    const requests: FinalRequest[] = this.outbox.unsent().map((entry) => requestOf(client, who, entry))
    if (this.place === null && !this.endSent) requests.push({ method: 'track.end', params: { who, outcome, error } })
    sendFinal(client, requests, END_SYNC_MS)
    this.shut()
  }

  private async stayConnected(): Promise<void> {
    const backoff = new Backoff()
    while (!this.over) {
      try {
        const client = await this.link.client()
        await this.holding(this.begin(client))
        backoff.reset()
        await client.closed
      } catch (error) {
        // Inside a process there is a daemon, only not just now; outside, none could be reached or started.
        if (!isUnreachable(error) || (this.state === 'starting' && this.place === null)) this.giveUp(error)
      }
      if (this.over) return
      this.client = null
      if (this.who) this.become('away')
      await this.link.wait(backoff.next())
    }
  }

  /** Nothing else may keep the program alive while it awaits `ready`; a hanging daemon must not do so for ever. */
  private async holding(beginning: Promise<void>): Promise<void> {
    const release = this.link.hold()
    const timer = setTimeout(release, AWAY_LIMIT_MS)
    await beginning.finally(() => {
      clearTimeout(timer)
      release()
    })
  }

  private async begin(client: Client): Promise<void> {
    let known: Known | null = null
    // Registering what we have reported as ended would begin another run.
    if (!this.endSent) {
      const registered = this.place ? await attach(client, this.place) : await register(client, this.external, this.who)
      this.who = registered.who
      await this.listen(client, registered)
      this.outbox.sendAgain()
      known = { id: registered.who.id, name: registered.view.name, run: registered.view.run }
    }
    if (this.over) return
    this.client = client
    this.become('on')
    this.pump()
    this.resolveReady(known)
  }

  private async listen(client: Client, { who, view }: Registered): Promise<void> {
    const reply = await client.request('subscribe', { filter: { targets: [who.id], types: ['statusChange'] } })
    client.on('event', ({ event }) => {
      if (event.type === 'statusChange' && event.id === who.id) this.observe({ status: event.to, reason: event.reason })
    })
    this.observe(reply.snapshot?.find(({ id }) => id === who.id) ?? view)
  }

  private observe({ status, reason }: Pick<ProcessView, 'status' | 'reason'>): void {
    this.paused = status === 'paused' || (status === 'running' && reason === 'pausing')
    if (status === 'completing' || status === 'cancelled') this.cancel()
  }

  private pump(): void {
    const { client, who } = this
    if (!client || !who) return
    for (let entry = this.outbox.next(); entry !== null; entry = this.outbox.next()) this.send(client, who, entry)
  }

  private send(client: Client, who: RunPlace, entry: Entry): void {
    const { method, params } = requestOf(client, who, entry)
    const confirm = (reply: unknown): void => {
      this.outbox.drop(entry)
      if (entry.kind === 'result') entry.settle((reply as { index: number }).index)
      this.pump()
      if (this.outbox.size === 0) this.waits.wake()
    }
    const refuse = (error: unknown): void => {
      // Kept: the next connection sends it again.
      if (isUnreachable(error)) return
      this.outbox.drop(entry)
      if (entry.kind === 'result') entry.settle(null)
      if (isOver(error)) this.giveUp(error)
      else warn(sentence(error))
      this.pump()
      if (this.outbox.size === 0) this.waits.wake()
    }
    client.request(method as 'progress', params as Input<'progress'>).then(confirm, refuse)
  }

  private async askCheckpoint(): Promise<'go' | 'wait' | 'cancel' | 'away'> {
    const { client, who } = this
    if (!client || !who) return 'away'
    try {
      const waitMs = limits.longPollMs
      return (await client.request('checkpoint', { who, waitMs }, { timeoutMs: waitMs + AWAY_LIMIT_MS })).action
    } catch (error) {
      if (isUnreachable(error)) return 'away'
      if (error instanceof PtrackError && error.code === 'TIMED_OUT') return this.paused ? 'wait' : 'go'
      if (isOver(error)) this.giveUp(error)
      else warn(sentence(error))
      return 'go'
    }
  }

  /** False when no daemon took it in time. */
  private async sendEnd(outcome: ExternalOutcome, error: string | undefined, deadline: number): Promise<boolean> {
    while (await this.until(() => this.client !== null && this.who !== null, deadline - monoMs())) {
      const again = this.endSent
      this.endSent = true
      try {
        await this.client!.request('track.end', { who: this.who!, outcome, error }, { timeoutMs: AWAY_LIMIT_MS })
        return true
      } catch (failure) {
        if (isUnreachable(failure)) {
          // stayConnected() notices the end of the connection in a later turn than this.
          await this.until(() => this.state !== 'on', deadline - monoMs())
          continue
        }
        // The first time it was accepted, only the answer was lost.
        if (!(again && isOver(failure))) warn(sentence(failure))
        return true
      }
    }
    return false
  }

  private giveUp(error: unknown): void {
    if (this.over) return
    warn(`${sentence(error)} (the work goes on without being tracked)`)
    this.outbox.clear()
    this.shut()
  }

  private shut(): void {
    this.client = null
    this.become('off')
    this.resolveReady(null)
    this.link.close()
  }

  private become(state: State): void {
    if (state === 'away' && this.state !== 'away') this.awaySince = monoMs()
    this.state = state
    this.waits.wake()
  }

  /** True once it holds, or tracking is off; false when the time is up. */
  private until(fact: () => boolean, ms: number): Promise<boolean> {
    return this.waits.until(() => this.over || fact(), ms)
  }
}

function requestOf({ hello }: Client, who: RunPlace, entry: Entry): FinalRequest {
  if (entry.kind === 'progress') return { method: 'progress', params: { who, update: entry.update } }
  if (entry.kind === 'step') return { method: 'step', params: { who, step: entry.step } }
  // An older daemon refuses unknown fields; rows unconfirmed at its death may then be there twice.
  const key = hello.capabilities.includes('result-keys') ? { key: entry.key } : {}
  return { method: 'result', params: { who, row: entry.row, ...key } }
}
