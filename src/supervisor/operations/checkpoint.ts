/** checkpoint: a program asks whether it may continue, and waits here while it is paused. */
import { isEnded } from '../../protocol/names.ts'
import type { Params, Reply } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import type { Managed } from '../registry.ts'
import { speakerOf } from './shared/speaker.ts'

function actionFor({ record, removed }: Managed, run: number): 'go' | 'wait' | 'cancel' {
  const { state, runNumber } = record.tracked
  if (removed || runNumber !== run || isEnded(state.status) || state.status === 'completing') return 'cancel'
  return state.status === 'paused' ? 'wait' : 'go'
}

export async function checkpoint(
  supervisor: Supervisor,
  { who, waitMs }: Params<'checkpoint'>,
  gone: AbortSignal,
): Promise<Reply<'checkpoint'>> {
  const managed = speakerOf(supervisor, who)
  const run = managed.record.tracked.runNumber
  supervisor.progressKeeper.noteCheckpoint(managed)
  supervisor.submit(managed, { kind: 'checkpointed', run })
  if (waitMs > 0 && actionFor(managed, run) === 'wait') {
    // A client that waits for an answer is alive.
    const release = supervisor.leases.hold(managed)
    try {
      await supervisor.waiters.until(managed, (each) => actionFor(each, run) !== 'wait', waitMs, gone)
    } finally {
      release()
    }
  }
  return { action: actionFor(managed, run) }
}
