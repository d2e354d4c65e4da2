/** The library: `import { connect, track } from 'ptrack'`. See docs/library.md. */
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { homeDirectory } from '../protocol/socket-path.ts'
import type { ConnectOptions } from './inputs.ts'
import { Link } from './link.ts'
import { Ptrack } from './ptrack.ts'
import type { Task } from './task.ts'
import { runWork, startTask, type TrackOptions, type Work } from './track.ts'

export type { Definition, DefinitionInput } from '../protocol/definition.ts'
export { PtrackError } from '../protocol/errors.ts'
export type { PtrackEvent } from '../protocol/events.ts'
export type { HistoryRow, ResultRow, StatsView } from '../protocol/history.ts'
export type { ActionResult } from '../protocol/requests.ts'
export type { ProcessDetail, ProcessView, StepView } from '../protocol/view.ts'
export { TaskCancelled } from './cancelled.ts'
export type { FeedEvent } from './feeds.ts'
export type {
  ConnectOptions,
  ExecOptions,
  NewProcess,
  ResultsOptions,
  RunningCommand,
  StartOptions,
  Terminal,
} from './inputs.ts'
export type { Ptrack } from './ptrack.ts'
export type { Step } from './step.ts'
export type { Task, TaskUpdate } from './task.ts'
export type { TrackOptions, Work } from './track.ts'

/** The built daemon is beside the built library. */
const here = fileURLToPath(import.meta.url)
const daemonScript = here.endsWith('.ts') ? join(dirname(here), '../../dist/ptrackd.cjs') : join(dirname(here), 'ptrackd.cjs')

/** A client of this home's daemon, started if none runs. Throws PtrackError (UNREACHABLE, VERSION_SKEW). */
export async function connect(options: ConnectOptions = {}): Promise<Ptrack> {
  const link = new Link({
    home: homeDirectory(process.env, options.home),
    autostart: options.autostart ?? true,
    daemonScript,
    clientName: options.clientName ?? 'library',
  })
  await link.client()
  return new Ptrack(link)
}

/**
 * Tracks this program: inside a process of ptrack it reports for that run, elsewhere it registers an external process, which ends
 * with the program. With a function, the task ends with the function, whose value is returned. The work never fails because of
 * tracking; PTRACK_OFF=1 turns it off.
 */
export function track(options?: string | TrackOptions): Task
export function track<T>(options: string | TrackOptions, work: Work<T>): Promise<T>
export function track<T>(options: string | TrackOptions = {}, work?: Work<T>): Task | Promise<T> {
  const task = startTask(typeof options === 'string' ? { name: options } : options, daemonScript, work !== undefined)
  return work ? runWork(task, work) : task
}
