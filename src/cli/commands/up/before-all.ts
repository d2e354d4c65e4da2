/** What a plan asks before it changes anything: without a daemon nothing was changed. */
import { PtrackError } from '../../../protocol/errors.ts'

export async function beforeAll<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked
  } catch (error) {
    if (!(error instanceof PtrackError) || error.code !== 'UNREACHABLE') throw error
    const { unsent } = await import('../../../client/ask-again.ts')
    throw unsent(error, 'start')
  }
}
