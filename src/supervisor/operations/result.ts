/** result: a run reports one row of results. */
import { PtrackError } from '../../protocol/errors.ts'
import type { Params } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { speakerOf } from './shared/speaker.ts'

export async function result(supervisor: Supervisor, { who, row, key }: Params<'result'>): Promise<{ index: number }> {
  if (row === undefined) throw new PtrackError('BAD_REQUEST', 'cannot result: `row` is missing')
  return { index: (await supervisor.progressKeeper.takeRow(speakerOf(supervisor, who), row, key))! }
}
