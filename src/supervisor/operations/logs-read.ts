/** logs.read: by name; logs of a deleted process by its name, or by its id once the name is reused, until purged. */
import { EncodedPage } from '../../core/encoded-page.ts'
import { Redactor, streamKey } from '../../core/redact.ts'
import { notFound } from '../../protocol/not-found.ts'
import type { LogPage, Params } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { nameOf } from '../registry.ts'
import { select } from './shared/select.ts'

export async function logsRead(supervisor: Supervisor, params: Params<'logs.read'>, signal: AbortSignal): Promise<LogPage> {
  const { matched, missing } = select(supervisor, params.targets)
  const { logs } = supervisor.world
  const gone = missing.map((target) => {
    const kept = logs.keptAs(target)
    if (kept === null) throw notFound(target)
    return kept
  })
  const query = {
    names: [...matched.map(nameOf), ...gone],
    stream: params.stream,
    tail: params.tail,
    sinceMs: params.sinceMs,
    run: params.run,
    grep: params.grep,
    cursor: params.cursor,
  }
  const page = await logs.read(query, signal)
  if (page instanceof EncodedPage) return page
  return { ...page, lines: new Redactor().lines(page.lines, streamKey) }
}
