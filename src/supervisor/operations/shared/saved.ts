/** Waits until the present state is on disk. */
import { PtrackError } from '../../../protocol/errors.ts'
import type { Supervisor } from '../../create-supervisor.ts'

/** A disk that refuses does not undo what was told. */
export async function saved(supervisor: Supervisor): Promise<void> {
  try {
    await supervisor.world.store.flush()
  } catch (error) {
    // `daemon status`, the log and an event tell of it.
    if (!(error instanceof PtrackError)) throw error
  }
}
