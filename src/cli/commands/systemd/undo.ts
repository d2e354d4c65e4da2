/** Several steps, of which all are done or none. */

import { PtrackError } from '../../../protocol/errors.ts'

/** Notes how to take back the step that follows. */
export type Undo = (step: () => void | Promise<void>) => void

/** When `work` fails, what it noted is done in reverse order, each step whatever became of the others, and the error says so. */
export async function allOrNone<T>(work: (undo: Undo) => Promise<T>): Promise<T> {
  const steps: (() => void | Promise<void>)[] = []
  try {
    return await work((step) => steps.push(step))
  } catch (error) {
    const left: string[] = []
    for (const step of steps.reverse()) {
      try {
        await step()
      } catch (cause) {
        // The other steps matter as much.
        left.push(cause instanceof Error ? cause.message : String(cause))
      }
    }
    if (!(error instanceof PtrackError) || steps.length === 0) throw error
    const undone =
      left.length === 0 ? 'what was done before is undone' : `what was done before is not all undone: ${left.join(', ')}`
    const hint = [undone, ...(error.hint === undefined ? [] : [error.hint])].join('; ')
    throw new PtrackError(error.code, error.message, { ...(error.details ? { details: error.details } : {}), hint, cause: error })
  }
}
