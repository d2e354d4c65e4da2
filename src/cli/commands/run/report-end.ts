import type { ProcessView } from '../../../protocol/view.ts'
import { statusClause } from '../../../words/status.ts'
import { clean } from '../../../words/text.ts'
import type { Context } from '../../context.ts'
import { errorLine } from '../../output/error-output.ts'

/** Reports the end where the program's own output cannot. */
export function reportEnd(context: Context, view: ProcessView): void {
  // It ended by itself, as its code shows. What ptrack ended, say for its memory, has a code or signal too.
  const shown = (view.exitCode !== null || view.signal !== null) && view.error?.code === 'EXITED'
  if (view.error !== null && !shown && view.status === 'failed')
    context.io.err(`${errorLine({ code: 'FAILED', message: view.error.message }, context.errStyle)}\n`)
  else if (view.status !== 'done' && view.status !== 'failed' && view.status !== 'cancelled')
    context.note(`${clean(view.name)} ${statusClause(view, Date.now())}`)
}
