/** The controls of a process for a user: permitted by its status and by the role (see core/rights.ts). */
import { ROLES, type Role } from '../protocol/names.ts'
import type { ProcessView } from '../protocol/view.ts'
import { ACTIONS, type Action, isDown, TAKES } from '../words/takes.ts'

export interface Session {
  user: string
  role: Role
  version: string
}

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

/** A second press in a row answers the first; elsewhere a dialog asks, as before a delete. */
export const asksTwice = (action: Action, view: ProcessView): boolean =>
  action === 'stop' || action === 'cancel' || (action === 'restart' && !isDown(view))

export const mayAct = ({ role, user }: Session, view: Pick<ProcessView, 'owner'>): boolean =>
  role === 'admin' || (role === 'operator' && view.owner === user)

/** A process of its own. */
export const mayStart = ({ role }: Pick<Session, 'role'>): boolean => role !== 'viewer'

export const actionsFor = (session: Session, view: ProcessView): Action[] =>
  mayAct(session, view) ? ACTIONS.filter((action) => TAKES[action](view)) : []

/** Why a control is out of reach; undefined = it is not. */
export const refusedTo = ({ role }: Session, needed: Role): string | undefined =>
  ROLES.indexOf(role) <= ROLES.indexOf(needed) ? undefined : `It takes ${article(needed)}; you are ${article(role)}.`

const article = (role: Role): string => `${role === 'viewer' ? 'a' : 'an'} ${role}`
