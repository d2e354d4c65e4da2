/** Stays with what runs: passes output on, keeps the ready file, and finds the end of it all. */
import { reconnect } from '../../../client/log-stream.ts'
import { subscribeForever } from '../../../client/reconnecting.ts'
import type { CallerEnv } from '../../../protocol/daemon-command.ts'
import type { SignalName } from '../../../protocol/definition.ts'
import { fromErrorBody, toErrorBody } from '../../../protocol/errors.ts'
import type { PtrackEvent } from '../../../protocol/events.ts'
import { isEnded } from '../../../protocol/names.ts'
import type { ProcessDetail, ProcessView } from '../../../protocol/view.ts'
import { clean } from '../../../words/text.ts'
import type { Context } from '../../context.ts'
import { exitCodeOf } from '../../output/error-output.ts'
import { type Verdict, verdictOf } from './exit-rule.ts'
import type { ExitRule } from './options.ts'
import { type Format, Output } from './output.ts'
import { isReady } from './readiness.ts'
import { ReadyFile } from './ready-file.ts'

export interface AttendanceOptions {
  rule: ExitRule | undefined
  format: Format
  /** Of a daemon that is started from here. */
  env: CallerEnv
}

interface Known {
  view: ProcessView
  /** As the run of this number began. */
  detail: ProcessDetail | null
  output: Output | null
}

export class Attendance {
  /** The first end that counts. */
  readonly verdict: Promise<Verdict>
  private readonly context: Context
  private readonly options: AttendanceOptions
  private readonly known = new Map<string, Known>()
  private readonly over = new AbortController()
  private readonly ready: ReadyFile
  private readonly startedMs = Date.now()
  private decide: (verdict: Verdict) => void = () => {}
  private turn: Promise<void> = Promise.resolve()
  private isComplete = false
  private isStopping = false

  constructor(context: Context, options: AttendanceOptions) {
    this.context = context
    this.options = options
    this.ready = new ReadyFile(context.home)
    this.verdict = new Promise((resolve) => {
      this.decide = resolve
    })
  }

  /** Starts the daemon, and with it what ran in an earlier life. */
  async begin(): Promise<void> {
    const { context, options } = this
    const first = await context.connectFresh({ flag: '--lift', env: options.env })
    first.close()
    void this.follow().catch((error: unknown) => this.fail(error))
  }

  /** All of the file has been started: what became of it is looked at once, as the feed may be a moment behind. */
  async complete(): Promise<void> {
    const views = await this.context.request('list', { all: true })
    this.isComplete = true
    await this.inTurn(() => this.take(views, null))
  }

  /** Nothing sensible can be done any more: what runs is stopped in order. */
  fail(error: unknown): void {
    const { message, hint, ...body } = toErrorBody(error)
    this.decide({ name: null, code: exitCodeOf({ ...body, message }), why: hint ? `${message}; ${hint}` : message })
  }

  stopping(): void {
    this.isStopping = true
    this.ready.set(false)
  }

  async drained(): Promise<void> {
    await Promise.all([...this.known.values()].map(({ output }) => output?.drained()))
  }

  close(): void {
    this.over.abort()
    for (const { output } of this.known.values()) output?.close()
    this.ready.set(false)
  }

  async signal(target: string, signal: SignalName): Promise<void> {
    const [result] = await this.context.request('signal', { targets: [target], signal })
    if (result?.error) throw fromErrorBody(result.error)
  }

  /** What runs, for a person. */
  lines(): string[] {
    return [...this.known.values()].map(({ view }) => {
      const { name, status, pid, health, restarts, reason } = view
      const facts = [
        status,
        ...(pid === null ? [] : [`pid ${pid}`]),
        ...(health === 'unknown' ? [] : [health]),
        ...(restarts > 0 ? [`restarted ${restarts} times`] : []),
        ...(reason === null ? [] : [clean(reason)]),
      ]
      return `${name}: ${facts.join(', ')}`
    })
  }

  /** Until the daemon that follows one that died is there, unless all is being stopped. */
  private connect = async () => {
    const { context, options } = this
    const client = await reconnect(
      () => (this.isStopping ? context.connectOnly() : context.connectFresh({ env: options.env })),
      () => this.over.signal.aborted,
    )
    return client ?? context.connectOnly()
  }

  private async follow(): Promise<void> {
    const { signal } = this.over
    for await (const item of subscribeForever({ connect: this.connect, views: true, signal })) {
      if (item.kind === 'event') this.tell(item.event)
      else if (item.kind === 'disconnected') {
        this.ready.set(false)
        if (!this.isStopping) this.context.note('the daemon is gone; another takes over what runs')
      } else if (item.kind === 'snapshot') await this.inTurn(() => this.take(item.views, null))
      else if (item.kind === 'views') await this.inTurn(() => this.take(item.changed, item.removed))
    }
  }

  /** The views of a process are taken one after the other. */
  private inTurn(work: () => Promise<void>): Promise<void> {
    this.turn = this.turn.then(work)
    return this.turn
  }

  /** `removed`: null = all that are not among the views. */
  private async take(views: readonly ProcessView[], removed: readonly string[] | null): Promise<void> {
    const there = new Set(views.map(({ id }) => id))
    for (const id of removed ?? [...this.known.keys()].filter((id) => !there.has(id))) {
      this.known.get(id)?.output?.close()
      this.known.delete(id)
    }
    for (const view of views) {
      const before = this.known.get(view.id)
      const detail = before?.detail != null && before.view.run === view.run ? before.detail : await this.detailOf(view)
      const output = before?.output ?? (detail === null ? null : this.outputOf(view, detail))
      output?.note(!isEnded(view.status))
      this.known.set(view.id, { view, detail, output })
    }
    this.look()
  }

  /** null: deleted meanwhile, or the daemon is gone; the next view of it asks again. */
  private async detailOf({ id }: ProcessView): Promise<ProcessDetail | null> {
    try {
      return (await this.context.request('show', { targets: [id] }))[0] ?? null
    } catch {
      return null
    }
  }

  private outputOf({ id, name, kind, run, startedAt }: ProcessView, { runs }: ProcessDetail): Output | null {
    if (kind === 'external') return null
    const isOurs = (at: string | null): boolean => at !== null && Date.parse(at) >= this.startedMs
    const ended = runs.filter((each) => isOurs(each.startedAt)).map((each) => each.run)
    const ours = isOurs(startedAt) ? [...ended, run] : ended
    // What an earlier life of the container wrote was passed on by it.
    if (ours.length === 0) return null
    return new Output(this.context, { id, name, run: Math.min(...ours) }, this.options.format, this.connect)
  }

  private look(): void {
    if (this.isStopping) return
    const all = [...this.known.values()]
    this.ready.set(this.isComplete && isReady(all))
    const members = all.map(({ view, detail }) => ({ view, critical: detail?.definition.critical === true }))
    const { startedMs, isComplete } = this
    const verdict = verdictOf(this.options.rule, members, { startedMs, complete: isComplete })
    if (verdict !== null) this.decide(verdict)
  }

  private tell(event: PtrackEvent): void {
    const { process: name } = event
    if (name === null || this.isStopping) return
    if (event.type === 'processExit') this.context.note(`${name}: ${clean(event.reason ?? 'ended')} (run ${event.run})`)
    else if (event.type === 'processStarted' && event.run > 1 && !event.adopted)
      this.context.note(`${name}: started (run ${event.run}, pid ${event.pid})`)
    else if (event.type === 'processError') this.context.note(clean(event.message))
  }
}
