/** Starts what the file says and ends what an earlier file said, as `up --prune` does; only failures are reported. */
import { isAway } from '../../../client/log-stream.ts'
import { FILE_KEY } from '../../../protocol/file-key.ts'
import type { ActionResult } from '../../../protocol/requests.ts'
import { clean } from '../../../words/text.ts'
import type { Context } from '../../context.ts'
import { errorLine } from '../../output/error-output.ts'
import { type Applied, apply } from '../up/apply.ts'
import { planFor, type Wanted } from '../up/bring-up.ts'

const WAIT_MS = 5 * 60_000
const AGAIN_MS = 200

/** A daemon that dies meanwhile is followed by one that is asked for what is still missing. */
export async function bringUpAll(context: Context, wanted: Wanted, isOver: () => boolean): Promise<void> {
  for (;;) {
    try {
      return await once(context, wanted)
    } catch (error) {
      if (!isAway(error)) throw error
      if (isOver()) return
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
    }
  }
}

async function once(context: Context, wanted: Wanted): Promise<void> {
  await removeOthers(context, wanted)
  const { entries, facts } = await planFor(context, wanted)
  const acting = entries.filter(({ act }) => act !== null)
  const untouched = entries.filter(({ act, process }) => act === null && process?.autostart && process.definition.kind !== 'job')
  await apply(context, acting, untouched, facts, WAIT_MS, ({ results }: Applied) => report(context, results))
}

/** Of another file, or of a command line, that this home was used for before. What was started by hand stays. */
async function removeOthers(context: Context, { file, processes }: Wanted): Promise<void> {
  const names = new Set(processes.map(({ definition }) => definition.name))
  const views = await context.request('list', { all: true })
  const others = views.filter(({ name, metadata }) => {
    const label = metadata[FILE_KEY] as { file?: unknown } | undefined
    return label !== undefined && label.file !== file && !names.has(name.replace(/:\d+$/, ''))
  })
  if (others.length > 0) await context.request('delete', { targets: others.map(({ id }) => id) })
}

/** Their last lines have been passed on already. */
function report(context: Context, results: readonly ActionResult[]): void {
  for (const { name, ok, error } of results) {
    // Reported by the event of its failure.
    if (ok || error?.code === 'SPAWN_FAILED') continue
    const words = errorLine(error ?? { code: 'FAILED', message: `cannot start ${name}` }, context.errStyle)
    context.note(clean(words.replace(/^\S*ptrack:\S* /, '')))
  }
}
