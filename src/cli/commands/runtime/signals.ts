/** What a container's manager says by signals. */
import type { SignalName } from '../../../protocol/definition.ts'
import { monoMs } from '../../../protocol/mono.ts'
import type { Io } from '../../io.ts'
import type { Attendance } from './attendance.ts'

/** SIGUSR2 last: `ptrack-init` takes its handler as the sign that all are in place. */
const ALL = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const

/** Ctrl-C of a terminal reaches us and `ptrack-init`, which passes it on: that is one wish. */
const ONE_WISH_MS = 300

export interface Listening {
  /** The process that gets what is not for us. */
  forward: string | null
  attendance: Attendance
  note(text: string): void
}

export class Signals {
  /** How many asked for the end. */
  count = 0
  /** The first that asked for it. */
  readonly first: Promise<NodeJS.Signals>
  /** Resolves with the second: what does not end is killed. */
  readonly second: Promise<void>
  readonly close: () => void
  private end: (signal: NodeJS.Signals) => void = () => {}
  private kill: () => void = () => {}
  private stoppedMs = Number.NEGATIVE_INFINITY
  private asked: NodeJS.Signals | null = null
  private listening: Listening | null = null

  constructor(io: Io) {
    this.first = new Promise((resolve) => {
      this.end = resolve
    })
    this.second = new Promise((resolve) => {
      this.kill = resolve
    })
    this.close = io.onInterrupt((signal) => this.take(signal), ALL)
  }

  get stopped(): NodeJS.Signals | null {
    return this.asked
  }

  listen(listening: Listening): void {
    this.listening = listening
  }

  private take(signal: NodeJS.Signals): void {
    // The reader of stdout is gone: what runs continues, and its log files have the output.
    if (signal === 'SIGPIPE') return
    if (signal === 'SIGTERM' || signal === 'SIGINT') return this.stop(signal)
    const { forward, attendance, note } = this.listening ?? {}
    if (attendance === undefined || note === undefined) return
    if (signal === 'SIGQUIT') for (const text of attendance.lines()) note(text)
    else if (forward === null || forward === undefined) note(`${signal} is for no process: --forward NAME says for which`)
    else
      attendance.signal(forward, signal as SignalName).catch((error: unknown) => {
        note(`${signal} did not reach ${forward}: ${error instanceof Error ? error.message : String(error)}`)
      })
  }

  private stop(signal: NodeJS.Signals): void {
    const now = monoMs()
    if (now - this.stoppedMs < ONE_WISH_MS) return
    this.stoppedMs = now
    this.count++
    this.asked ??= signal
    if (this.count === 1) this.end(signal)
    else if (this.count === 2) this.kill()
    // A third one: nothing is waited for.
    else process.exit(137)
  }
}
