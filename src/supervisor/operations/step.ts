/** step: one step of a run begins, moves or ends. */
import type { Params } from '../../protocol/requests.ts'
import type { ProcessView } from '../../protocol/view.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { speakerOf } from './shared/speaker.ts'

export async function step(supervisor: Supervisor, params: Params<'step'>): Promise<ProcessView> {
  const managed = speakerOf(supervisor, params.who)
  supervisor.progressKeeper.take(managed, { step: params.step }, null)
  return supervisor.views.of(managed)
}
