/** One process of the file: its output, and what is said of it between the lines, each in its place. */
import type { DefinitionInput } from '../../../protocol/definition.ts'
import type { PtrackEvent } from '../../../protocol/events.ts'
import { isEnded, isLive, type Status } from '../../../protocol/names.ts'
import type { ProcessView } from '../../../protocol/view.ts'
import { servedAt, urlIn, urlOf } from '../../../words/local-url.ts'
import { bare, Lines } from './lines.ts'
import type { LogLink } from './log-links.ts'
import type { Printer } from './printer.ts'
import { ProcessOutput } from './process-output.ts'
import { crashWords, endWords, type Retry, readyWords, restartWords, startedWords } from './words.ts'

/** The view that knows the next attempt comes right after its event. */
const RETRY_KNOWN_MS = 200
/** An address stands among the first words of a run, if anywhere. */
const SEARCHED_BYTES = 64 * 1024

export interface MemberParts {
  printer: Printer
  /** null: its lines are not shown. */
  link: LogLink | null
  /** Sentences with the names of this project. */
  words(text: string): string
  lost(text: string): void
  failed(error: unknown): void
  /** Resolves when what is known of all others stands on the screen, or soon. */
  settled(): Promise<void>
}

export class Member {
  readonly id: string
  readonly name: string
  /** As its file says; null = no file in hand names it. */
  definition: DefinitionInput | null = null
  view: ProcessView | null = null
  /** It waits for what will not come. */
  blocked = false
  private readonly parts: MemberParts
  private readonly output: ProcessOutput | null
  private started = 0
  /** Of the last run that ended, or between two attempts. */
  private ended = ''
  private endedBefore = 0
  private restarts = false
  private ready = 0
  private healthy = true
  private startedMs: number | null = null
  private endingMs: number | null = null
  private seen: { url: string | null; bytes: number } = { url: null, bytes: 0 }
  private lastReason = ''
  private turn: Promise<void> = Promise.resolve()
  private told: () => void = () => {}

  constructor(id: string, name: string, parts: MemberParts) {
    this.id = id
    this.name = name
    this.parts = parts
    const { printer, link } = parts
    const lines = { out: new Lines(), err: new Lines() }
    const bytes = async (stream: 'out' | 'err', data: Uint8Array | null): Promise<void> => {
      if (data !== null && this.seen.url === null && this.seen.bytes < SEARCHED_BYTES) this.search(data)
      await printer.lines(name, stream, lines[stream], data)
    }
    const lost = (_stream: string, count: number): void => parts.lost(`${count} bytes of ${name} were rotated away unread`)
    this.output = link === null ? null : new ProcessOutput(id, link, { bytes, lost, failed: parts.failed })
  }

  /** It had ended before this session, and was not started since. */
  get before(): boolean {
    return this.view !== null && this.endedBefore === this.view.run
  }

  /** Its present end is no end: somebody, or a changed file, starts it again. */
  get isRestarting(): boolean {
    return this.restarts
  }

  get url(): string | null {
    return servedAt(this.view === null ? null : urlOf(this.view.ports, this.view.command, this.definition), this.seen.url)
  }

  /** It ran, or had ended, before this session. */
  found(view: ProcessView): void {
    this.view = view
    this.started = view.run
    if (isLive(view.status) && view.pid !== null) {
      this.ready = view.health === 'healthy' ? view.run : 0
      this.healthy = view.health !== 'unhealthy'
      this.say(`${this.name} runs already (pid ${view.pid})`)
      this.output?.begin(view.run, true)
    } else {
      this.ended = `${view.run} ${view.status}`
      if (isEnded(view.status)) this.endedBefore = view.run
    }
  }

  /** What was missed, say with a daemon that died, is made good here. */
  seeView(view: ProcessView): void {
    this.view = view
    this.told()
    if (view.run > this.started && view.pid !== null) this.begins(view.run, view.pid, Date.parse(view.startedAt ?? view.since))
    if (isEnded(view.status) && view.run >= this.started) this.ends(view.run, view.status, view.reason)
  }

  seeEvent(event: PtrackEvent): void {
    const { name } = this
    const atMs = Date.parse(event.at)
    if (event.type === 'processStarted') {
      if (event.adopted) this.output?.begin(event.run)
      this.begins(event.run, event.pid, atMs)
    } else if (event.type === 'statusChange') this.changes(event, atMs)
    else if (event.type === 'processError') {
      if (event.message !== this.lastReason) this.say(event.message)
    } else if (event.type === 'lifecycleFailed') this.say(`${event.command} of ${name} failed: ${event.reason}`)
    else if (event.type === 'crashLoop' && event.on) this.say(`${name} crashes again and again: ${event.failures} times`)
  }

  /** A stop is asked for from here. */
  stopping(atMs: number): void {
    this.endingMs ??= atMs
  }

  /** All of it that is known now stands on the screen. */
  said(): Promise<void> {
    return this.turn
  }

  close(): void {
    this.output?.close()
    this.told()
  }

  private changes(event: Extract<PtrackEvent, { type: 'statusChange' }>, atMs: number): void {
    const { name } = this
    const { from, to, run, reason, health } = event
    if (reason !== null) this.lastReason = reason
    // Without a pause in between: no status of its own says that it has ended.
    if (to === 'starting' && isLive(from) && run > this.started && !this.restarts) this.crashes(run - 1, reason, { atOnce: true })
    if (to === 'starting' && from !== 'starting' && this.definition?.preStart) this.output?.begin(run)
    if (to === 'completing') {
      this.endingMs ??= atMs
      const words = restartWords(name, reason)
      this.restarts = words !== null
      if (words !== null) this.say(words)
    } else if (to === 'retrying') this.crashes(run, reason, { atOnce: false })
    else if (isEnded(to)) this.ends(run, to, reason)
    else if (to === 'running' && health === 'healthy' && this.ready < run) {
      this.ready = run
      this.healthy = true
      this.say(() =>
        readyWords(
          name,
          { url: this.url, port: this.view?.ports[0]?.port ?? null },
          this.startedMs === null ? null : atMs - this.startedMs,
        ),
      )
    } else if (to === 'running' && (health === 'healthy') !== this.healthy && health !== 'unknown') {
      this.healthy = health === 'healthy'
      this.say(
        `${name} is ${this.healthy ? 'healthy again' : 'unhealthy'}${!this.healthy && reason !== null ? `: ${reason}` : ''}`,
      )
    }
  }

  private begins(run: number, pid: number, atMs: number): void {
    if (run <= this.started) return
    const first = this.started === this.endedBefore
    this.started = run
    this.restarts = false
    this.startedMs = atMs
    this.endingMs = null
    this.healthy = true
    this.seen = { url: null, bytes: 0 }
    // It may have waited for the end of another, whose last words are still on their way.
    const settled = this.parts.settled()
    this.inTurn(() => settled)
    this.say(startedWords(this.name, run, pid, first))
    this.inTurn(async () => this.output?.begin(run))
  }

  /** `atOnce`: its next run has begun already, without an attempt to announce. */
  private crashes(run: number, reason: string | null, { atOnce }: { atOnce: boolean }): void {
    if (!this.isNews(run, 'retrying')) return
    this.inTurn(async () => {
      await this.output?.over(run)
      this.print(crashWords(this.name, reason, atOnce ? null : await this.retryOf(run)))
    })
  }

  private ends(run: number, to: Status, reason: string | null): void {
    const isBetween = this.ended === `${run} retrying`
    if (run === this.endedBefore || !this.isNews(run, to)) return
    // Its restart is reported; it only waits for the start of what it depends on.
    if (to === 'stopped' && this.restarts) return
    const sinceMs = to === 'stopped' || to === 'cancelled' ? this.endingMs : this.startedMs
    const tookMs = sinceMs === null || isBetween ? null : Date.now() - sinceMs
    this.inTurn(async () => {
      await this.output?.over(run)
      const words = endWords(this.name, to, reason, tookMs)
      if (words !== null) this.print(words)
    })
  }

  private isNews(run: number, to: Status): boolean {
    const ended = `${run} ${to}`
    if (ended === this.ended) return false
    this.ended = ended
    return true
  }

  private async retryOf(run: number): Promise<Retry | null> {
    const present = (): Retry | null => {
      const { view } = this
      if (view === null || view.run !== run || view.retry === null) return null
      const { attempt, of, nextAt } = view.retry
      return { attempt, of, inMs: Date.parse(nextAt) - Date.now() }
    }
    if (present() === null && (this.view === null || this.view.run <= run))
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, RETRY_KNOWN_MS)
        this.told = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    return present()
  }

  private search(data: Uint8Array): void {
    this.seen.bytes += data.length
    this.seen.url = urlIn(bare(Buffer.from(data).toString('latin1')))
  }

  private say(text: string | (() => string)): void {
    this.inTurn(async () => this.print(typeof text === 'string' ? text : text()))
  }

  private print(text: string): void {
    this.parts.printer.own(this.parts.words(text), this.name)
  }

  /** Behind the last line of the run before. */
  private inTurn(work: () => Promise<void> | undefined): void {
    this.turn = this.turn.then(work)
  }
}
