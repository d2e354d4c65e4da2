/** Waits until the present state is on disk. */
import { PtrackError } from '../../../protocol/errors.ts'
import type { Supervisor } from '../../create-supervisor.ts'

/** A full disk does not undo the change. */
export async function saved(supervisor: Supervisor): Promise<void> {
  try {
    await supervisor.world.store.flush()
  } catch (error) {
    // Reported by `daemon status`, the log and an event.
    if (!(error instanceof PtrackError)) throw error
  }
}
