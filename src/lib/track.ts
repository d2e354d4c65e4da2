/** From `track()` to a task, wherever the program runs. */
import type { HookSpec } from '../protocol/settings.ts'
import { homeDirectory } from '../protocol/socket-path.ts'
import { Link } from './link.ts'
import { defaultName, ownRun } from './place.ts'
import { messageOf } from './program.ts'
import { Task } from './task.ts'
import { TaskLink } from './task-link.ts'

/** Inside a process of ptrack only `metadata` counts: the process has a name, type and owner already. */
export interface TrackOptions {
  /** Default: the script's name. */
  name?: string
  title?: string
  description?: string
  /** Free text that groups tasks for statistics and filters. */
  type?: string
  tags?: string[]
  metadata?: Record<string, unknown>
  /** Its owner; default: the caller. */
  owner?: string
  hooks?: HookSpec[]
  /** How long it counts as alive after its connection was lost; 60 s. */
  leaseMs?: number
  /** PTRACK_HOME; default $PTRACK_HOME, else ptrack's directory under the XDG state directory. */
  home?: string
  /** Start the daemon when none runs; default true. */
  autostart?: boolean
}

export type Work<T> = (task: Task) => T | Promise<T>

export function startTask(options: TrackOptions, daemonScript: string, hasWork: boolean): Task {
  const { PTRACK_OFF } = process.env
  if (PTRACK_OFF && PTRACK_OFF !== '0') return new Task(null, hasWork)
  const home = homeDirectory(process.env, options.home)
  const place = ownRun(process.env, home)
  const { name, title, description, type, tags, metadata, hooks, owner, leaseMs, autostart = true } = options
  // Never from inside one of its processes: the daemon exists, and comes back.
  const link = new Link({ home, daemonScript, autostart: autostart && place === null, clientName: 'track' })
  const definition = { name: name ?? defaultName(process.argv[1], process.pid), title, description, type, tags, metadata, hooks }
  const task = new Task(new TaskLink(link, place, { definition, owner, leaseMs }), hasWork)
  if (place && metadata) task.update({ metadata })
  return task
}

export async function runWork<T>(task: Task, work: Work<T>): Promise<T> {
  let value: T
  try {
    value = await work(task)
  } catch (error) {
    // Inside a process the error propagates to the program, whose exit code shows it.
    await task.end(task.cancelled ? 'cancelled' : 'failed', messageOf(error))
    throw error
  }
  await task.end('done')
  return value
}
