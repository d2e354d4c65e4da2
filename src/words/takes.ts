/** Which actions a process takes in its present state. */
import { isEnded } from '../protocol/names.ts'
import type { ProcessView } from '../protocol/view.ts'

export type Action = 'start' | 'stop' | 'restart' | 'reset' | 'pause' | 'resume' | 'cancel' | 'delete'

/** Of what the last run did not end well, or is about to be repeated, a restart is what is wanted: nothing works that it would end. */
export const isDown = (view: ProcessView): boolean => view.crashLoop || view.status === 'retrying' || isEnded(view.status)

/** In the order of display; `delete` last, since it cannot be undone. */
export const TAKES: Record<Action, (view: ProcessView) => boolean> = {
  start: (view) => view.kind !== 'external' && isEnded(view.status),
  restart: (view) => view.kind === 'service' && !isEnded(view.status) && view.status !== 'pending',
  reset: (view) => view.crashLoop,
  pause: (view) => view.status === 'running' && view.reason !== 'pausing',
  resume: (view) => view.status === 'paused' || view.reason === 'pausing',
  stop: (view) => view.kind === 'service' && !isEnded(view.status),
  cancel: (view) => view.kind !== 'service' && !isEnded(view.status),
  delete: (view) => isEnded(view.status),
}
export const ACTIONS = Object.keys(TAKES) as Action[]
