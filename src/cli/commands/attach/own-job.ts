/** `run --tty` in the foreground: the terminal of a job of one's own, to the end of its last run. */
import { PtrackError } from '../../../protocol/errors.ts'
import { isEnded } from '../../../protocol/names.ts'
import { detachKeys } from '../../../protocol/terminal-keys.ts'
import type { ProcessView } from '../../../protocol/view.ts'
import { clean } from '../../../words/text.ts'
import type { Context } from '../../context.ts'
import { Modes } from './modes.ts'
import { showTerminal } from './session.ts'

/** Null: it was left, and runs on. */
export async function stayAt(
  context: Context,
  { id, name }: ProcessView,
  chosen: string | undefined,
): Promise<ProcessView | null> {
  const keys = chosen === '' ? [] : detachKeys(chosen)
  let client = await context.client()
  for (let run = 1; ; run++) {
    const end = await showTerminal(context, client, { id, run, from: null, keys, types: true, modes: new Modes() })
    client = end.client
    if (end.left) {
      context.note(`left ${clean(name)}, which runs on; \`ptrack attach ${clean(name)}\` comes back`)
      return null
    }
    const [view] = await client.request('list', { targets: [id], all: true })
    if (view === undefined) throw new PtrackError('NOT_FOUND', 'cannot tell how the job ended: it was deleted meanwhile')
    // Otherwise it is tried again.
    if (isEnded(view.status) && view.run <= run) return view
  }
}

/** The size of this terminal, for the first run; absent where there is none. */
export function sizeHere(): { rows: number; columns: number } | undefined {
  const { rows, columns } = process.stdout
  return process.stdout.isTTY && rows > 0 && columns > 0 ? { rows, columns } : undefined
}
