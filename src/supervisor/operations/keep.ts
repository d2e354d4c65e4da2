/** keep: processes leave their session, and stay when it ends. */
import type { ActionResult, Params } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { forEachTarget, success } from './shared/select.ts'

export function keep(supervisor: Supervisor, params: Params<'keep'>): Promise<ActionResult[]> {
  const act = async (managed: Parameters<typeof success>[1]): Promise<ActionResult> => {
    const { session } = managed.record
    supervisor.sessions.own(managed, undefined)
    return success(supervisor, managed, session === undefined ? 'already kept: no session started it' : null)
  }
  return forEachTarget(supervisor, params.targets, act, { mayMatchNothing: true })
}
