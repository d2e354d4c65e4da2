/** The stdin of this command as the input of a job. */
import { type HandingOn, handOn } from '../../../client/hand-on.ts'
import { inputFilesOf, recordFileOf } from '../../../protocol/input-files.ts'
import type { ProcessView } from '../../../protocol/view.ts'
import { clean } from '../../../words/text.ts'
import type { Context } from '../../context.ts'

/** If stdin cannot be read to its end, the job is cancelled: it must not take a part for the whole. */
export function handOnTo(
  context: Context,
  { id, name }: ProcessView,
  end: 'cancelled' | 'ended' = 'cancelled',
): HandingOn & { failed(): boolean } {
  let failed = false
  const { stop } = handOn(context.io.stdin, inputFilesOf(recordFileOf(context.home, id, 1)), (error) => {
    failed = true
    context.note(`cannot hand the input on to ${clean(name)}: ${error.message}; it is ${end}`)
    context.request('cancel', { targets: [id], noWait: true }).catch((why: unknown) => context.note(String(why)))
  })
  return { stop, failed: () => failed }
}
