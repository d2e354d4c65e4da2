/** Reports how the program ends: exit, uncaught error or signal. Never changes that end, its exit code or its signal. */
import type { ExternalOutcome } from '../protocol/tracking.ts'

/** What the end of the program means for one task. */
export interface Ending {
  end(outcome: ExternalOutcome, error?: string): Promise<void>
  endSync(outcome: ExternalOutcome, error?: string): void
  cancel(): void
  readonly cancelled: boolean
  /** The work ends by itself when cancelled: it has taken `task.signal`. */
  readonly endsItself: boolean
  /** A function whose end is the task's. */
  readonly hasWork: boolean
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

const open = new Set<Ending>()
let uncaught: string | null = null

export function watchEnd(task: Ending): void {
  if (open.size === 0) {
    process.on('beforeExit', onBeforeExit)
    process.on('exit', onExit)
    process.on('uncaughtExceptionMonitor', onUncaught)
    for (const signal of SIGNALS) process.on(signal, onSignal)
  }
  open.add(task)
}

export function unwatchEnd(task: Ending): void {
  if (!open.delete(task) || open.size > 0) return
  process.off('beforeExit', onBeforeExit)
  process.off('exit', onExit)
  process.off('uncaughtExceptionMonitor', onUncaught)
  for (const signal of SIGNALS) process.off(signal, onSignal)
}

export const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message || error.name : String(error)).slice(0, 2000)

/** Ends the tasks, which is new work; when that is done this is called again and finds none. */
function onBeforeExit(code: number): void {
  for (const task of open) {
    if (task.hasWork) void task.end('failed', 'the program had nothing left to do before its work was settled')
    else if (code === 0) void task.end('done')
    else void task.end(task.cancelled ? 'cancelled' : 'failed', `exit code ${code}`)
  }
}

function onExit(code: number): void {
  for (const task of [...open]) {
    if (code === 0 && !task.hasWork) task.endSync('done')
    else if (task.cancelled) task.endSync('cancelled')
    else task.endSync('failed', uncaught ?? (code === 0 ? 'the program exited before its work was settled' : `exit code ${code}`))
  }
}

/** The program may still handle it; then it exits with 0, or not at all, and this is dropped. */
function onUncaught(error: unknown): void {
  uncaught = messageOf(error)
}

function onSignal(signal: NodeJS.Signals): void {
  const again = [...open].every((task) => task.cancelled)
  for (const task of open) task.cancel()
  // Other listeners decide what the signal means, as without us.
  if (process.listenerCount(signal) > 1) return
  if (!again && [...open].some((task) => task.endsItself)) return
  for (const task of [...open]) task.endSync('cancelled', signal)
  process.off(signal, onSignal)
  process.kill(process.pid, signal)
}
