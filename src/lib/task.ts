/** A program's reports about its own work. */
import type { ExternalOutcome } from '../protocol/tracking.ts'
import { copyOf } from './json.ts'
import { type Ending, messageOf, unwatchEnd, watchEnd } from './program.ts'
import { runStep, Step, type StepIds, type StepWork } from './step.ts'
import type { Known, TaskLink } from './task-link.ts'

export interface TaskUpdate {
  /** Percent of the whole, 0-100. */
  percent?: number | null
  /** Instead of a percent: `current` of `total`. */
  current?: number | null
  total?: number | null
  /** Such as `files`. */
  unit?: string | null
  message?: string | null
  /** Merged key by key into what is known; null removes a key. */
  metadata?: Record<string, unknown>
}

/**
 * A running task. No method fails because of tracking: without a daemon they do nothing, with one warning on stderr. Updates and
 * steps are sent without waiting, the latest update wins; results come in order, each once.
 */
export class Task {
  /** Its identity, once the daemon knows it; null when it is not tracked. Never necessary to await. */
  readonly ready: Promise<Known | null>
  private readonly link: TaskLink | null
  private readonly ids: StepIds
  private readonly ending: Ending | null
  private readonly never = new AbortController().signal
  private signalTaken = false
  private ended: Promise<void> | null = null

  /** @internal Made by track(). */
  constructor(link: TaskLink | null, hasWork: boolean) {
    this.link = link
    this.ready = link?.ready ?? Promise.resolve(null)
    // Several programs may report for one run of ptrack's; an external one is alone.
    const prefix = link?.place ? `${process.pid.toString(36)}-` : ''
    let count = 0
    this.ids = { next: () => `${prefix}${++count}` }
    this.ending = link === null ? null : this.watch(link, hasWork)
  }

  /**
   * Aborted when the task is cancelled: by `ptrack cancel`, by a stop, by SIGINT, SIGTERM or SIGHUP. A program that takes it has
   * time to end by itself; a second signal ends it at once.
   */
  get signal(): AbortSignal {
    this.signalTaken = true
    return this.link?.signal ?? this.never
  }

  /** Whether it has been cancelled; does not count as taking the signal. */
  get cancelled(): boolean {
    return this.link?.signal.aborted ?? false
  }

  update(update: TaskUpdate): void {
    if (!this.link) return
    const { percent, message, metadata, ...rest } = update
    const copy = metadata === undefined ? {} : copyOf(metadata)
    if (copy === null) return
    this.link.report({
      kind: 'progress',
      update: {
        ...rest,
        ...(percent === undefined ? {} : { progress: percent }),
        ...(message === undefined ? {} : { message: message?.slice(0, 2000) ?? null }),
        ...(metadata === undefined ? {} : { metadata: copy }),
      },
    })
  }

  /** One line on stdout, which inside a process of ptrack is its log. */
  log(text: string): void {
    // A line that begins with the mark would be an update; what is logged is text.
    process.stdout.write(`${text.replace(/^::ptrack/gm, ' ::ptrack')}\n`)
  }

  /** A step; with `work` it is done when that returns and failed when it throws. */
  step(name: string): Step
  step<T>(name: string, work: StepWork<T>): Promise<T>
  step<T>(name: string, work?: StepWork<T>): Step | Promise<T> {
    const step = new Step(this.link, this.ids, name, null)
    return work ? runStep(step, work) : step
  }

  /**
   * Adds a row of results, any JSON up to 256 KiB. Resolves with its index (from 1) when the daemon has stored it, or with null
   * after 5 s (it is still sent later). Awaiting it slows down a program that is faster than the daemon; without that, what
   * exceeds 10,000 rows or 32 MiB is lost, with a warning.
   */
  result(row: unknown): Promise<number | null> {
    return this.link?.result(row) ?? Promise.resolve(null)
  }

  /** A point where the work may rest: waits while paused, throws TaskCancelled when cancelled. */
  checkpoint(): Promise<void> {
    return this.link?.checkpoint() ?? Promise.resolve()
  }

  /** Ends the task as done. The normal end of the program does so by itself. */
  done(): Promise<void> {
    return this.end('done')
  }

  /** Ends the task as failed; inside a process of ptrack by the exit code, which becomes 1 unless the program has set one. */
  fail(error: unknown): Promise<void> {
    const message = messageOf(error)
    if (this.link?.place) {
      this.update({ message })
      process.exitCode ||= 1
    }
    return this.end('failed', message)
  }

  /** @internal */
  end(outcome: ExternalOutcome, error?: string): Promise<void> {
    this.ended ??= this.finish(outcome, error)
    return this.ended
  }

  private async finish(outcome: ExternalOutcome, error: string | undefined): Promise<void> {
    // Still watched: the program may exit during the wait.
    await this.link?.end(outcome, error)
    if (this.ending) unwatchEnd(this.ending)
  }

  private watch(link: TaskLink, hasWork: boolean): Ending {
    const task = this
    const ending: Ending = {
      hasWork,
      get endsItself() {
        return task.signalTaken
      },
      get cancelled() {
        return link.signal.aborted
      },
      cancel: () => link.cancel(),
      end: (outcome, error) => this.end(outcome, error),
      endSync: (outcome, error) => {
        link.endSync(outcome, error)
        unwatchEnd(ending)
      },
    }
    watchEnd(ending)
    return ending
  }
}
