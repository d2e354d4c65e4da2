/** The controls of a process for a user: permitted by its status and by the role (see core/rights.ts). */
import type { Role } from '../protocol/names.ts'
import { isEnded } from '../protocol/names.ts'
import type { ProcessView } from '../protocol/view.ts'

export interface Session {
  user: string
  role: Role
  version: string
}

export type Action = 'start' | 'stop' | 'restart' | 'reset' | 'pause' | 'resume' | 'cancel' | 'delete'

/** Of what the last run did not end well, or is about to be repeated, a restart is what is wanted: nothing works that it would end. */
export const isDown = (view: ProcessView): boolean => view.crashLoop || view.status === 'retrying' || isEnded(view.status)

export const ACTION_WORDS: Readonly<Record<Action, string>> = {
  start: 'Start',
  restart: 'Restart',
  reset: 'Reset counters of',
  pause: 'Pause',
  resume: 'Resume',
  stop: 'Stop',
  cancel: 'Cancel',
  delete: 'Delete',
}

export const mayAct = ({ role, user }: Session, view: Pick<ProcessView, 'owner'>): boolean =>
  role === 'admin' || (role === 'operator' && view.owner === user)

/** In the order of display; `delete` last, since it cannot be undone. */
const TAKES: Record<Action, (view: ProcessView) => boolean> = {
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

export const actionsFor = (session: Session, view: ProcessView): Action[] =>
  mayAct(session, view) ? ACTIONS.filter((action) => TAKES[action](view)) : []
