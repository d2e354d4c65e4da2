/** track.update: an external process reports, and gets back what is wanted of it. */
import { isEnded } from '../../protocol/names.ts'
import type { Params, Reply } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { speakerOf } from './shared/speaker.ts'

export async function trackUpdate(supervisor: Supervisor, params: Params<'track.update'>): Promise<Reply<'track.update'>> {
  const managed = speakerOf(supervisor, params.who)
  if (Object.keys(params.update).length > 0) await supervisor.progressKeeper.take(managed, params.update, null)
  const { state } = managed.record.tracked
  if (state.status === 'completing' || isEnded(state.status)) return { wanted: 'cancel' }
  const asked = 'external' in state ? state.external.asked === 'pause' : 'pausing' in state && state.pausing
  return { wanted: asked || state.status === 'paused' ? 'pause' : 'go' }
}
