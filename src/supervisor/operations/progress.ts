/** progress: a run reports how far its work has come. */
import type { Params } from '../../protocol/requests.ts'
import type { ProcessView } from '../../protocol/view.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { speakerOf } from './shared/speaker.ts'

export async function progress(supervisor: Supervisor, { who, update }: Params<'progress'>): Promise<ProcessView> {
  const managed = speakerOf(supervisor, who)
  supervisor.progressKeeper.take(managed, update, null)
  return supervisor.views.of(managed)
}
